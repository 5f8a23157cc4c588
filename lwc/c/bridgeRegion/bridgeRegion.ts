import { LightningElement, api } from 'lwc';
import { LABEL } from 'c/bridgeLabels';
import { age, fill } from 'c/bridgeFormat';
import { isForbidden, isNotOffered, type Look } from 'c/bridgeLook';
import type { Problem } from 'c/bridgeService';

const SPINNER_AFTER_MS = 1_000;

/** A part of the page in each of its states: nothing yet, known, old, refused, not offered by this bridge. */
export default class BridgeRegion extends LightningElement {
  /** What it is called in a sentence: "connections". */
  @api name = '';
  label = LABEL;
  isSlow = false;
  private current: Look<unknown> = { isLoading: true };
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** What is known, see c/bridgeLook. */
  @api
  get look(): Look<unknown> {
    return this.current;
  }

  set look(look: Look<unknown>) {
    this.current = look;
    this.watchSlowness();
  }

  disconnectedCallback(): void {
    clearTimeout(this.timer);
  }

  /** Under a second nothing moves: a spinner that flashes by is only unrest. */
  private watchSlowness(): void {
    clearTimeout(this.timer);
    this.isSlow = false;
    if (!this.current.isLoading || this.hasData) return;
    this.timer = setTimeout(() => (this.isSlow = true), SPINNER_AFTER_MS);
  }

  get hasData(): boolean {
    return this.current.data !== undefined;
  }

  get isPlaceholder(): boolean {
    return !this.hasData && this.current.problem === undefined;
  }

  get isNotOffered(): boolean {
    return !this.hasData && isNotOffered(this.current.problem);
  }

  get isForbidden(): boolean {
    return isForbidden(this.current.problem);
  }

  get problem(): Problem | undefined {
    return this.isNotOffered || this.isForbidden ? undefined : this.current.problem;
  }

  get isStale(): boolean {
    return this.hasData && this.current.problem !== undefined;
  }

  get staleText(): string {
    return fill(LABEL.StaleSince, age(this.current.atMs ?? 0, Date.now()));
  }

  get loadingText(): string {
    return fill(LABEL.LoadingWhat, this.name);
  }

  get notOfferedText(): string {
    return fill(LABEL.NotOfferedDetail, this.name);
  }

  get contentClass(): string {
    return this.isStale ? 'content stale' : 'content';
  }

  get ariaBusy(): string {
    return String(this.current.isLoading);
  }

  handleRetry(): void {
    this.dispatchEvent(new CustomEvent('retry'));
  }
}
