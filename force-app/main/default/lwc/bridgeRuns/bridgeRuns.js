import { LightningElement, api } from 'lwc';
import { LABEL } from 'c/bridgeLabels';
import { dateTime, fill } from 'c/bridgeFormat';
import { NOTHING_YET, createLooking } from 'c/bridgeLook';
import { createPoll } from 'c/bridgePoll';
import { bridge } from 'c/bridgeService';
import { doneOf, newestFirst } from 'c/bridgeRunFacts';
const SYNCS_SHOWN = 20;
async function askRuns() {
    const syncs = await bridge.syncs();
    const runs = await Promise.all(syncs.slice(0, SYNCS_SHOWN).map(({ name }) => bridge.runs(name)));
    return newestFirst(runs.flat());
}
/** Every run, the newest first, and the one that is looked at. */
export default class BridgeRuns extends LightningElement {
    label = LABEL;
    look = NOTHING_YET;
    /** The one looked at, asked for by itself: it moves faster than the list. */
    fresh;
    chosen;
    looking = createLooking(askRuns, (look) => (this.look = look));
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
        return (this.look.data ?? []).map((run) => (run.id === this.fresh?.id ? this.fresh : run));
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
                at: dateTime(run.startedAt),
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
    handleRefresh() {
        this.fresh = undefined;
        return this.poll.again();
    }
}
