import { LightningElement, api } from 'lwc';
import { LABEL } from 'c/bridgeLabels';
import { dateTime, fill } from 'c/bridgeFormat';
import { NOTHING_YET, createLooking } from 'c/bridgeLook';
import { createPoll } from 'c/bridgePoll';
import { bridge, problemOf } from 'c/bridgeService';
import { begunAt, doneOf } from 'c/bridgeRunFacts';
import { announce } from 'c/bridgeTell';
const PAGE = 30;
/** Every run, the newest first, and the one that is looked at. */
export default class BridgeRuns extends LightningElement {
    label = LABEL;
    look = NOTHING_YET;
    older = [];
    nextAfter;
    /** The one looked at, asked for by itself: it moves faster than the list. */
    fresh;
    chosen;
    looking = createLooking(() => bridge.runs({ limit: PAGE }), (look) => this.show(look));
    poll = createPoll({ ask: () => this.ask(), fastestMs: 2_000, slowestMs: 30_000 });
    /** Id of the run to show first. */
    @api
    get selectedId() {
        return this.chosen;
    }
    set selectedId(id) {
        if (id !== undefined)
            this.chosen = id;
    }
    connectedCallback() {
        this.poll.start();
    }
    disconnectedCallback() {
        this.poll.stop();
    }
    show(look) {
        this.look = look;
        if (!look.isLoading && this.older.length === 0)
            this.nextAfter = look.data?.nextAfter;
    }
    /** While a run goes on, only that run is asked for; the list when something ended or nothing goes on. */
    async ask() {
        const { selected } = this;
        if (selected?.status !== 'Running')
            return this.looking.again();
        const run = await bridge.run(selected.id).catch(() => undefined);
        this.fresh = run;
        return run?.status === 'Running' ? true : this.looking.again();
    }
    get runs() {
        const newest = this.look.data?.runs ?? [];
        const known = new Set(newest.map(({ id }) => id));
        return [...newest, ...this.older.filter(({ id }) => !known.has(id))].map((run) => run.id === this.fresh?.id ? this.fresh : run);
    }
    get hasMore() {
        return this.nextAfter !== undefined;
    }
    get selected() {
        return this.runs.find(({ id }) => id === this.chosen) ?? this.runs[0];
    }
    get isEmpty() {
        return this.runs.length === 0;
    }
    get items() {
        return this.runs.map((run) => {
            const isSelected = run.id === this.selected?.id;
            return {
                id: run.id,
                name: run.dryRun === true ? fill(LABEL.DryRunOf, run.sync) : run.sync,
                at: dateTime(begunAt(run)),
                word: run.status,
                members: fill(LABEL.MembersCount, doneOf(run)),
                current: isSelected ? 'true' : undefined,
                className: isSelected ? 'item selected' : 'item',
            };
        });
    }
    handleSelect(event) {
        this.chosen = event.currentTarget.dataset.id;
    }
    async handleMore() {
        const { nextAfter: after } = this;
        if (after === undefined)
            return;
        try {
            const page = await bridge.runs({ after, limit: PAGE });
            this.older = [...this.older, ...page.runs];
            this.nextAfter = page.nextAfter;
            announce(this, fill(LABEL.MoreLoaded, page.runs.length));
        }
        catch (error) {
            this.look = { ...this.look, problem: problemOf(error) };
        }
    }
    handleRefresh() {
        this.fresh = undefined;
        return this.poll.again();
    }
}
