/** What the page knows of one thing: the last good answer, how old it is, and what stands in the way of a newer one. */
import { problemOf, type Problem } from 'c/bridgeService';

export interface Look<T> {
  data?: T;
  /** Why there is nothing newer. */
  problem?: Problem;
  isLoading: boolean;
  /** Epoch milliseconds of the last good answer. */
  atMs?: number;
}

export const NOTHING_YET: Look<never> = { isLoading: true };

export interface Looking {
  /** @returns whether something else is known now than before. */
  again(): Promise<boolean>;
  /** Answers that are still on their way are not shown any more. */
  forget(): void;
}

/**
 * An answer that arrives late never takes the place of a newer one, and a failure never that of what was known.
 * @param essence of an answer, what counts as a change: seconds that run down do not.
 */
export function createLooking<T>(
  ask: () => Promise<T>,
  show: (look: Look<T>) => void,
  essence: (data: T) => unknown = (data) => data,
): Looking {
  let look: Look<T> = NOTHING_YET;
  let latest = 0;
  let known: string | undefined;

  function tell(next: Look<T>): void {
    look = next;
    show(next);
  }

  async function again(): Promise<boolean> {
    const turn = ++latest;
    tell({ ...look, isLoading: true });
    try {
      const data = await ask();
      if (turn !== latest) return false;
      const text = JSON.stringify(essence(data)) ?? '';
      const hasChanged = text !== known;
      known = text;
      tell({ data, isLoading: false, atMs: Date.now() });
      return hasChanged;
    } catch (error) {
      if (turn !== latest) return false;
      const problem = problemOf(error);
      const hasChanged = look.problem?.code !== problem.code;
      tell({ ...look, problem, isLoading: false });
      return hasChanged;
    }
  }

  return {
    again,
    forget() {
      latest += 1;
      known = undefined;
      look = NOTHING_YET;
    },
  };
}

/**
 * A list grows at its head while more of it was asked for: what falls off its first page joins the pages behind.
 * @returns undefined where the new first page no longer meets the one before, since nobody has seen what lies between.
 */
export function carriedOver<Item extends { id: string }>(
  before: readonly Item[],
  now: readonly Item[],
  older: readonly Item[],
): readonly Item[] | undefined {
  const ids = new Set(now.map(({ id }) => id));
  if (!before.some(({ id }) => ids.has(id))) return undefined;
  return [...before.filter(({ id }) => !ids.has(id)), ...older];
}

const NO_ANSWER = new Set(['bridge_unreachable', 'bridge_timeout', 'unavailable', 'credential_missing']);
const NO_RIGHT = new Set(['caller_forbidden', 'page_permission_missing']);

export function isUnreachable(problem: Problem | undefined): boolean {
  return problem !== undefined && NO_ANSWER.has(problem.code);
}

export function isForbidden(problem: Problem | undefined): boolean {
  return problem !== undefined && NO_RIGHT.has(problem.code);
}

/** A list that is not there at all: the bridge is older than this page. */
export function isNotOffered(problem: Problem | undefined): boolean {
  return problem?.code === 'not_found';
}
