/** Campaigns that dial by themselves: at a rate, until the list is through or somebody stops them. */
import type { Campaign, OutboundState } from '../outbound-state.ts';
import {
  createCampaignDialer,
  ensureWrapUpCodes,
  type CampaignDialer,
  type DialedCall,
  type DialRules,
} from './dial-contacts.ts';
import { CALL_OUTCOMES, isSystemCode } from './outcomes.ts';
import { createPostContacts, postContactEvent, type PostContactTarget } from './post-contact.ts';

const TICK_MS = 20;
/** So that a rate without end leaves the process time for what else it does. */
const CALLS_PER_TICK_MAX = 2_000;
const RATE_DEFAULT = 10;

export interface DialSettings extends Partial<DialRules> {
  /** Default 10; `Infinity` is as fast as the machine goes. */
  callsPerSecond?: number;
  /** Where the event of each call is posted to. Absent: nowhere. */
  postContact?: PostContactTarget;
  onCall?: (call: DialedCall) => void;
}

export interface DialOptions extends DialSettings {
  listId: string;
  /** Goes on when the list is through, and calls who is added to it. Default: false for a campaign that is made for this call. */
  alwaysRunning?: boolean;
}

export interface DialSummary {
  calls: number;
  /** System code -> contacts that were passed over. */
  skipped: Readonly<Record<string, number>>;
  /** By result. */
  results: Readonly<Record<string, number>>;
  /** Events that a receiver took, and that none did. */
  posted: number;
  failed: number;
  /** `complete` when the list is through, `off` when it was stopped. */
  ended: 'complete' | 'off';
}

export interface Dialing {
  readonly campaignId: string;
  /** Calls that have an end so far. */
  readonly calls: number;
  /** Turns the campaign off; calls that an agent holds are wrapped up. Does nothing the second time. */
  stop(): void;
  /** Resolves when the list is through, or after `stop()`, and the last event is posted. Never rejects. */
  readonly done: Promise<DialSummary>;
}

export interface Dialers {
  start(campaign: Campaign, settings?: DialSettings): Dialing;
  find(campaignId: string): Dialing | undefined;
  stopAll(): void;
}

function rulesOf(settings: DialSettings): DialRules {
  const {
    seed = 1,
    outcomes = CALL_OUTCOMES,
    recallsMax = 0,
    agentSeconds = 0,
    wrapUpsAs = 'name',
  } = settings;
  return { seed, outcomes, recallsMax, agentSeconds, wrapUpsAs };
}

/** Calls that are due by now, at this rate: never more at once than the process can bear. */
function createPace(callsPerSecond: number): () => number {
  if (callsPerSecond === Number.POSITIVE_INFINITY) return () => CALLS_PER_TICK_MAX;
  const startedAtMs = performance.now();
  let made = 0;
  return () => {
    const due = Math.floor(((performance.now() - startedAtMs) / 1000) * callsPerSecond) + 1 - made;
    const calls = Math.max(0, Math.min(due, CALLS_PER_TICK_MAX));
    made += calls;
    return calls;
  };
}

/** One after the other, with a pause for everything else; the timer keeps no process alive. */
function createTicker(tick: () => void, everyMs: number): () => void {
  const timer = setInterval(tick, everyMs).unref();
  return () => clearInterval(timer);
}

interface Tally {
  calls: number;
  results: Record<string, number>;
}

function dialerOf(
  state: OutboundState,
  campaign: Campaign,
  settings: DialSettings,
): { dialer: CampaignDialer; tally: Tally; posts: ReturnType<typeof createPostContacts> | undefined } {
  const stored = state.lists.get(campaign.contactList.id);
  if (stored === undefined) throw new RangeError('There is no such contact list');
  const rules = rulesOf(settings);
  ensureWrapUpCodes(state, rules.outcomes);
  const posts = settings.postContact === undefined ? undefined : createPostContacts(settings.postContact);
  const tally: Tally = { calls: 0, results: {} };
  const dialer = createCampaignDialer({
    state,
    campaign,
    stored,
    rules,
    onCall(call, { wrapupCode }) {
      tally.calls += 1;
      tally.results[call.result] = (tally.results[call.result] ?? 0) + 1;
      const ended = {
        ...call,
        wrapupCode,
        isSystemCode: isSystemCode(wrapupCode),
        isRecall: call.attempt > 1,
      };
      posts?.push(postContactEvent(campaign, ended));
      settings.onCall?.(call);
    },
  });
  return { dialer, tally, posts };
}

/** @param defaults For campaigns that are started over the API. */
export function createDialers(state: OutboundState, defaults: DialSettings = {}): Dialers {
  const running = new Map<string, Dialing>();

  function start(campaign: Campaign, settings: DialSettings = {}): Dialing {
    const present = running.get(campaign.id);
    if (present !== undefined) return present;
    const all = { ...defaults, ...settings };
    const { dialer, tally, posts } = dialerOf(state, campaign, all);
    const isDue = createPace(all.callsPerSecond ?? RATE_DEFAULT);
    const ended = Promise.withResolvers<DialSummary>();
    campaign.campaignStatus = 'on';

    function finish(status: DialSummary['ended']): void {
      if (running.get(campaign.id) !== dialing) return;
      running.delete(campaign.id);
      stopTicking();
      dialer.wrapUp(true);
      campaign.campaignStatus = status;
      const { skipped } = state.countsOf(campaign.id);
      const summary = { ...tally, skipped: { ...skipped }, ended: status };
      const settled = posts?.settled() ?? Promise.resolve();
      void settled.then(() => ended.resolve({ ...summary, posted: 0, failed: 0, ...posts?.counts() }));
    }

    function tick(): void {
      dialer.wrapUp();
      let due = isDue();
      while (due > 0 && dialer.dialNext()) due -= 1;
      if (dialer.isIdle() && !campaign.alwaysRunning) finish('complete');
    }

    const dialing: Dialing = {
      campaignId: campaign.id,
      get calls() {
        return tally.calls;
      },
      stop: () => finish('off'),
      done: ended.promise,
    };
    running.set(campaign.id, dialing);
    const stopTicking = createTicker(tick, TICK_MS);
    return dialing;
  }

  return {
    start,
    find: (campaignId) => running.get(campaignId),
    stopAll: () => running.forEach((dialing) => dialing.stop()),
  };
}
