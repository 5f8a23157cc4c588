import { LightningElement } from 'lwc';
import { LABEL } from 'c/bridgeLabels';
import { age, duration, fill } from 'c/bridgeFormat';
import { NOTHING_YET, createLooking, isNotOffered, isUnreachable, type Look } from 'c/bridgeLook';
import { createPoll } from 'c/bridgePoll';
import { announce, goTo } from 'c/bridgeTell';
import { providerLabel, regionLabel } from 'c/bridgeInputs';
import { markOf, worstOf } from 'c/bridgeWords';
import {
  bridge,
  type ActivityPage,
  type Attention,
  type BridgeStatus,
  type ConnectionStatus,
  type Run,
  type Runs,
  type StatusWord,
  type SyncStatus,
} from 'c/bridgeService';

const REQUESTS_SHOWN = 200;
const RUNS_SHOWN = 30;
const SECOND_MS = 1_000;

/** Seconds that run down and numbers that count up are no reason to ask more often. */
function essenceOf({ bridge: self, connections, attention }: BridgeStatus): unknown {
  return [self.status, attention, connections.map(({ name, status }) => [name, status])];
}

/** How everything is, at a glance, and what needs a person. */
export default class BridgeOverview extends LightningElement {
  label = LABEL;
  status: Look<BridgeStatus> = NOTHING_YET;
  work: Look<Runs> = NOTHING_YET;
  activity: Look<ActivityPage> = NOTHING_YET;
  answeredInMs?: number;
  nowMs = Date.now();
  private clock?: ReturnType<typeof setInterval>;

  private readonly lookingAtStatus = createLooking(
    async () => {
      const startedMs = Date.now();
      const status = await bridge.status();
      this.answeredInMs = Date.now() - startedMs;
      return status;
    },
    (look) => this.showStatus(look),
    essenceOf,
  );
  private readonly lookingAtWork = createLooking(
    () => bridge.runs({ limit: RUNS_SHOWN }),
    (look) => (this.work = look),
  );
  private readonly lookingAtActivity = createLooking(
    () => bridge.activity({ limit: REQUESTS_SHOWN }),
    (look) => (this.activity = look),
  );
  private readonly poll = createPoll({ ask: () => this.ask(), fastestMs: 5_000, slowestMs: 60_000 });

  connectedCallback(): void {
    this.poll.start();
    this.clock = setInterval(() => (this.nowMs = Date.now()), SECOND_MS);
  }

  disconnectedCallback(): void {
    this.poll.stop();
    clearInterval(this.clock);
  }

  private async ask(): Promise<boolean> {
    const asked = [this.lookingAtStatus.again(), this.lookingAtActivity.again()];
    if (!this.areSyncsMissing) asked.push(this.lookingAtWork.again());
    return (await Promise.all(asked)).includes(true);
  }

  private showStatus(look: Look<BridgeStatus>): void {
    const wasAway = isUnreachable(this.status.problem);
    const isAway = isUnreachable(look.problem);
    if (isAway && !wasAway && !look.isLoading) announce(this, LABEL.BridgeAway);
    if (wasAway && !isAway && look.data !== undefined && !look.isLoading) announce(this, LABEL.BridgeBack);
    this.status = look;
    this.nowMs = Date.now();
  }

  get areSyncsMissing(): boolean {
    return isNotOffered(this.work.problem);
  }

  get checked(): string {
    const { atMs } = this.status;
    return atMs === undefined ? '' : fill(LABEL.Checked, age(atMs, this.nowMs));
  }

  get connections(): readonly ConnectionStatus[] {
    return this.status.data?.connections ?? [];
  }

  get isFirstUse(): boolean {
    return this.status.data !== undefined && this.connections.length === 0;
  }

  get attention(): readonly Attention[] {
    return this.status.data?.attention ?? [];
  }

  get needsAttention(): boolean {
    return this.attention.length > 0;
  }

  get attentionTitle(): string {
    const { length } = this.attention;
    return length === 1 ? LABEL.AttentionOne : fill(LABEL.AttentionMany, length);
  }

  get attentionItems(): readonly object[] {
    return this.attention.map(({ connection, sync, title, remedy }, key) => {
      const whose = connection ?? sync;
      return {
        key,
        connection,
        sync,
        title: whose === undefined ? title : fill(LABEL.AttentionOf, whose, title),
        remedy,
      };
    });
  }

  /** Nothing pretends to be live: without an answer the word is Unknown. */
  get bridgeWord(): StatusWord {
    return this.status.problem === undefined ? (this.status.data?.bridge.status ?? 'Unknown') : 'Unknown';
  }

  get bridgeLines(): readonly string[] {
    const { data } = this.status;
    if (data === undefined) return [];
    const answered = this.answeredInMs === undefined ? [] : [fill(LABEL.AnsweredIn, this.answeredInMs)];
    return [fill(LABEL.VersionIs, data.bridge.version), ...answered];
  }

  private linesOf(connections: readonly ConnectionStatus[]): string[] {
    return connections.map(({ name, region, token, apiUsage }) => {
      const where = region === undefined ? '' : ` · ${regionLabel(region)}`;
      const left =
        token?.hasToken === true && token.expiresInSeconds !== undefined
          ? ` · ${fill(LABEL.TokenLeft, duration(token.expiresInSeconds))}`
          : '';
      const used =
        apiUsage === undefined || apiUsage.max === 0
          ? ''
          : ` · ${fill(LABEL.ApiUsage, Math.round((100 * apiUsage.used) / apiUsage.max))}`;
      return `${name}${where}${left}${used}`;
    });
  }

  get tiles(): readonly object[] {
    return ['salesforce', 'purecloud', 'other'].flatMap((provider) => {
      const connections = this.connections.filter((connection) => connection.provider === provider);
      if (connections.length === 0 && provider === 'other') return [];
      const isStale = this.status.problem !== undefined;
      return [
        {
          name: providerLabel(provider),
          icon: provider === 'salesforce' ? 'standard:account' : 'standard:voice_call',
          word: isStale ? 'Unknown' : worstOf(connections.map(({ status }) => status)),
          lines: connections.length === 0 ? [LABEL.NotSetUp] : this.linesOf(connections),
          isMissing: connections.length === 0,
        },
      ];
    });
  }

  get syncLine(): string {
    const { syncs } = this;
    if (syncs.length === 0) return LABEL.NoSyncsYet;
    const words = syncs.map(({ status }) => status);
    const counted = [...new Set(words)].map(
      (word) => `${words.filter((other) => other === word).length} ${markOf(word).label}`,
    );
    const [stalest] = syncs
      .filter(({ freshnessSeconds }) => freshnessSeconds !== undefined)
      .toSorted((a, b) => b.freshnessSeconds! - a.freshnessSeconds!);
    const oldest =
      stalest === undefined
        ? []
        : [fill(LABEL.StalestSync, stalest.name, duration(stalest.freshnessSeconds!))];
    return [...counted, ...oldest].join(' · ');
  }

  private get syncs(): readonly SyncStatus[] {
    return this.status.data?.syncs ?? [];
  }

  get runs(): readonly Run[] {
    return this.work.data?.runs ?? [];
  }

  get entries(): ActivityPage['entries'] {
    return this.activity.data?.entries ?? [];
  }

  async handleCheck(): Promise<void> {
    const wasAway = isUnreachable(this.status.problem);
    await this.poll.again();
    if (!wasAway && this.status.problem === undefined) announce(this, LABEL.CheckedNow);
  }

  handleSee(event: Event): void {
    const { connection, sync } = (event.target as HTMLElement).dataset;
    if (connection !== undefined) goTo(this, { tab: 'connections', name: connection });
    else goTo(this, sync === undefined ? { tab: 'setup' } : { tab: 'syncs', name: sync });
  }

  handleSetup(): void {
    goTo(this, { tab: 'setup' });
  }
}
