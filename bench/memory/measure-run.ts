/** A campaign of a given size synced by a bridge that is a process of its own, and what that bridge held in memory meanwhile. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ADMIN_KEY } from '../../test/support/bridge.ts';
import { isEnded, startRun, untilRun } from '../../test/support/campaign-stage.ts';
import { temporaryDirectory } from '../../test/support/databases.ts';
import { spawnBridge } from '../../test/support/spawned-bridge.ts';
import type { CampaignAnswer, CampaignOrder } from './campaign-process.ts';
import { residentBytes, watchMemory } from './resident-memory.ts';

/** After the start everything is touched that a start touches; then nothing happens. */
const IDLE_MS = 3_000;
const RUN_MS_MAX = 3_600_000;

export interface MeasureOptions {
  members: number;
  /** Absent: the embedded database, inside the bridge's process. */
  databaseUrl?: string;
  /** Flags of Node, beside what the launcher sets. */
  nodeOptions?: string;
}

export interface MeasuredStep {
  step: string;
  seconds: number;
  peakBytes: number;
  counts: Record<string, number>;
}

export interface MeasuredRun {
  idleBytes: number;
  steps: MeasuredStep[];
}

interface CampaignProcess {
  ask(order: CampaignOrder): Promise<CampaignAnswer>;
  close(): Promise<void>;
}

async function startCampaign(members: number): Promise<CampaignProcess> {
  const child: ChildProcess = fork(join(import.meta.dirname, 'campaign-process.ts'), [String(members)], {
    execArgv: ['--disable-warning=ExperimentalWarning', '--max-old-space-size=6000'],
  });
  const next = async () => ((await once(child, 'message')) as [CampaignAnswer])[0];
  await next();
  return {
    async ask(order) {
      const answer = next();
      child.send(order);
      return await answer;
    },
    async close() {
      const ended = once(child, 'exit');
      child.send({ kind: 'close' } satisfies CampaignOrder);
      await ended;
    },
  };
}

function environmentOf({ databaseUrl, nodeOptions }: MeasureOptions, dataDir: string): NodeJS.ProcessEnv {
  return {
    PORT: '0',
    BRIDGE_DATA_DIR: dataDir,
    BRIDGE_ADMIN_KEY: ADMIN_KEY,
    BRIDGE_EGRESS_ALLOW: '127.0.0.1',
    BRIDGE_EGRESS_ALLOW_PRIVATE: 'true',
    LOG_LEVEL: 'error',
    ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
    ...(nodeOptions === undefined ? {} : { NODE_OPTIONS: nodeOptions }),
  };
}

/** A first run, calls to everyone, the run that brings the results back, and one that finds nothing to do. */
export async function measureRun(options: MeasureOptions): Promise<MeasuredRun> {
  const dataDir = await temporaryDirectory();
  const campaign = await startCampaign(options.members);
  const bridge = await spawnBridge(environmentOf(options, dataDir));
  const pid = bridge.process.pid!;
  const watch = watchMemory(pid);
  const steps: MeasuredStep[] = [];

  async function run(step: string): Promise<void> {
    watch.takePeak();
    const startedAtMs = performance.now();
    const { id } = await startRun(bridge.url);
    const ended = await untilRun(bridge.url, id, isEnded, RUN_MS_MAX);
    if (ended.status !== 'Healthy')
      throw new Error(
        `${step} ended as ${ended.status}: ${JSON.stringify(ended.failure)}\n${bridge.output()}`,
      );
    const seconds = (performance.now() - startedAtMs) / 1000;
    steps.push({ step, seconds, peakBytes: watch.takePeak(), counts: ended.counts });
  }

  try {
    await campaign.ask({ kind: 'save', url: bridge.url });
    await sleep(IDLE_MS);
    const idleBytes = residentBytes(pid);
    await run('everyone sent');
    await campaign.ask({ kind: 'dial' });
    await run('everyone called');
    await run('nothing changed');
    return { idleBytes, steps };
  } finally {
    watch.stop();
    await bridge.kill('SIGKILL');
    await campaign.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}
