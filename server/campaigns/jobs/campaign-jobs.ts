/**
 * Everything of campaigns that happens without a caller: runs are begun, scheduled, taken over from instances that went away,
 * and left to others when this one stops. A job is only a call to do something: what is to be done stands in the database, so that a call
 * that is lost is made good by the next sweep, and one that comes twice does nothing.
 */
import type { Job, PgBoss, SendOptions } from 'pg-boss';
import type { Database } from '../../database/database.ts';
import { BridgeError } from '../../errors.ts';
import { pause } from '../../pause.ts';
import { executeRun } from '../run/execute-run.ts';
import type { RunRecord } from '../run-record.ts';
import type { RunStore } from '../run-store.ts';
import type { OpenPorts } from '../sync-ports.ts';
import type { SyncStore } from '../sync-store.ts';
import type { SyncNotices, UnsentNotice } from '../sync-notices.ts';
import {
  NOTICE_CHANNELS,
  PAYLOAD_VERSION,
  readPayload,
  type NoticeChannel,
  type Payload,
  type QueueName,
} from './job-queues.ts';
import { openBoss, POLL_SECONDS, type JobsLog } from './open-boss.ts';
import type { RunQueue } from './run-queue.ts';
import { createRunPool } from './run-pool.ts';
import { alignSchedules } from './sync-schedules.ts';

/** Who started a run that no caller asked for. */
const SCHEDULE = 'schedule';
/** A page of members and a request to either side for each: more runs at once wait for the request budget anyway. */
const RUNS_MAX = 8;
const SWEEP_MS = 20_000;
/** Clocks of the database and of this machine differ a little. */
const RETRY_MARGIN_MS = 500;
const START_AGAIN_MS = 5_000;
/** A request that is under way is broken off at once; this is for the database. */
const LEAVE_MS = 10_000;
const STOP_MS = 5_000;
const RESULTS_AGAIN_S = 600;
const HOUSEKEEPING_CRON = '17 3 * * *';

export interface CampaignJobsOptions {
  database: Database;
  runs: RunStore;
  syncs: SyncStore;
  openPorts: OpenPorts;
  log: JobsLog;
  onRunBegun: (run: RunRecord) => void;
  onRunEnded: (run: RunRecord) => void;
  /** What webhooks left behind. Absent: nothing comes in by them. */
  writeResults?: (sync: string, signal: AbortSignal) => Promise<void>;
  /** Those with results that wait for some time already: their call was lost. */
  syncsWithResults?: () => Promise<readonly string[]>;
  /** Looked at with every sweep and after every run. */
  notices?: NoticeJobs;
  /** Once a day. */
  housekeeping?: readonly (() => Promise<unknown>)[];
  /** False: whatever this instance began would fail here, and not elsewhere; it begins nothing. Default: always. */
  mayWork?: () => boolean;
  sweepMs?: number;
  leaseMs?: number;
  /** How soon it is tried again where the work cannot begin. */
  startAgainMs?: number;
}

/** What is said of the syncs to the outside. */
export interface NoticeJobs extends SyncNotices {
  channels: readonly NoticeChannel[];
  deliver(payload: Payload<'campaign-notification'>, deliveryId: string, signal: AbortSignal): Promise<void>;
}

export interface CampaignJobs extends RunQueue {
  /** Returns at once: whatever the database does, the bridge serves its callers. */
  start(): void;
  /** Resolves when the queues work. */
  ready(): Promise<void>;
  /** What the sweep does every 20 s. */
  sweep(): Promise<void>;
  /** Nothing begins any more, and runs are left to other instances. Idempotent. */
  stop(): Promise<void>;
}

export function createCampaignJobs(options: CampaignJobsOptions): CampaignJobs {
  const { database, runs, syncs, openPorts, log, notices, mayWork = () => true } = options;
  const { sweepMs = SWEEP_MS, startAgainMs = START_AGAIN_MS } = options;
  const stopped = new AbortController();
  const opened = Promise.withResolvers<PgBoss | undefined>();
  let boss: PgBoss | undefined;
  let isReleased = false;
  let sweeping: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  let stopping: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  const forget: (() => void)[] = [];

  const pool = createRunPool({
    runsMax: RUNS_MAX,
    execute: (id, walk) =>
      executeRun(
        {
          database,
          runs,
          syncs,
          openPorts,
          log,
          every,
          ...walk,
          ...(options.leaseMs === undefined ? {} : { leaseMs: options.leaseMs }),
        },
        id,
      ),
    onBegun: options.onRunBegun,
    onEnded(run) {
      options.onRunEnded(run);
      sweepSoon();
      if (run.retryAt !== undefined) sweepAt(run.retryAt.getTime());
    },
    onGivenBack: sweepSoon,
    onLost: (run, err) => {
      log.warn({ run, err }, 'A run could not write how it ended; it is taken up again.');
      sweepSoon();
    },
  });

  async function send(name: QueueName, payload: object, more: SendOptions = {}): Promise<void> {
    await boss?.send(name, { version: PAYLOAD_VERSION, ...payload }, more);
  }

  /** Only a call: the sweep makes good what is lost. */
  async function call(name: QueueName, payload: object, key: string): Promise<void> {
    await send(name, payload, { singletonKey: key }).catch((err: unknown) => {
      log.warn({ queue: name, err }, 'A job could not be queued; it is begun a little later.');
    });
  }

  const enqueue = (run: string) => call('campaign-run', { run }, run);

  async function startScheduled({ id, data }: Job): Promise<void> {
    const { sync: name } = readPayload('campaign-schedule', data);
    try {
      if ((await syncs.read(name)).paused) return;
      await runs.create({ id, sync: name, startedBy: SCHEDULE });
    } catch (error) {
      // The one before goes on still, this tick was answered already, or the sync is gone.
      if (!(error instanceof BridgeError) || !['conflict', 'not_found'].includes(error.code)) throw error;
      log.info(
        { sync: name },
        'A scheduled run was left out: another one is not finished, or the sync is gone.',
      );
      return;
    }
    await enqueue(id);
  }

  const handlers: Readonly<Record<QueueName, (job: Job) => Promise<unknown>>> = {
    'campaign-run': async ({ data }) => {
      if (mayWork()) await pool.begin(readPayload('campaign-run', data).run);
    },
    'campaign-results': async ({ data, signal }) => {
      const { sync } = readPayload('campaign-results', data);
      if (mayWork()) await options.writeResults?.(sync, anyOf(signal, stopped.signal));
    },
    'campaign-schedule': startScheduled,
    'campaign-notification': async ({ id, data, signal }) =>
      notices?.deliver(readPayload('campaign-notification', data), id, anyOf(signal, stopped.signal)),
    'campaign-housekeeping': async () => {
      for (const clear of options.housekeeping ?? []) await clear();
    },
  };

  async function beginWork(started: PgBoss): Promise<void> {
    for (const name of Object.keys(handlers) as QueueName[]) {
      const polling = { pollingIntervalSeconds: POLL_SECONDS, notifyPollingIntervalSeconds: POLL_SECONDS };
      await started.work<object>(name, polling, async ([job]) => {
        await handlers[name](job!);
      });
    }
    const daily = { version: PAYLOAD_VERSION };
    await started.schedule('campaign-housekeeping', HOUSEKEEPING_CRON, daily, { missed: 'once' });
  }

  async function open(): Promise<PgBoss> {
    // What a process that was killed held would else wait for its lease to run out. Once: later they are the runs of this one.
    if (database.kind === 'embedded' && !isReleased) await runs.releaseAll();
    isReleased = true;
    const started = await openBoss(database, log);
    try {
      await beginWork(started);
      return started;
    } catch (error) {
      await started.stop({ graceful: false });
      throw error;
    }
  }

  async function openUntilItWorks(): Promise<void> {
    while (!stopped.signal.aborted) {
      try {
        if (mayWork()) {
          boss = await open();
          break;
        }
      } catch (err) {
        log.warn({ err }, 'The job queue could not be started; trying again.');
      }
      await pause(startAgainMs, stopped.signal);
    }
    opened.resolve(boss);
    if (boss !== undefined) await sweep();
  }

  async function sweepOnce(): Promise<void> {
    if (boss === undefined || stopped.signal.aborted || !mayWork()) return;
    const working = boss;
    await looked(async () => {
      for (const id of await runs.abandoned()) await enqueue(id);
    });
    await looked(() => alignSchedules(working, syncs.list()));
    await looked(callForResults);
    await looked(async () => notices?.look(handOn));
  }

  /** What keeps one of them from its work keeps no other. */
  async function looked(work: () => Promise<void>): Promise<void> {
    await work().catch((err: unknown) => {
      log.warn({ err }, 'What is due could not be looked up; trying again.');
    });
  }

  async function callForResults(): Promise<void> {
    for (const sync of (await options.syncsWithResults?.()) ?? []) {
      const more = { singletonKey: sync, singletonSeconds: RESULTS_AGAIN_S };
      await send('campaign-results', { sync }, more);
    }
  }

  /** A job for each channel, so that one that is away keeps nothing from the other. */
  async function handOn({ id, notice }: UnsentNotice): Promise<void> {
    for (const channel of notices?.channels ?? []) {
      await send('campaign-notification', { channel, notice }, { id: deliveryId(id, channel) });
    }
  }

  /** One at a time; all who ask meanwhile share one that begins after it. */
  function sweep(): Promise<void> {
    next ??= (async () => {
      await sweeping;
      sweeping = next;
      next = undefined;
      await sweepOnce();
    })();
    return next;
  }

  function sweepSoon(): void {
    if (!stopped.signal.aborted) void sweep();
  }

  /** Sooner than the next sweep would come. */
  function sweepAt(atMs: number): void {
    setTimeout(sweepSoon, Math.max(0, atMs - Date.now()) + RETRY_MARGIN_MS).unref();
  }

  async function close(): Promise<void> {
    stopped.abort();
    clearInterval(timer);
    forget.forEach((stop) => stop());
    const started = timer === undefined ? undefined : await opened.promise;
    for (const name of Object.keys(handlers)) await started?.offWork(name, { wait: false });
    const left = await pool.leave(LEAVE_MS);
    await Promise.all(left.map(enqueue));
    await (next ?? sweeping);
    await started?.stop({ timeout: STOP_MS });
  }

  return {
    enqueue,
    enqueueResults: (sync) => call('campaign-results', { sync }, sync),
    start() {
      timer = setInterval(sweepSoon, sweepMs);
      timer.unref();
      forget.push(syncs.onChange(sweepSoon));
      void openUntilItWorks();
    },
    ready: async () => void (await opened.promise),
    sweep,
    stop: () => (stopping ??= close()),
  };
}

/** The same for the same notice: a job that is there already is not made again. */
function deliveryId(notice: string, channel: NoticeChannel): string {
  return notice.slice(0, -1) + NOTICE_CHANNELS.indexOf(channel).toString(16);
}

function every(intervalMs: number, tick: () => void): () => void {
  const timer = setInterval(tick, intervalMs);
  timer.unref();
  return () => {
    clearInterval(timer);
  };
}

function anyOf(...signals: AbortSignal[]): AbortSignal {
  return AbortSignal.any(signals);
}
