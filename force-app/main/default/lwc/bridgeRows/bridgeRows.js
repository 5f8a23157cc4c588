import { LightningElement, api } from 'lwc';
import { LABEL } from 'c/bridgeLabels';
import { count, fill } from 'c/bridgeFormat';
import { download } from 'c/bridgeDownload';
import { recordLink } from 'c/bridgeLinks';
import { IS_IN_SALESFORCE } from 'c/bridgePlace';
import { NOTHING_YET, createLooking } from 'c/bridgeLook';
import { bridge, problemOf } from 'c/bridgeService';
import { announce } from 'c/bridgeTell';
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
];
function countOf(run, outcome) {
    return outcome === 'warning' ? undefined : run?.counts[outcome];
}
/** The header is no row, and a line break within a value ends none. */
function rowsIn(csv) {
    const bare = csv.trim().replace(/"[^"]*"/g, '');
    return bare.split('\r\n').length - 1;
}
/** What became of single members, and why; the reasons first, the largest first. */
export default class BridgeRows extends LightningElement {
    label = LABEL;
    columns = COLUMNS;
    look = NOTHING_YET;
    problem;
    isBusy = false;
    outcome = '';
    isChosen = false;
    more = [];
    nextAfter;
    current;
    looking = createLooking(() => bridge.rows(this.current?.id ?? '', { outcome: this.outcome }), (look) => {
        this.look = look;
        if (!look.isLoading)
            this.nextAfter = look.data?.nextAfter;
    });
    @api
    get run() {
        return this.current;
    }
    set run(run) {
        const isOther = run?.id !== this.current?.id;
        this.current = run;
        if (isOther)
            this.isChosen = false;
        const hasMoved = !this.isChosen && this.suggest() !== this.outcome;
        if (!this.isChosen)
            this.outcome = this.suggest();
        if (run !== undefined && (isOther || hasMoved))
            this.restart();
    }
    /** Rows come while a run goes on. */
    @api
    refresh() {
        this.restart();
    }
    /** The worst that there is; until a person chooses. */
    suggest() {
        return OUTCOMES.find(({ value }) => (countOf(this.current, value) ?? 0) > 0)?.value ?? '';
    }
    restart() {
        this.more = [];
        this.problem = undefined;
        this.looking.forget();
        void this.looking.again();
    }
    get outcomes() {
        const counted = OUTCOMES.map(({ value, label }) => {
            const rows = countOf(this.current, value);
            return { value, label: rows === undefined ? label : fill(LABEL.OutcomeCount, label, rows) };
        });
        return [{ label: LABEL.All, value: '' }, ...counted];
    }
    get all() {
        return [...(this.look.data?.rows ?? []), ...this.more];
    }
    get rows() {
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
    get reasons() {
        const counts = new Map();
        for (const { sentence } of this.all)
            counts.set(sentence, (counts.get(sentence) ?? 0) + 1);
        return [...counts]
            .sort(([, a], [, b]) => b - a)
            .map(([reason, rows]) => ({ reason, text: fill(LABEL.ReasonCount, rows, reason) }));
    }
    /** One reason stands in its row already. */
    get hasReasons() {
        return this.reasons.length > 1;
    }
    get hasRows() {
        return this.all.length > 0;
    }
    get isEmpty() {
        return this.all.length === 0;
    }
    get hasMore() {
        return this.nextAfter !== undefined;
    }
    handleOutcome({ detail }) {
        this.isChosen = true;
        this.outcome = detail.value;
        this.restart();
    }
    handleRefresh() {
        this.restart();
    }
    async handleMore() {
        const { nextAfter: after, outcome } = this;
        const id = this.current?.id;
        if (after === undefined || id === undefined)
            return;
        await this.attempt(async () => {
            const page = await bridge.rows(id, { outcome, after });
            // Another run, or other rows of it, were chosen meanwhile.
            if (id !== this.current?.id || outcome !== this.outcome || after !== this.nextAfter)
                return;
            this.more = [...this.more, ...page.rows];
            this.nextAfter = page.nextAfter;
            announce(this, fill(LABEL.MoreLoaded, page.rows.length));
        });
    }
    async handleExport() {
        const { sync = '', id = '' } = this.current ?? {};
        await this.attempt(async () => {
            const csv = await bridge.rowsCsv(id, { outcome: this.outcome });
            download(`${sync}-${this.outcome || 'rows'}-${id.slice(0, 8)}.csv`, csv);
            announce(this, count(rowsIn(csv), LABEL.ExportedOne, LABEL.Exported));
        });
    }
    async attempt(act) {
        const id = this.current?.id;
        this.isBusy = true;
        this.problem = undefined;
        try {
            await act();
        }
        catch (error) {
            if (id === this.current?.id)
                this.problem = problemOf(error);
        }
        finally {
            this.isBusy = false;
        }
    }
}
