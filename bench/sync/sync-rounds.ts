/** Several measures of one campaign as one: how long each step takes at the median, and the most that it holds in memory. */
import { median } from '../rounds.ts';
import type { Floor, MeasuredStep, MeasuredSync, StepName } from './measure-sync.ts';

export type StepSummary = Pick<MeasuredStep, 'step' | 'seconds' | 'cpuUs' | 'sandboxCpuUs'> & {
  /** The most of all rounds. */
  overIdleBytes: number;
};

export interface SyncSummary {
  members: number;
  steps: readonly StepSummary[];
  floor: Floor;
}

type Times = Pick<MeasuredStep, 'seconds' | 'cpuUs' | 'sandboxCpuUs'>;

function mediansOf<Name extends keyof Times>(
  measured: readonly Pick<Times, Name>[],
  names: readonly Name[],
): Record<Name, number> {
  const entries = names.map((name) => [name, median(measured.map((one) => one[name]))]);
  return Object.fromEntries(entries) as Record<Name, number>;
}

function stepOf(rounds: readonly MeasuredSync[], step: StepName): StepSummary {
  const measured = rounds.flatMap(({ steps, idleBytes }) =>
    steps
      .filter((one) => one.step === step)
      .map((one) => ({ ...one, overIdleBytes: one.peakBytes - idleBytes })),
  );
  const overIdleBytes = Math.max(...measured.map((one) => one.overIdleBytes));
  return { step, overIdleBytes, ...mediansOf(measured, ['seconds', 'cpuUs', 'sandboxCpuUs']) };
}

export function summarise(members: number, rounds: readonly MeasuredSync[]): SyncSummary {
  const floors = rounds.flatMap((round) => round.floors);
  return {
    members,
    steps: [...new Set(rounds[0]!.steps.map(({ step }) => step))].map((step) => stepOf(rounds, step)),
    floor: { members, ...mediansOf(floors, ['seconds', 'cpuUs']) },
  };
}
