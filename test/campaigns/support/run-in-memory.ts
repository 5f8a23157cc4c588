/** Runs of a sync over the world in memory, cut off wherever a test wants. */
import type { RunPorts, WalkEnd, WalkLimits } from '../../../server/campaigns/run/walk-context.ts';
import { walkRun } from '../../../server/campaigns/run/walk.ts';
import type { SyncSettings } from '../../../server/campaigns/sync.ts';
import { portsOfWorld, type World } from './fake-world.ts';
import { createMemoryJournal, startRun, type MemoryRun, type MemoryState } from './memory-journal.ts';

/** The process is gone. */
export class Crash extends Error {}

/** Called before and after each call of a port, which waits for it; what it throws is what the caller gets. */
export type Between = (moment: 'before' | 'after', call: number, method: string) => void | Promise<void>;

function watched<Part extends object>(part: Part, between: () => Between, count: () => number): Part {
  return new Proxy(part, {
    get(target, name) {
      const method = Reflect.get(target, name) as (...given: unknown[]) => Promise<unknown>;
      return async (...given: unknown[]) => {
        const call = count();
        await between()('before', call, String(name));
        const answer = await method.apply(target, given);
        await between()('after', call, String(name));
        return answer;
      };
    },
  });
}

export type OuterPorts = Omit<RunPorts, 'journal'>;

/** Counts the calls over all the parts that it watches. */
function watchPart(between: Between) {
  let calls = 0;
  const count = () => calls++;
  return {
    watch: <Part extends object>(part: Part) => watched(part, () => between, count),
    calls: () => calls,
  };
}

export function watchedPorts(ports: OuterPorts, between: Between): OuterPorts {
  const { watch } = watchPart(between);
  return { source: watch(ports.source), sink: watch(ports.sink), contacts: watch(ports.contacts) };
}

export interface Scene {
  world: World;
  state: MemoryState;
  settings: SyncSettings;
}

export interface RunWish {
  dryRun?: boolean;
  retryOf?: number;
  between?: Between;
  /** Default: so small that a handful of members takes many turns. */
  limits?: Partial<WalkLimits>;
  /** Goes on with this run instead of a new one. */
  resume?: number;
}

export interface RunReport {
  id: number;
  end: WalkEnd | 'crashed';
  run: MemoryRun;
  calls: number;
}

const LIMITS = { pageSize: 3, sliceSize: 2 };

export async function runOnce({ world, state, settings }: Scene, wish: RunWish = {}): Promise<RunReport> {
  const id = wish.resume ?? startRun(state);
  const run = state.runs[id]!;
  const { source, sink, contacts } = portsOfWorld(world);
  const { watch, calls } = watchPart(wish.between ?? (() => undefined));
  const ports = {
    source: watch(source),
    sink: watch(sink),
    contacts: watch(contacts),
    journal: watch(createMemoryJournal(state, id)),
  };
  const order = {
    settings,
    dryRun: wish.dryRun ?? false,
    progress: { ...state.progress },
    ...(wish.retryOf === undefined ? {} : { retryOf: String(wish.retryOf) }),
    ...(run.checkpoint === undefined ? {} : { checkpoint: run.checkpoint }),
  };
  try {
    const end = await walkRun(order, ports, wish.limits ?? LIMITS);
    return { id, end, run, calls: calls() };
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
    return { id, end: 'crashed', run, calls: calls() };
  }
}

/** @param points Each is a place among the moments before and after each call: 0 before the first, 1 after it, 2 before the second. */
export async function runWithCrashes(
  scene: Scene,
  points: readonly number[],
  wish: RunWish = {},
): Promise<RunReport> {
  let report: RunReport | undefined;
  for (const point of points) {
    const between: Between = (moment, call) => {
      if (call * 2 + (moment === 'after' ? 1 : 0) === point) throw new Crash();
    };
    const resume = report === undefined ? {} : { resume: report.id };
    report = await runOnce(scene, { ...wish, ...resume, between });
    if (report.end !== 'crashed') return report;
  }
  return await runOnce(scene, { ...wish, ...(report === undefined ? {} : { resume: report.id }) });
}
