import { LightningElement, api } from 'lwc';
import LightningConfirm from 'lightning/confirm';
import { LABEL } from 'c/bridgeLabels';
import { dateTime, fill } from 'c/bridgeFormat';
import { MAY_ADMINISTER, MAY_OPERATE } from 'c/bridgeRights';
import { createPoll } from 'c/bridgePoll';
import { newestFirst } from 'c/bridgeRunFacts';
import { announce, confirmDone, goTo } from 'c/bridgeTell';
import { settingsOf } from 'c/bridgeSyncInputs';
import {
  bridge,
  problemOf,
  type Check,
  type Problem,
  type Run,
  type StatusWord,
  type Sync,
} from 'c/bridgeService';

interface Line {
  key: string;
  cells: readonly string[];
}

const TABS = [
  { value: 'summary', label: LABEL.TabSummary },
  { value: 'mapping', label: LABEL.TabMapping },
  { value: 'schedule', label: LABEL.TabSchedule },
  { value: 'consent', label: LABEL.TabConsent },
  { value: 'results', label: LABEL.TabResults },
];

interface Fact {
  label: string;
  value: string;
}

interface Table {
  name: string;
  heads: readonly string[];
  lines: readonly Line[];
}

type RunInput = Parameters<typeof bridge.startRun>[1];

const YES_NO = (value: boolean | undefined, otherwise: boolean) =>
  (value ?? otherwise) ? LABEL.Yes : LABEL.No;

/** One campaign sync: what goes where, when, for whom, what comes back; and its dry run. */
export default class BridgeSync extends LightningElement {
  label = LABEL;
  tabs = TABS;
  part = 'summary';
  runs: readonly Run[] = [];
  checks: readonly Check[] = [];
  problem?: Problem | undefined;
  /** Why its runs are not known, or those shown may be old. */
  runsProblem?: Problem | undefined;
  isBusy = false;
  mayAdminister = MAY_ADMINISTER;
  mayOperate = MAY_OPERATE;
  private current?: Sync | undefined;

  private readonly poll = createPoll({ ask: () => this.askRuns(), fastestMs: 2_000, slowestMs: 30_000 });

  @api
  get sync(): Sync | undefined {
    return this.current;
  }

  set sync(sync: Sync | undefined) {
    const isOther = sync?.name !== this.current?.name;
    this.current = sync;
    if (!isOther) return;
    this.runs = [];
    this.checks = [];
    this.problem = undefined;
    this.runsProblem = undefined;
    if (this.isConnected) void this.poll.again();
  }

  connectedCallback(): void {
    this.poll.start();
  }

  disconnectedCallback(): void {
    this.poll.stop();
  }

  private async askRuns(): Promise<boolean> {
    const name = this.current?.name;
    if (name === undefined) return false;
    const runs = await bridge.runsOf(name).catch((error: unknown) => problemOf(error));
    if (name !== this.current?.name) return false;
    this.runsProblem = 'code' in runs ? runs : undefined;
    if ('code' in runs) return false;
    const hasChanged = JSON.stringify(runs) !== JSON.stringify(this.runs);
    this.runs = newestFirst(runs);
    return hasChanged;
  }

  get word(): StatusWord {
    const { status, paused } = this.current ?? {};
    return status ?? (paused === true ? 'Paused' : (this.lastRun?.status ?? 'Unknown'));
  }

  private get lastRun(): Run | undefined {
    return this.runs.find(({ dryRun }) => dryRun !== true);
  }

  get lastDryRun(): Run | undefined {
    const [newest] = this.runs;
    return newest?.dryRun === true ? newest : undefined;
  }

  get isPaused(): boolean {
    return this.current?.paused === true;
  }

  get pauseLabel(): string {
    return this.isPaused ? LABEL.Resume : LABEL.Pause;
  }

  private get summary(): readonly Fact[] {
    const { current } = this;
    const all: [string, string | undefined][] = [
      [LABEL.FieldCampaign, current?.campaignId],
      [LABEL.FieldContactList, current?.contactListName ?? current?.contactListId],
      [LABEL.FieldSalesforceConnection, current?.salesforceConnection],
      [LABEL.FieldPureCloudConnection, current?.purecloudConnection],
      [LABEL.FactFresh, dateTime(current?.freshAt)],
      [LABEL.FactLastRun, dateTime(this.lastRun?.startedAt)],
      [LABEL.FactNextRun, dateTime(current?.nextRunAt)],
      [LABEL.FactChanged, dateTime(current?.updatedAt)],
    ];
    return all.flatMap(([label, value]) => (value ? [{ label, value }] : []));
  }

  private get columns(): readonly Line[] {
    const { columns = [], phones = [] } = this.current ?? {};
    return [
      ...phones.map(({ field, column, type }) => ({
        key: `phone ${column}`,
        cells: [field, column, fill(LABEL.PhoneType, type ?? '')],
      })),
      ...columns.map(({ field, column }) => ({ key: column, cells: [field, column, LABEL.TextType] })),
    ];
  }

  private get results(): readonly Line[] {
    return (this.current?.results ?? []).map(({ result, memberStatus }) => ({
      key: result,
      cells: [result, memberStatus],
    }));
  }

  private get schedule(): readonly Fact[] {
    const { schedule, timeZone } = this.current ?? {};
    return [
      { label: LABEL.FieldSchedule, value: schedule ?? LABEL.ByHand },
      { label: LABEL.FieldTimeZone, value: timeZone ?? 'UTC' },
    ];
  }

  private get consent(): readonly Fact[] {
    const { excludeDoNotCall, keepBlankValues, memberStatuses, defaultCountry } = this.current ?? {};
    return [
      { label: LABEL.FieldExcludeDoNotCall, value: YES_NO(excludeDoNotCall, true) },
      { label: LABEL.FieldKeepBlankValues, value: YES_NO(keepBlankValues, true) },
      { label: LABEL.FieldMemberStatuses, value: memberStatuses?.join(', ') ?? LABEL.All },
      { label: LABEL.FieldDefaultCountry, value: defaultCountry ?? LABEL.NotSet },
    ];
  }

  private get resultFields(): readonly Fact[] {
    const { lastResult, lastAttempt } = this.current?.resultFields ?? {};
    return [
      { label: LABEL.FieldLastResult, value: lastResult ?? LABEL.NotSet },
      { label: LABEL.FieldLastAttempt, value: lastAttempt ?? LABEL.NotSet },
    ];
  }

  get partFacts(): readonly Fact[] {
    switch (this.part) {
      case 'summary':
        return this.summary;
      case 'schedule':
        return this.schedule;
      case 'consent':
        return this.consent;
      case 'results':
        return this.resultFields;
      default:
        return [];
    }
  }

  get hasFacts(): boolean {
    return this.partFacts.length > 0;
  }

  get partTable(): Table | undefined {
    if (this.part === 'mapping') {
      const heads = [LABEL.ColumnField, LABEL.ColumnColumn, LABEL.ColumnType];
      return { name: LABEL.TabMapping, heads, lines: this.columns };
    }
    if (this.part !== 'results') return undefined;
    const heads = [LABEL.ColumnWrapUp, LABEL.ColumnMemberStatus];
    return { name: LABEL.TabResults, heads, lines: this.results };
  }

  get isMapping(): boolean {
    return this.part === 'mapping';
  }

  get isChecked(): boolean {
    return this.checks.length > 0;
  }

  async handleCheck(): Promise<void> {
    const { name = '' } = this.current ?? {};
    const result = await this.attempt(name, () => bridge.checkSync(name), LABEL.MappingChecked);
    if (name === this.current?.name) this.checks = result?.checks ?? [];
  }

  handleRetry(): Promise<void> {
    return this.poll.again();
  }

  handlePart({ detail }: CustomEvent<{ value: string }>): void {
    this.part = detail.value;
  }

  async handleDryRun(): Promise<void> {
    const started = await this.start({ dryRun: true }, LABEL.DryRunStarted);
    if (started !== undefined) await this.poll.again();
  }

  async handleRun(): Promise<void> {
    await this.startAndFollow({ dryRun: false });
  }

  /** The bridge refuses a plan that does not hold any more. */
  async handleRunPlan(): Promise<void> {
    const planOf = this.lastDryRun?.id;
    if (planOf !== undefined) await this.startAndFollow({ planOf });
  }

  private async startAndFollow(input: RunInput): Promise<void> {
    const started = await this.start(input, LABEL.RunStarted);
    if (started !== undefined) goTo(this, { tab: 'runs', name: started.id });
  }

  private start(input: RunInput, done: string): Promise<Run | undefined> {
    const { name = '' } = this.current ?? {};
    return this.attempt(name, () => bridge.startRun(name, input), done);
  }

  /** A sync is written as a whole: everything that was read goes back. */
  async handlePause(): Promise<void> {
    const { current } = this;
    if (current === undefined) return;
    const { name } = current;
    const paused = !this.isPaused;
    await this.attempt(
      name,
      () => bridge.saveSync(name, { ...settingsOf(current), paused }),
      paused ? LABEL.SyncPaused : LABEL.SyncResumed,
    );
  }

  async handleRemove(): Promise<void> {
    const { name = '' } = this.current ?? {};
    const isSure = await LightningConfirm.open({
      label: fill(LABEL.RemoveTitle, name),
      message: LABEL.RemoveSyncDetail,
      theme: 'warning',
    });
    if (!isSure) {
      this.returnTo('lightning-button-menu');
      return;
    }
    const isDone = await this.attempt(
      name,
      () => bridge.removeSync(name).then(() => true),
      LABEL.SyncRemoved,
    );
    if (isDone) this.dispatchEvent(new CustomEvent('removed', { detail: { name } }));
  }

  handleEdit(): void {
    this.dispatchEvent(new CustomEvent('edit'));
  }

  /** Whoever leaves the question is where it was asked. */
  private returnTo(selector: string): void {
    this.template!.querySelector<HTMLElement>(selector)?.focus();
  }

  handleMenu(event: CustomEvent<{ value: string }>): void {
    if (event.detail.value === 'edit') this.handleEdit();
    else void this.handleRemove();
  }

  /** @param name of the sync that it is about; another may be looked at by the time of the answer. */
  private async attempt<T>(name: string, act: () => Promise<T>, done: string): Promise<T | undefined> {
    this.isBusy = true;
    this.problem = undefined;
    try {
      const answer = await act();
      confirmDone(this, fill(done, name));
      announce(this, fill(done, name));
      this.dispatchEvent(new CustomEvent('changed'));
      return answer;
    } catch (error) {
      if (name === this.current?.name) this.problem = problemOf(error);
      return undefined;
    } finally {
      this.isBusy = false;
    }
  }
}
