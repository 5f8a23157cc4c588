import { LightningElement, api } from 'lwc';
import { LABEL } from 'c/bridgeLabels';
import { age, fill } from 'c/bridgeFormat';
import { isForbidden, isNotOffered } from 'c/bridgeLook';
const SPINNER_AFTER_MS = 1_000;
/** A part of the page in each of its states: nothing yet, known, old, refused, not offered by this bridge. */
export default class BridgeRegion extends LightningElement {
    /** What it is called in a sentence: "connections". */
    @api
    name = '';
    label = LABEL;
    isSlow = false;
    current = { isLoading: true };
    timer;
    /** What is known, see c/bridgeLook. */
    @api
    get look() {
        return this.current;
    }
    set look(look) {
        this.current = look;
        this.watchSlowness();
    }
    disconnectedCallback() {
        clearTimeout(this.timer);
    }
    /** Under a second nothing moves: a spinner that flashes by is only unrest. */
    watchSlowness() {
        clearTimeout(this.timer);
        this.isSlow = false;
        if (!this.current.isLoading || this.hasData)
            return;
        this.timer = setTimeout(() => (this.isSlow = true), SPINNER_AFTER_MS);
    }
    get hasData() {
        return this.current.data !== undefined;
    }
    get isPlaceholder() {
        return !this.hasData && this.current.problem === undefined;
    }
    get isNotOffered() {
        return !this.hasData && isNotOffered(this.current.problem);
    }
    get isForbidden() {
        return isForbidden(this.current.problem);
    }
    get problem() {
        return this.isNotOffered || this.isForbidden ? undefined : this.current.problem;
    }
    get isStale() {
        return this.hasData && this.current.problem !== undefined;
    }
    get staleText() {
        return fill(LABEL.StaleSince, age(this.current.atMs ?? 0, Date.now()));
    }
    get loadingText() {
        return fill(LABEL.LoadingWhat, this.name);
    }
    get notOfferedText() {
        return fill(LABEL.NotOfferedDetail, this.name);
    }
    get contentClass() {
        return this.isStale ? 'content stale' : 'content';
    }
    get ariaBusy() {
        return String(this.current.isLoading);
    }
    handleRetry() {
        this.dispatchEvent(new CustomEvent('retry'));
    }
}
