import { LightningElement, api } from 'lwc';
import { LABEL } from 'c/bridgeLabels';
import { count, fill } from 'c/bridgeFormat';
import { download } from 'c/bridgeDownload';
import { recordLink } from 'c/bridgeLinks';
import { IS_IN_SALESFORCE } from 'c/bridgePlace';
import { NOTHING_YET, createLooking, type Look } from 'c/bridgeLook';
import { bridge, problemOf, type Problem, type Run, type RunRow, type RunRows } from 'c/bridgeService';
import { announce } from 'c/bridgeTell';
import type { Option } from 'c/bridgeFields';

const MEMBER = IS_IN_SALESFORCE
  ? { fieldName: 'link', type: 'url', typeAttributes: { label: { fieldName: 'member' }, target: '_blank' } }
  : { fieldName: 'member' };

/** Below it the texts would share what the other columns leave, a word in a line; the table scrolls sideways instead. */
const WIDE_ENOUGH_PX = 1_100;
const TEXT = { wrapText: true, ...(window.innerWidth < WIDE_ENOUGH_PX ? { initialWidth: 240 } : {}) };

const COLUMNS = [
  { label: LABEL.ColumnMember, initialWidth: 180, ...MEMBER },
  { label: LABEL.ColumnOutcome, fieldName: 'outcome', initialWidth: 110 },
  { label: LABEL.ColumnReason, fieldName: 'reason', ...TEXT },
  { label: LABEL.ColumnFix, fieldName: 'fix', ...TEXT },
  { label: LABEL.ColumnOriginal, fieldName: 'original', ...TEXT },
];

/** In the order in which a person wants to know of them. */
const OUTCOMES = [
  { value: 'failed', label: LABEL.OutcomeFailed },
  { value: 'invalid', label: LABEL.OutcomeInvalid },
  { value: 'skipped', label: LABEL.OutcomeSkipped },
  { value: 'removed', label: LABEL.OutcomeRemoved },
  { value: 'warning', label: LABEL.OutcomeWarning },
] as const;

type Outcome = (typeof OUTCOMES)[number]['value'];

function countOf(run: Run | undefined, outcome: Outcome): number | undefined {
  return outcome === 'warning' ? undefined : run?.counts[outcome];
}

/** The header is no row, and a line break within a value ends none. */
function rowsIn(csv: string): number {
  const bare = csv.trim().replace(/"[^"]*"/g, '');
  return bare.split('\r\n').length - 1;
}

/** What became of single members, and why; the reasons first, the largest first. */
export default class BridgeRows extends LightningElement {
  label = LABEL;
  columns = COLUMNS;
  look: Look<RunRows> = NOTHING_YET;
  problem?: Problem | undefined;
  isBusy = false;
  outcome: Outcome | '' = '';
  private isChosen = false;
  private more: readonly RunRow[] = [];
  private nextAfter?: number | undefined;
  private current?: Run | undefined;

  private readonly looking = createLooking(
    () => bridge.rows(this.current?.id ?? '', { outcome: this.outcome }),
    (look) => {
      this.look = look;
      if (!look.isLoading) this.nextAfter = look.data?.nextAfter;
    },
  );

  @api
  get run(): Run | undefined {
    return this.current;
  }

  set run(run: Run | undefined) {
    const isOther = run?.id !== this.current?.id;
    this.current = run;
    if (isOther) this.isChosen = false;
    const hasMoved = !this.isChosen && this.suggest() !== this.outcome;
    if (!this.isChosen) this.outcome = this.suggest();
    if (run !== undefined && (isOther || hasMoved)) this.restart();
  }

  /** Rows come while a run goes on. */
  @api
  refresh(): void {
    this.restart();
  }

  /** The worst that there is; until a person chooses. */
  private suggest(): Outcome | '' {
    return OUTCOMES.find(({ value }) => (countOf(this.current, value) ?? 0) > 0)?.value ?? '';
  }

  private restart(): void {
    this.more = [];
    this.problem = undefined;
    this.looking.forget();
    void this.looking.again();
  }

  get outcomes(): readonly Option[] {
    const counted = OUTCOMES.map(({ value, label }) => {
      const rows = countOf(this.current, value);
      return { value, label: rows === undefined ? label : fill(LABEL.OutcomeCount, label, rows) };
    });
    return [{ label: LABEL.All, value: '' }, ...counted];
  }

  private get all(): readonly RunRow[] {
    return [...(this.look.data?.rows ?? []), ...this.more];
  }

  get rows(): readonly object[] {
    return this.all.map(({ seq, memberId, outcome, sentence, remedy, original = {} }) => ({
      seq,
      member: memberId,
      link: recordLink('CampaignMember', memberId),
      outcome: OUTCOMES.find(({ value }) => value === outcome)?.label ?? outcome,
      reason: sentence,
      fix: remedy,
      original: Object.entries(original)
        .map(([field, value]) => `${field}: ${value ?? ''}`)
        .join('\n'),
    }));
  }

  get reasons(): readonly object[] {
    const counts = new Map<string, number>();
    for (const { sentence } of this.all) counts.set(sentence, (counts.get(sentence) ?? 0) + 1);
    return [...counts]
      .sort(([, a], [, b]) => b - a)
      .map(([reason, rows]) => ({ reason, text: fill(LABEL.ReasonCount, rows, reason) }));
  }

  /** One reason stands in its row already. */
  get hasReasons(): boolean {
    return this.reasons.length > 1;
  }

  get hasRows(): boolean {
    return this.all.length > 0;
  }

  get isEmpty(): boolean {
    return this.all.length === 0;
  }

  get hasMore(): boolean {
    return this.nextAfter !== undefined;
  }

  handleOutcome({ detail }: CustomEvent<{ value: string }>): void {
    this.isChosen = true;
    this.outcome = detail.value as Outcome | '';
    this.restart();
  }

  handleRefresh(): void {
    this.restart();
  }

  async handleMore(): Promise<void> {
    const { nextAfter: after, outcome } = this;
    const id = this.current?.id;
    if (after === undefined || id === undefined) return;
    await this.attempt(async () => {
      const page = await bridge.rows(id, { outcome, after });
      // Another run, or other rows of it, were chosen meanwhile.
      if (id !== this.current?.id || outcome !== this.outcome || after !== this.nextAfter) return;
      this.more = [...this.more, ...page.rows];
      this.nextAfter = page.nextAfter;
      announce(this, fill(LABEL.MoreLoaded, page.rows.length));
    });
  }

  async handleExport(): Promise<void> {
    const { sync = '', id = '' } = this.current ?? {};
    await this.attempt(async () => {
      const csv = await bridge.rowsCsv(id, { outcome: this.outcome });
      download(`${sync}-${this.outcome || 'rows'}-${id.slice(0, 8)}.csv`, csv);
      announce(this, count(rowsIn(csv), LABEL.ExportedOne, LABEL.Exported));
    });
  }

  private async attempt(act: () => Promise<void>): Promise<void> {
    const id = this.current?.id;
    this.isBusy = true;
    this.problem = undefined;
    try {
      await act();
    } catch (error) {
      if (id === this.current?.id) this.problem = problemOf(error);
    } finally {
      this.isBusy = false;
    }
  }
}
