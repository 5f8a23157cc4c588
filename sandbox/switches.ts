/** What a sandbox can be told over `/_sandbox/switches` beside its faults: conditions of the data, limits, dialling. Bookkeeping only. */
import { z } from 'zod';

export interface SandboxSwitch<Input = unknown> {
  /** camelCase; the last part of its address. */
  name: string;
  /** What it brings about, in a sentence. */
  effect: string;
  /** A body that works. */
  example: object;
  schema: z.ZodType<Input>;
  /** @returns what undoes it; nothing where it is over at once. @throws SwitchRefused. */
  switchOn(input: Input): (() => void) | void;
}

/** The body is well-formed and cannot be done. */
export class SwitchRefused extends Error {}

export interface ActiveSwitch {
  id: number;
  name: string;
  input: unknown;
}

export interface Switches {
  describe(): readonly { name: string; effect: string; example: object }[];
  list(): readonly ActiveSwitch[];
  has(name: string): boolean;
  /** @throws ZodError where the body is wrong; SwitchRefused. @returns undefined for one that is over already. */
  switchOn(name: string, body: unknown): ActiveSwitch | undefined;
  /** Undoes one, or all. @returns how many were on. */
  switchOff(id?: number): number;
}

/** Keeps the type of the input between schema and effect. */
export function sandboxSwitch<Input>(definition: SandboxSwitch<Input>): SandboxSwitch {
  return definition;
}

export function createSwitches(known: readonly SandboxSwitch[]): Switches {
  const active = new Map<number, { shown: ActiveSwitch; undo: () => void }>();
  let lastId = 0;
  return {
    describe: () => known.map(({ name, effect, example }) => ({ name, effect, example })),
    list: () => [...active.values()].map(({ shown }) => shown),
    has: (name) => known.some((one) => one.name === name),
    switchOn(name, body) {
      const found = known.find((one) => one.name === name);
      if (found === undefined) throw new SwitchRefused(`There is no switch ${name}`);
      const input = found.schema.parse(body ?? {});
      const undo = found.switchOn(input);
      if (undo === undefined) return undefined;
      const shown = { id: (lastId += 1), name, input };
      active.set(shown.id, { shown, undo });
      return shown;
    },
    switchOff(id) {
      const going = id === undefined ? [...active.keys()] : [id].filter((one) => active.has(one));
      for (const one of going) {
        const { undo } = active.get(one)!;
        active.delete(one);
        undo();
      }
      return going.length;
    },
  };
}
