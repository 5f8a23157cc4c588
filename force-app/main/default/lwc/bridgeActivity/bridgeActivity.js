import { LightningElement } from 'lwc';
import { LABEL } from 'c/bridgeLabels';
import { dateTime, fill } from 'c/bridgeFormat';
import { createPoll } from 'c/bridgePoll';
import { NOTHING_YET, carriedOver, createLooking } from 'c/bridgeLook';
import { EXIT_PATHS, bridge, problemOf } from 'c/bridgeService';
import { announce } from 'c/bridgeTell';
const PAGE = 50;
const COLUMNS = [
    { label: LABEL.ColumnTime, fieldName: 'at', initialWidth: 230 },
    { label: LABEL.ColumnWhat, fieldName: 'what', initialWidth: 110 },
    { label: LABEL.ColumnSummary, fieldName: 'summary', initialWidth: 210, wrapText: true },
    { label: LABEL.ColumnConnection, fieldName: 'connection', initialWidth: 150 },
    { label: LABEL.ColumnCaller, fieldName: 'caller' },
    {
        label: LABEL.ColumnResult,
        fieldName: 'result',
        initialWidth: 180,
        cellAttributes: { iconName: { fieldName: 'icon' } },
    },
    { label: LABEL.HttpStatus, fieldName: 'status', initialWidth: 90 },
    { label: LABEL.ColumnTook, fieldName: 'took', initialWidth: 90 },
    { label: LABEL.ColumnReference, fieldName: 'reference', initialWidth: 300 },
];
const KINDS = {
    tokenRequest: LABEL.KindTokenRequest,
    proxiedCall: LABEL.KindProxiedCall,
    run: LABEL.KindRun,
    change: LABEL.KindChange,
};
/** As it should be, or as a person wanted it. */
const GOOD = new Set([
    'Success',
    'Running',
    'Paused',
    'started',
    'paused',
    'resumed',
    'cancelled',
    'rowsRead',
]);
/** A change is written down once it is done. */
function isGood({ kind, result }) {
    return kind === 'change' || GOOD.has(result);
}
/** What the bridge did, the newest first, with filters; live only when asked for. */
export default class BridgeActivity extends LightningElement {
    label = LABEL;
    columns = COLUMNS;
    look = NOTHING_YET;
    older = [];
    nextAfter;
    isLoadingMore = false;
    connection = '';
    result = '';
    isLive = false;
    connections = [{ label: LABEL.All, value: '' }];
    looking = createLooking(() => bridge.activity({ connection: this.connection, result: this.result, limit: PAGE }), (look) => this.show(look));
    poll = createPoll({
        ask: () => this.looking.again(),
        fastestMs: 2_000,
        slowestMs: 15_000,
    });
    connectedCallback() {
        void this.looking.again();
        void this.nameConnections();
    }
    disconnectedCallback() {
        this.poll.stop();
    }
    show(look) {
        const before = this.look.data;
        this.look = look;
        if (look.data === undefined || look.data === before)
            return;
        const { entries, nextAfter } = look.data;
        const kept = this.older.length === 0 ? undefined : carriedOver(before?.entries ?? [], entries, this.older);
        if (kept === undefined)
            this.nextAfter = nextAfter;
        this.older = kept ?? [];
    }
    /** Without names one can still look at everything. */
    async nameConnections() {
        const names = await bridge.connections().catch(() => []);
        this.connections = [
            { label: LABEL.All, value: '' },
            ...names.map(({ name }) => ({ label: name, value: name })),
        ];
    }
    get results() {
        return [{ label: LABEL.All, value: '' }, ...EXIT_PATHS.map((path) => ({ label: path, value: path }))];
    }
    get rows() {
        return [...(this.look.data?.entries ?? []), ...this.older].map((entry) => ({
            id: entry.id,
            at: dateTime(entry.at),
            what: KINDS[entry.kind] ?? entry.kind,
            summary: entry.summary,
            connection: entry.connection,
            caller: entry.caller,
            result: entry.result,
            icon: isGood(entry) ? 'utility:success' : 'utility:warning',
            status: entry.status === undefined ? '' : String(entry.status),
            took: entry.durationMs === undefined ? '' : fill(LABEL.Milliseconds, entry.durationMs),
            reference: entry.upstreamCorrelationId ?? entry.correlationId,
        }));
    }
    get isEmpty() {
        return this.rows.length === 0;
    }
    get isFiltered() {
        return this.connection !== '' || this.result !== '';
    }
    get hasMore() {
        return this.nextAfter !== undefined;
    }
    handleConnection({ detail }) {
        this.connection = detail.value;
        this.restart();
    }
    handleResult({ detail }) {
        this.result = detail.value;
        this.restart();
    }
    handleClearFilters() {
        this.connection = '';
        this.result = '';
        this.restart();
    }
    restart() {
        this.older = [];
        this.nextAfter = undefined;
        this.looking.forget();
        void this.looking.again();
    }
    handleLive(event) {
        this.isLive = event.target.checked;
        announce(this, this.isLive ? LABEL.LiveOn : LABEL.LiveOff);
        if (this.isLive)
            this.poll.start();
        else
            this.poll.stop();
    }
    handleRefresh() {
        void this.looking.again();
    }
    async handleMore() {
        const { connection, result, nextAfter: after } = this;
        if (after === undefined || this.isLoadingMore)
            return;
        // A filter that is set meanwhile begins another list.
        const isStill = () => after === this.nextAfter && connection === this.connection && result === this.result;
        this.isLoadingMore = true;
        try {
            const page = await bridge.activity({ connection, result, after, limit: PAGE });
            if (!isStill())
                return;
            this.older = [...this.older, ...page.entries];
            this.nextAfter = page.nextAfter;
            announce(this, fill(LABEL.MoreLoaded, page.entries.length));
        }
        catch (error) {
            if (isStill())
                this.look = { ...this.look, problem: problemOf(error) };
        }
        finally {
            this.isLoadingMore = false;
        }
    }
}
