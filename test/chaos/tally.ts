/** Counts of what was asked and answered, and what was wrong with it. */
import type { AskKind } from './judge.ts';

const KEPT_FAULTS = 20;

export interface FaultSurvived {
  name: string;
  /** From the end of the fault until every kind of request was answered as it should be by every instance. */
  healedMs: number;
}

export interface ChaosReport {
  seconds: number;
  requests: number;
  /** `proxied 200` -> how many. */
  answers: Record<string, number>;
  /** Answers that the bridge may not give, in words, with how often. */
  broken: Record<string, number>;
  /** No answer, from an instance that was there to give one. */
  lost: number;
  /** Sent again to another instance, since the first one was stopping. */
  moved: number;
  /** Secrets in an answer or the log, as `name as encoding`. */
  leaks: string[];
  survived: FaultSurvived[];
  skipped: string[];
  /** MiB, of the instance that lives through it all. */
  memory?: { peak: number; third: number; last: number };
}

export interface Tally {
  answered(kind: AskKind, label: string): void;
  isBroken(what: string): void;
  lose(what: string): void;
  move(): void;
  leak(found: readonly string[]): void;
  counts(): Pick<ChaosReport, 'requests' | 'answers' | 'broken' | 'lost' | 'moved' | 'leaks'>;
}

function countUp(counts: Map<string, number>, key: string): void {
  if (counts.size < 10 * KEPT_FAULTS || counts.has(key)) counts.set(key, (counts.get(key) ?? 0) + 1);
}

export function createTally(): Tally {
  const [answers, broken] = [new Map<string, number>(), new Map<string, number>()];
  const leaks = new Set<string>();
  let [requests, lost, moved] = [0, 0, 0];
  return {
    answered(kind, label) {
      requests += 1;
      countUp(answers, `${kind} ${label}`);
    },
    isBroken: (what) => countUp(broken, what),
    lose(what) {
      requests += 1;
      lost += 1;
      countUp(broken, `lost: ${what}`);
    },
    move: () => void (moved += 1),
    leak: (found) => found.forEach((one) => leaks.add(one)),
    counts: () => ({
      requests,
      lost,
      moved,
      answers: Object.fromEntries([...answers].sort()),
      broken: Object.fromEntries(broken),
      leaks: [...leaks],
    }),
  };
}
