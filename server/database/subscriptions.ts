/** Who listens to which channel. No I/O. */

export interface Subscriber {
  onMessage(payload: string): void;
  /** The connection was away and is back: messages may have been missed, so read everything again. */
  onGap?(): void;
}
export type StopListening = () => Promise<void>;
export function assertChannel(channel: string): void {
  if (!/^[a-z][a-z0-9_]{0,62}$/.test(channel)) throw new TypeError(`not a channel name: ${channel}`);
}

/** Channel -> who listens; the same on both databases. */
export class Subscriptions {
  readonly #byChannel = new Map<string, Set<Subscriber>>();

  /** @returns true where this is the first of its channel. */
  add(channel: string, subscriber: Subscriber): boolean {
    const present = this.#byChannel.get(channel);
    if (present !== undefined) {
      present.add(subscriber);
      return false;
    }
    this.#byChannel.set(channel, new Set([subscriber]));
    return true;
  }

  /** @returns true where it was the last of its channel. */
  remove(channel: string, subscriber: Subscriber): boolean {
    const present = this.#byChannel.get(channel);
    if (present?.delete(subscriber) !== true || present.size > 0) return false;
    return this.#byChannel.delete(channel);
  }

  channels(): string[] {
    return [...this.#byChannel.keys()];
  }

  deliver(channel: string, payload: string): void {
    for (const subscriber of this.#byChannel.get(channel) ?? []) subscriber.onMessage(payload);
  }

  announceGap(): void {
    for (const subscribers of this.#byChannel.values()) {
      for (const subscriber of subscribers) subscriber.onGap?.();
    }
  }
}
