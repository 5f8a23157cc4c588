/** A value that does not print, serialise or log. Every secret is one from the moment it is read. */
import { inspect } from 'node:util';

export const MASK = '[secret]';

/**
 * Holds a secret string so that only `reveal()`, a name one can search for, gives it back.
 * String concatenation, `JSON.stringify`, `util.inspect`, template literals and loggers all get `[secret]`.
 */
export class Secret {
  readonly #value: string;
  #searchable: unknown;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  /** What `make` makes of it to find it in a text, made once: it is looked for again and again, and what is made lives as long as it does. */
  searchable<Made>(make: (value: string) => Made): Made {
    return (this.#searchable ??= make(this.#value)) as Made;
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [inspect.custom](): string {
    return MASK;
  }
}
