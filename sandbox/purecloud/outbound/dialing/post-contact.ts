/** What PureCloud pushes after a call: the event `v2.outbound.voice.campaigns.contact.postContact`, to an address that takes it. */
import { randomUUID } from 'node:crypto';
import type { Campaign } from '../outbound-state.ts';

/** How many are under way at once, and may wait: a receiver that is down must not fill the memory. */
const POSTS_AT_ONCE = 8;
const WAITING_MAX = 10_000;
const POST_TIMEOUT_MS = 10_000;

export interface PostContactTarget {
  /** `http://127.0.0.1:8080/v1/webhooks/purecloud/{sync}`. */
  url: string;
  /** Such as `{ Authorization: 'Bearer <secret of the webhook>' }`. */
  headers?: Readonly<Record<string, string>>;
}

export interface FinishedCall {
  contactId: string;
  number: string;
  column: string;
  /** Id of a wrap-up code, or a code of the system. */
  wrapupCode: string;
  isSystemCode: boolean;
  isRecall: boolean;
  /** ISO 8601. */
  at: string;
}

export function postContactEvent({ id, contactList, division, dialingMode }: Campaign, call: FinishedCall) {
  return {
    eventTime: call.at,
    wrapupCode: call.wrapupCode,
    outboundCampaignId: id,
    outboundContactListId: contactList.id,
    outboundContactId: call.contactId,
    conversationId: randomUUID(),
    callAnalysisDisposition: call.isSystemCode ? call.wrapupCode : 'ININ-OUTBOUND-LIVE-VOICE',
    isRightPartyContact: !call.isSystemCode,
    isReCall: call.isRecall,
    dialingMode,
    divisionId: division.id,
    voiceAttributes: { contactPhoneNumber: call.number, contactPhoneType: call.column },
  };
}

export interface PostContacts {
  push(event: object): void;
  counts(): { posted: number; failed: number };
  /** Resolves when nothing waits any more. */
  settled(): Promise<void>;
}

/** One try each, as a trigger without a retry of its own: what is lost comes with the contact records. */
export function createPostContacts({ url, headers = {} }: PostContactTarget): PostContacts {
  const waiting: object[] = [];
  const counts = { posted: 0, failed: 0 };
  const workers = new Set<Promise<void>>();

  async function post(event: object): Promise<void> {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(event),
      signal: AbortSignal.timeout(POST_TIMEOUT_MS),
    }).catch(() => undefined);
    await answer?.body?.cancel();
    counts[answer?.ok === true ? 'posted' : 'failed'] += 1;
  }

  async function work(): Promise<void> {
    for (let event = waiting.shift(); event !== undefined; event = waiting.shift()) await post(event);
  }

  return {
    push(event) {
      if (waiting.length >= WAITING_MAX) counts.failed += 1;
      else waiting.push(event);
      if (workers.size >= POSTS_AT_ONCE) return;
      const worker = work().finally(() => workers.delete(worker));
      workers.add(worker);
    },
    counts: () => ({ ...counts }),
    async settled() {
      while (workers.size > 0) await Promise.all(workers);
    },
  };
}
