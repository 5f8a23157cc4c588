import { LightningElement, api } from 'lwc';
import LightningConfirm from 'lightning/confirm';
import { LABEL } from 'c/bridgeLabels';
import { dateTime, fill, number } from 'c/bridgeFormat';
import { MAY_OPERATE } from 'c/bridgeRights';
import { announce, confirmDone, goTo } from 'c/bridgeTell';
import { begunAt, failureOf, isResumable } from 'c/bridgeRunFacts';
import { markOf } from 'c/bridgeWords';
import { bridge, problemOf, type Problem, type Run, type RunCounts } from 'c/bridgeService';
import type BridgeRows from 'c/bridgeRows';

const COUNTS: readonly [keyof RunCounts, string][] = [
  ['membersRead', LABEL.CountMembersRead],
  ['added', LABEL.CountAdded],
  ['changed', LABEL.CountChanged],
  ['removed', LABEL.CountRemoved],
  ['unchanged', LABEL.CountUnchanged],
  ['skipped', LABEL.CountSkipped],
  ['invalid', LABEL.CountInvalid],
  ['failed', LABEL.CountFailed],
  ['resultsRead', LABEL.CountResultsRead],
  ['membersUpdated', LABEL.CountMembersUpdated],
];

const QUARTER = 25;

/** The run was asked to stop, and is still at the page of members that it had begun. */
function isStillToCome(run: Run | undefined): boolean {
  return run?.wanted !== undefined;
}

/** One run: progress while it goes on, counts, and what became of single members. */
export default class BridgeRun extends LightningElement {
  label = LABEL;
  problem?: Problem | undefined;
  isBusy = false;
  mayOperate = MAY_OPERATE;
  private current?: Run | undefined;
  private saidQuarter = 0;

  @api
  get run(): Run | undefined {
    return this.current;
  }

  set run(run: Run | undefined) {
    const before = this.current;
    this.current = run;
    if (run !== undefined && before?.id === run.id) {
      this.sayProgress(before, run);
      return;
    }
    this.saidQuarter = 0;
    this.problem = undefined;
  }

  /** At each quarter and when it stops; more would be chatter. */
  private sayProgress(before: Run, run: Run): void {
    if (before.status === 'Running' && run.status !== 'Running') {
      const isPaused = run.status === 'Paused';
      const ended = fill(LABEL.RunEnded, run.sync, markOf(run.status).label);
      announce(this, isPaused ? fill(LABEL.RunPaused, run.sync) : ended);
      this.template!.querySelector<HTMLElement & BridgeRows>('c-bridge-rows')?.refresh();
      return;
    }
    const total = run.membersTotal ?? 0;
    const quarter = total === 0 ? 0 : Math.floor((100 * run.counts.membersRead) / total / QUARTER);
    if (quarter <= this.saidQuarter || run.status !== 'Running') return;
    this.saidQuarter = quarter;
    announce(this, fill(LABEL.RunProgress, run.sync, quarter * QUARTER));
  }

  get heading(): string {
    const { sync = '', dryRun } = this.current ?? {};
    return dryRun === true ? fill(LABEL.DryRunOf, sync) : fill(LABEL.RunOf, sync);
  }

  get started(): string {
    const { current } = this;
    const startedBy = current?.startedBy;
    const at = dateTime(current === undefined ? undefined : begunAt(current));
    return startedBy === undefined ? fill(LABEL.StartedAt, at) : fill(LABEL.StartedBy, at, startedBy);
  }

  get counts(): readonly object[] {
    const counts = this.current?.counts;
    return COUNTS.map(([name, label]) => ({ name, label, value: number(counts?.[name] ?? 0) }));
  }

  get failure(): Problem | undefined {
    return this.current === undefined ? undefined : failureOf(this.current);
  }

  /** What was asked of it and has not come yet, or that it waits. */
  get pending(): string | undefined {
    const { wanted, status, startedAt } = this.current ?? {};
    if (wanted === 'pause') return LABEL.RunPausing;
    if (wanted === 'cancel') return LABEL.RunCancelling;
    return status === 'Running' && startedAt === undefined ? LABEL.RunWaiting : undefined;
  }

  get unmapped(): readonly object[] {
    return Object.entries(this.current?.unmapped ?? {})
      .sort(([, a], [, b]) => b - a)
      .map(([result, members]) => ({ result, text: fill(LABEL.UnmappedCount, result, members) }));
  }

  get hasUnmapped(): boolean {
    return this.unmapped.length > 0;
  }

  get isGoing(): boolean {
    const status = this.current?.status;
    return status === 'Running' || status === 'Paused';
  }

  get canPause(): boolean {
    const { status, wanted } = this.current ?? {};
    return this.mayOperate && status === 'Running' && wanted === undefined;
  }

  get canResume(): boolean {
    return this.mayOperate && this.current !== undefined && isResumable(this.current);
  }

  get canCancel(): boolean {
    return this.mayOperate && this.isGoing && this.current?.wanted !== 'cancel';
  }

  get retryLabel(): string {
    return fill(LABEL.RetryFailed, this.current?.counts.failed ?? 0);
  }

  get canRetry(): boolean {
    const { dryRun, counts } = this.current ?? {};
    return this.mayOperate && !this.isGoing && dryRun !== true && (counts?.failed ?? 0) > 0;
  }

  async handlePause(): Promise<void> {
    await this.attempt(this.current, bridge.pauseRun, (run) =>
      isStillToCome(run) ? LABEL.RunPausing : LABEL.RunPaused,
    );
  }

  async handleResume(): Promise<void> {
    await this.attempt(this.current, bridge.resumeRun, () => LABEL.RunResumed);
  }

  /** Of the run that the question names, whichever is looked at by the time of the answer. */
  async handleCancel(): Promise<void> {
    const { current } = this;
    const isSure = await LightningConfirm.open({
      label: fill(LABEL.CancelTitle, current?.sync ?? ''),
      message: LABEL.CancelDetail,
      theme: 'warning',
    });
    if (isSure)
      await this.attempt(current, bridge.cancelRun, (run) =>
        isStillToCome(run) ? LABEL.RunCancelling : LABEL.RunCancelled,
      );
    else this.template!.querySelector<HTMLElement>('[data-id="cancel"]')?.focus();
  }

  async handleRetry(): Promise<void> {
    const { current } = this;
    await this.attempt(
      current,
      async (id) => {
        const started = await bridge.startRun(current?.sync ?? '', { retryFailedOf: id });
        goTo(this, { tab: 'runs', name: started.id });
      },
      () => LABEL.RunStarted,
    );
  }

  private async attempt<Answer>(
    run: Run | undefined,
    act: (id: string) => Promise<Answer>,
    doneOf: (answer: Answer) => string,
  ): Promise<void> {
    if (run === undefined) return;
    const { id, sync } = run;
    this.isBusy = true;
    this.problem = undefined;
    try {
      const done = fill(doneOf(await act(id)), sync);
      confirmDone(this, done);
      announce(this, done);
      this.dispatchEvent(new CustomEvent('changed'));
    } catch (error) {
      if (id === this.current?.id) this.problem = problemOf(error);
    } finally {
      this.isBusy = false;
    }
  }
}
