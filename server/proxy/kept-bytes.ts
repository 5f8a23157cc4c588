/** How much of the bodies of calls is in memory: each is small, and a caller may have any number of them under way. */
import { BridgeError } from '../errors.ts';

const MIB = 1024 * 1024;
/** 64 bodies of the largest size that is kept; thousands of usual ones. */
const OF_A_CALLER_MAX = 64 * MIB;
const OF_ALL_MAX = 256 * MIB;

const byCaller = new Map<string, number>();
let total = 0;

/** What one call keeps, until it is let go of. */
export class KeptBytes {
  readonly #caller: string;
  #bytes = 0;

  constructor(caller: string) {
    this.#caller = caller;
  }

  /** @returns why they may not be kept, where they may not: `rate_limited`: the caller has as much under way as it may. `unavailable`: all of them together have. */
  add(bytes: number): BridgeError | undefined {
    const ofCaller = (byCaller.get(this.#caller) ?? 0) + bytes;
    if (ofCaller > OF_A_CALLER_MAX) {
      return new BridgeError('rate_limited', {
        detail: `The calls of ${this.#caller} that are under way have bodies of more than ${OF_A_CALLER_MAX / MIB} MiB together. Nothing was sent.`,
        remedy: 'Make fewer calls with large bodies at once.',
        retryAfterSeconds: 1,
      });
    }
    if (total + bytes > OF_ALL_MAX) {
      return new BridgeError('unavailable', {
        detail: 'The bridge holds as many bodies of calls as it may. Nothing was sent.',
        retryAfterSeconds: 1,
      });
    }
    this.#bytes += bytes;
    total += bytes;
    byCaller.set(this.#caller, ofCaller);
    return undefined;
  }

  /** Idempotent. */
  release(): void {
    total -= this.#bytes;
    const left = (byCaller.get(this.#caller) ?? 0) - this.#bytes;
    this.#bytes = 0;
    if (left > 0) byCaller.set(this.#caller, left);
    else byCaller.delete(this.#caller);
  }
}
