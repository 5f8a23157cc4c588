import { LightningElement, api } from 'lwc';
import { LABEL } from 'c/bridgeLabels';
import { showDetail } from 'c/bridgeColumns';
import { dateTime, fill } from 'c/bridgeFormat';
import { NOTHING_YET, carriedOver, createLooking, isNotOffered } from 'c/bridgeLook';
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
    isLoadingMore = false;
    /** The one looked at, asked for by itself: it moves faster than the list, or is not on it. */
    fresh;
    /** Why it could not be read. */
    reason;
    /** Someone asked for the list, or did what changes it. */
    isListWanted = false;
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
        const before = this.look.data;
        const seen = this.selected;
        this.look = look;
        if (look.data === undefined || look.data === before)
            return;
        const { runs, nextAfter } = look.data;
        const kept = this.older.length === 0 ? undefined : carriedOver(before?.runs ?? [], runs, this.older);
        if (kept === undefined)
            this.nextAfter = nextAfter;
        this.older = kept ?? [];
        // Chosen once: runs that begin meanwhile do not move what is looked at.
        this.chosen ??= runs[0]?.id;
        // What is off the list by now is asked for by itself, and stands until that answers.
        const isListed = this.listed.some(({ id }) => id === seen?.id);
        this.fresh = isListed ? undefined : seen;
    }
    /** While a run goes on, only that run is asked for; the list when something ended, nothing goes on, or someone wants it. */
    async ask() {
        const { selected } = this;
        const isGoing = selected?.status === 'Running' && (await this.askFor(selected.id))?.status === 'Running';
        if (isGoing && !this.isListWanted)
            return true;
        this.isListWanted = false;
        const hasChanged = await this.looking.again();
        const { chosen } = this;
        if (chosen !== undefined && !this.runs.some(({ id }) => id === chosen))
            await this.askFor(chosen);
        return hasChanged;
    }
    async askFor(id) {
        this.reason = undefined;
        try {
            this.fresh = await bridge.run(id);
            return this.fresh;
        }
        catch (error) {
            this.reason = problemOf(error);
            if (isNotOffered(this.reason))
                this.fresh = undefined;
            return undefined;
        }
    }
    get listed() {
        return [...(this.look.data?.runs ?? []), ...this.older];
    }
    get runs() {
        return this.listed.map((run) => (run.id === this.fresh?.id ? this.fresh : run));
    }
    get hasMore() {
        return this.nextAfter !== undefined;
    }
    get selected() {
        const { chosen, fresh, runs } = this;
        const isFresh = fresh !== undefined && fresh.id === chosen;
        return runs.find(({ id }) => id === chosen) ?? (isFresh ? fresh : undefined);
    }
    /** A run that was asked for and cannot be shown. */
    get problem() {
        return this.selected === undefined ? this.reason : undefined;
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
        setTimeout(() => showDetail(this.template));
    }
    async handleMore() {
        const { nextAfter: after } = this;
        if (after === undefined || this.isLoadingMore)
            return;
        this.isLoadingMore = true;
        try {
            const page = await bridge.runs({ after, limit: PAGE });
            // So much has begun meanwhile that the list is another one.
            if (after !== this.nextAfter)
                return;
            this.older = [...this.older, ...page.runs];
            this.nextAfter = page.nextAfter;
            announce(this, fill(LABEL.MoreLoaded, page.runs.length));
        }
        catch (error) {
            this.look = { ...this.look, problem: problemOf(error) };
        }
        finally {
            this.isLoadingMore = false;
        }
    }
    handleRefresh() {
        this.isListWanted = true;
        return this.poll.again();
    }
}
