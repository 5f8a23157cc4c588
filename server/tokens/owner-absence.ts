/**
 * When an owner of a grant lock whose presence is missing is taken for gone. A living one that lost its session has it back after
 * some 0.2 s: one look that finds nobody says nothing, and to believe it would mean a second sign-in beside a running one.
 * No I/O; the clock comes in.
 */

/** Ten times what a living owner needs to show itself again. */
export const GONE_AFTER_MS = 2_000;
const LOOKS_MIN = 3;
/** Two looks further apart than this say nothing of the time between them. */
const LOOK_GAP_MS_MAX = 3_000;
/** More owners than these are never waited for at once; the rest are of locks that have long ended. */
const OWNERS_MAX = 100;

interface Absence {
  sinceMs: number;
  lookedAtMs: number;
  looks: number;
}

export interface OwnerAbsences {
  /** Notes what one look found, and says whether the owner is now taken for gone. */
  look(owner: string, isMissing: boolean): boolean;
  /** All that are taken for gone. */
  gone(): string[];
}

export function createOwnerAbsences(monotonicMs: () => number): OwnerAbsences {
  const absences = new Map<string, Absence>();
  const isGone = ({ sinceMs, lookedAtMs, looks }: Absence) =>
    looks >= LOOKS_MIN && lookedAtMs - sinceMs >= GONE_AFTER_MS;

  return {
    look(owner, isMissing) {
      const nowMs = monotonicMs();
      const before = absences.get(owner);
      absences.delete(owner);
      if (!isMissing) return false;
      const isFollowed = before !== undefined && nowMs - before.lookedAtMs <= LOOK_GAP_MS_MAX;
      const absence = isFollowed
        ? { ...before, lookedAtMs: nowMs, looks: before.looks + 1 }
        : { sinceMs: nowMs, lookedAtMs: nowMs, looks: 1 };
      absences.set(owner, absence);
      if (absences.size > OWNERS_MAX) absences.delete([...absences.keys()][0]!);
      return isGone(absence);
    },
    gone: () => [...absences].filter(([, absence]) => isGone(absence)).map(([owner]) => owner),
  };
}
