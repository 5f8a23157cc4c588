/** A campaign of a given size synced by a bridge that is a process of its own: what each run took, and what that bridge held in memory. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isEnded, startRun, untilRun } from '../../test/support/campaign-stage.ts';
import { watchMemory } from '../memory-watch.ts';
import type { Subject } from '../subject.ts';
import type { SuiteOptions } from '../suite.ts';
import { startServedBridge } from '../suites/start-served-bridge.ts';
import type { CampaignReady } from '../subjects/campaign.ts';

/** After the start everything is touched that a start touches; then nothing happens. */
const IDLE_MS = 3_000;
const RUN_MS_MAX = 3_600_000;
/** To be asked costs the bridge what its run could use; how long that took is in its own record. */
const LOOK_MS = 250;

/** Read and decided about before the first run, in dry runs: a bridge that runs for weeks has its code compiled. */
const WARM_UP_MEMBERS = 40_000;

export const STEPS = ['first run', 'nothing changed', '1 % changed', 'everyone called'] as const;
export type StepName = (typeof STEPS)[number];

export interface SyncOptions {
  start: SuiteOptions['start'];
  members: number;
  /** In this order; what each waits for is done before it. */
  steps: readonly StepName[];
  /** Absent: the embedded database, inside the bridge's process. */
  databaseUrl?: string;
  /** Of PureCloud. Absent: as many as the bridge sends. */
  requestsPerMinute?: number;
  /** Between the start and the first run, and before it is said what is idle. */
  idleMs?: number;
  /** Where the bridge's CPU profile goes. */
  profileDirectory?: string;
  /** Have the undici floor measured on the same campaign, before the bridge and after it. */
  withFloor?: boolean;
  /** Measure both as what has run before. */
  isWarm?: boolean;
}

export interface MeasuredStep {
  step: StepName;
  /** From when the run was asked for until it had ended, by the bridge's own record of it. */
  seconds: number;
  cpuUs: number;
  /** Of org and dialler. */
  sandboxCpuUs: number;
  peakBytes: number;
  counts: Record<string, number>;
  /** When each call came to PureCloud: milliseconds, on one clock. */
  callsAtMs: readonly number[];
}

export interface Floor {
  members: number;
  seconds: number;
  cpuUs: number;
}

export interface MeasuredSync {
  idleBytes: number;
  steps: MeasuredStep[];
  /** Before and after the bridge. Empty: none was asked for. */
  floors: readonly Floor[];
}

async function startCampaign({ start, members, requestsPerMinute }: SyncOptions): Promise<Subject> {
  return await start('campaign', {
    script: 'campaign',
    settings: { members, ...(requestsPerMinute === undefined ? {} : { requestsPerMinute }) },
    nodeOptions: ['--max-old-space-size=6000'],
    cores: '1',
  });
}

async function startFloor({ start }: SyncOptions, campaign: Subject): Promise<Subject> {
  const { salesforce, purecloud, campaignId } = campaign.ready as unknown as CampaignReady;
  return await start('floor', { script: 'sync-floor', settings: { salesforce, purecloud, campaignId } });
}

async function runFloor(floor: Subject | undefined): Promise<Floor[]> {
  return floor === undefined ? [] : [(await floor.ask({ kind: 'run' })) as unknown as Floor];
}

export async function measureSync(options: SyncOptions): Promise<MeasuredSync> {
  const { steps, withFloor = false, isWarm = false, idleMs = IDLE_MS } = options;
  const campaign = await startCampaign(options);
  const floor = withFloor ? await startFloor(options, campaign) : undefined;
  if (isWarm) await runFloor(floor);
  const before = await runFloor(floor);
  const bridge = await startServedBridge(options, options);
  const url = String(bridge.ready.url);
  const watch = watchMemory(() => bridge.residentBytes());

  const prepare: Partial<Record<StepName, () => Promise<unknown>>> = {
    '1 % changed': () => campaign.ask({ kind: 'change', part: 0.01 }),
    'everyone called': () => campaign.ask({ kind: 'dial' }),
  };

  async function runWhole(name: string, body?: object) {
    const { id } = await startRun(url, body);
    const ended = await untilRun(url, id, isEnded, { waitMs: RUN_MS_MAX, everyMs: LOOK_MS });
    if (ended.status === 'Healthy') return ended;
    throw new Error(`${name} ended as ${ended.status}: ${JSON.stringify(ended.failure)}`);
  }

  async function warmUp(): Promise<void> {
    for (let walked = 0; walked < WARM_UP_MEMBERS; walked += options.members)
      await runWhole('warm-up', { dryRun: true });
  }

  async function run(step: StepName): Promise<MeasuredStep> {
    await prepare[step]?.();
    watch.takePeak();
    const [cpuBefore, sandboxBefore] = [await bridge.cpuUs(), await campaign.cpuUs()];
    const { counts, createdAt, finishedAt = '' } = await runWhole(step);
    const seconds = (Date.parse(finishedAt) - Date.parse(createdAt)) / 1000;
    const [cpuUs, sandboxCpuUs] = [
      (await bridge.cpuUs()) - cpuBefore,
      (await campaign.cpuUs()) - sandboxBefore,
    ];
    const { atMs } = await campaign.ask({ kind: 'calls' });
    const callsAtMs = atMs as number[];
    return {
      step,
      seconds,
      cpuUs,
      sandboxCpuUs,
      peakBytes: watch.takePeak(),
      counts,
      callsAtMs,
    };
  }

  try {
    await campaign.ask({ kind: 'save', url, withResults: steps.includes('everyone called') });
    await campaign.ask({ kind: 'calls' });
    await sleep(idleMs);
    const idleBytes = bridge.residentBytes();
    if (isWarm) await warmUp();
    const measured: MeasuredStep[] = [];
    for (const step of steps) measured.push(await run(step));
    return { idleBytes, steps: measured, floors: [...before, ...(await runFloor(floor))] };
  } finally {
    watch.stop();
    await Promise.all([bridge.stop(), floor?.stop(), campaign.stop()]);
  }
}
