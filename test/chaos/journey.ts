/** One fault after the other under a steady load, until the time is over, and what became of every request. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AskKind } from './judge.ts';
import { CHAOS_FAULTS, type ChaosFault } from './faults.ts';
import { createLoad, type Load } from './load.ts';
import { startChaosStage, type ChaosStage } from './stage.ts';
import { createTally, type ChaosReport } from './tally.ts';

/** The longest step of backing off is 60 s; after a fault of seconds it is a few. */
const HEALED_WITHIN_MS = 65_000;
const LOOK_EVERY_MS = 50;
const SAMPLE_EVERY_MS = 250;
const SHOWN_CHARACTERS = 4_000;
const BETWEEN_MS = 150;
/** Of every fault once; the last round goes on when the time is over. */
const ROUND_MS_MAX = 300_000;
const KINDS: readonly AskKind[] = ['handOut', 'proxied', 'bearer', 'change'];

export interface ChaosOptions {
  /** Requests a second. */
  rate: number;
  /** How long each fault lasts. */
  holdMs: number;
  /** Every fault once; and again, until so much time is over. */
  forMs?: number;
  /** Default: all. */
  faults?: readonly ChaosFault[];
  say?: (line: string) => void;
}

function residentMib(pid: number): number | undefined {
  try {
    const [, kib] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return kib === undefined ? undefined : Number(kib) / 1024;
  } catch {
    return undefined;
  }
}

/** The lowest of a stretch of time: what is left when the garbage is gone. */
function memoryOf(samples: readonly number[]): Pick<ChaosReport, 'memory'> {
  if (samples.length < 8) return {};
  const quarter = Math.floor(samples.length / 4);
  const lowest = (from: number) => Math.min(...samples.slice(from, from + quarter));
  return { memory: { peak: Math.max(...samples), third: lowest(2 * quarter), last: lowest(3 * quarter) } };
}

function assertAlive({ bridges }: ChaosStage): void {
  const dead = bridges.find(({ process }) => process.exitCode !== null || process.signalCode !== null);
  if (dead !== undefined) throw new Error(`An instance ended:\n${dead.output().slice(-SHOWN_CHARACTERS)}`);
}

/** What some instance does not do as it should; undefined: all is well. */
async function illOf(stage: ChaosStage, load: Load): Promise<string | undefined> {
  for (const bridge of stage.bridges) {
    for (const kind of KINDS) {
      const ill = await load.illOf(bridge, kind);
      if (ill !== undefined) return ill;
    }
  }
  return undefined;
}

async function untilWell(stage: ChaosStage, load: Load): Promise<number> {
  const startedAtMs = performance.now();
  for (;;) {
    assertAlive(stage);
    const ill = await illOf(stage, load);
    const tookMs = Math.round(performance.now() - startedAtMs);
    if (ill === undefined) return tookMs;
    if (tookMs > HEALED_WITHIN_MS) throw new Error(`It did not heal: ${ill}`);
    await sleep(LOOK_EVERY_MS);
  }
}

export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { rate, holdMs, forMs = 0, faults = CHAOS_FAULTS, say = () => undefined } = options;
  const startedAtMs = performance.now();
  const stage = await startChaosStage({ requests: (rate * (forMs + ROUND_MS_MAX)) / 1000 });
  const tally = createTally();
  let present: ChaosFault | undefined;
  let misbehavedAtMs = -Infinity;
  const load = createLoad({
    ...stage,
    targets: () => stage.bridges,
    circumstances: () => ({
      name: present?.name ?? 'no fault',
      closesConnections: present?.closesConnections ?? false,
    }),
    upstreamMisbehaved: (sinceMs) => present?.upstreamMisbehaves === true || misbehavedAtMs >= sinceMs,
    tally,
  });
  const samples: number[] = [];
  const sampling = setInterval(() => {
    const mib = residentMib(stage.bridges[0]!.process.pid!);
    if (mib !== undefined) samples.push(mib);
  }, SAMPLE_EVERY_MS);
  let running: ReturnType<Load['run']> | undefined;
  const survived = new Map<string, number>();
  const skipped = new Set<string>();

  async function survive(fault: ChaosFault): Promise<void> {
    const impossible = fault.impossible?.(stage);
    if (impossible !== undefined) {
      skipped.add(`${fault.name}: ${impossible}`);
      return;
    }
    present = fault;
    await fault.happen(stage, holdMs);
    const healedMs = await untilWell(stage, load).catch((error: unknown) => {
      throw new Error(`${fault.name}: ${String(error)}`, { cause: error });
    });
    if (fault.upstreamMisbehaves === true) misbehavedAtMs = performance.now();
    present = undefined;
    survived.set(fault.name, Math.max(healedMs, survived.get(fault.name) ?? 0));
    say(`${fault.name}: well again after ${healedMs} ms`);
    await sleep(BETWEEN_MS);
  }

  try {
    await untilWell(stage, load);
    running = load.run(rate);
    do for (const fault of faults) await survive(fault);
    while (performance.now() - startedAtMs < forMs);
  } finally {
    clearInterval(sampling);
    await running?.stop();
    await load.close();
    await stage.close();
  }
  const counts = tally.counts();
  return {
    ...counts,
    leaks: [...counts.leaks, ...stage.printed],
    seconds: Math.round((performance.now() - startedAtMs) / 1000),
    survived: [...survived].map(([name, healedMs]) => ({ name, healedMs })),
    skipped: [...skipped],
    ...memoryOf(samples),
  };
}
