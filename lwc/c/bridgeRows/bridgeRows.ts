import { LightningElement, api } from 'lwc';
import { LABEL } from 'c/bridgeLabels';
import { dateTime, fill } from 'c/bridgeFormat';
import { NOTHING_YET, createLooking, type Look } from 'c/bridgeLook';
import { bridge, problemOf, type RunRow, type RunRows } from 'c/bridgeService';
import { announce } from 'c/bridgeTell';
import type { Option } from 'c/bridgeFields';

const COLUMNS = [
  { label: LABEL.ColumnMember, fieldName: 'member', wrapText: true },
  { label: LABEL.ColumnOutcome, fieldName: 'outcome', initialWidth: 120 },
  { label: LABEL.ColumnReason, fieldName: 'reason', wrapText: true },
  { label: LABEL.ColumnFix, fieldName: 'fix', wrapText: true },
  { label: LABEL.ColumnNextTry, fieldName: 'nextTry' },
];

const OUTCOMES: readonly Option[] = [
  { label: LABEL.OutcomeFailed, value: 'failed' },
  { label: LABEL.OutcomeInvalid, value: 'invalid' },
  { label: LABEL.OutcomeSkipped, value: 'skipped' },
  { label: LABEL.All, value: '' },
];

/** What became of single members, and why; the reasons first, the largest first. */
export default class BridgeRows extends LightningElement {
  label = LABEL;
  columns = COLUMNS;
  outcomes = OUTCOMES;
  outcome = 'failed';
  look: Look<RunRows> = NOTHING_YET;
  private more: readonly RunRow[] = [];
  private nextAfter?: string | undefined;
  private held = '';

  private readonly looking = createLooking(
    () => bridge.rows(this.held, { outcome: this.outcome }),
    (look) => {
      this.look = look;
      if (!look.isLoading) this.nextAfter = look.data?.nextAfter;
    },
  );

  /** Id of the run. */
  @api
  get runId(): string {
    return this.held;
  }

  set runId(id: string) {
    if (id === this.held) return;
    this.held = id;
    this.restart();
  }

  /** Rows come while a run goes on. */
  @api
  refresh(): void {
    this.restart();
  }

  private restart(): void {
    this.more = [];
    this.looking.forget();
    void this.looking.again();
  }

  private get all(): readonly RunRow[] {
    return [...(this.look.data?.rows ?? []), ...this.more];
  }

  get rows(): readonly object[] {
    return this.all.map((row) => ({
      id: row.memberId,
      member: row.name === undefined ? row.memberId : `${row.memberId} ${row.name}`,
      outcome: OUTCOMES.find(({ value }) => value === row.outcome)?.label ?? row.outcome,
      reason: row.reason ?? row.reasonCode ?? '',
      fix: row.fix ?? '',
      nextTry: dateTime(row.nextTryAt),
    }));
  }

  get reasons(): readonly object[] {
    const counts = new Map<string, number>();
    for (const { reason, reasonCode } of this.all) {
      const text = reason ?? reasonCode;
      if (text !== undefined) counts.set(text, (counts.get(text) ?? 0) + 1);
    }
    return [...counts]
      .sort(([, a], [, b]) => b - a)
      .map(([reason, count]) => ({ reason, text: fill(LABEL.ReasonCount, count, reason) }));
  }

  get isEmpty(): boolean {
    return this.all.length === 0;
  }

  get hasMore(): boolean {
    return this.nextAfter !== undefined;
  }

  handleOutcome({ detail }: CustomEvent<{ value: string }>): void {
    this.outcome = detail.value;
    this.restart();
  }

  handleRefresh(): void {
    this.restart();
  }

  async handleMore(): Promise<void> {
    const after = this.nextAfter;
    if (after === undefined) return;
    try {
      const page = await bridge.rows(this.held, { outcome: this.outcome, after });
      this.more = [...this.more, ...page.rows];
      this.nextAfter = page.nextAfter;
      announce(this, fill(LABEL.MoreLoaded, page.rows.length));
    } catch (error) {
      this.look = { ...this.look, problem: problemOf(error) };
    }
  }
}
