/** The queues: their names, what a job of each holds, and how it is repeated. Shapes and numbers only. */
import type { QueueOptions, QueuePolicy } from 'pg-boss';
import { z } from 'zod';

/** A schema of its own beside the bridge's tables. pg-boss makes it, and brings it up to date. */
export const JOBS_SCHEMA = 'bridge_jobs';

/** Of the payloads: a job of a later version is left to an instance that knows it. */
export const PAYLOAD_VERSION = 1;
const version = z.literal(PAYLOAD_VERSION);

const noticeEvents = ['failed', 'part_failed', 'late', 'recovered'] as const;
export type NoticeEvent = (typeof noticeEvents)[number];

/** What a notification says: names, words, numbers and remedies, never anything of a member. */
const noticeSchema = z.object({
  event: z.enum(noticeEvents),
  sync: z.string(),
  status: z.string(),
  at: z.string(),
  run: z.string().optional(),
  counts: z.record(z.string(), z.number()).optional(),
  failure: z.object({ code: z.string(), remedy: z.string() }).optional(),
  nextRunAt: z.string().optional(),
});
export type Notice = z.output<typeof noticeSchema>;

export const NOTICE_CHANNELS = ['webhook', 'slack'] as const;
export type NoticeChannel = (typeof NOTICE_CHANNELS)[number];

const PAYLOADS = {
  'campaign-run': z.object({ version, run: z.string() }),
  'campaign-results': z.object({ version, sync: z.string() }),
  'campaign-schedule': z.object({ version, sync: z.string() }),
  'campaign-notification': z.object({ version, channel: z.enum(NOTICE_CHANNELS), notice: noticeSchema }),
  'campaign-housekeeping': z.object({ version }),
} as const;
export type QueueName = keyof typeof PAYLOADS;
export type Payload<Name extends QueueName> = z.output<(typeof PAYLOADS)[Name]>;

const HOUR_S = 3_600;
const DAY_S = 24 * HOUR_S;

interface QueueSettings extends QueueOptions {
  policy: QueuePolicy;
}

/**
 * `short`: of one key one job waits at most, so that what is asked for twice is done once, and a job of a process that was
 * killed stands in nobody's way. What may run once only is guarded where it is done: a run by its lease, results by their turn.
 */
export const QUEUES: Readonly<Record<QueueName, QueueSettings>> = {
  // A call to begin: the run is in the database, and the sweep calls again.
  'campaign-run': { policy: 'short', retryLimit: 0, expireInSeconds: HOUR_S, deleteAfterSeconds: HOUR_S },
  'campaign-results': {
    policy: 'short',
    retryLimit: 10,
    retryDelay: 5,
    retryBackoff: true,
    retryDelayMax: 300,
    expireInSeconds: HOUR_S,
    heartbeatSeconds: 30,
    deleteAfterSeconds: HOUR_S,
  },
  // The run takes the id of the job, so that a tick that is repeated starts nothing twice.
  'campaign-schedule': {
    policy: 'standard',
    retryLimit: 5,
    retryDelay: 5,
    retryBackoff: true,
    expireInSeconds: 60,
    deleteAfterSeconds: DAY_S,
  },
  // Some eight hours in all: longer than a receiver is away.
  'campaign-notification': {
    policy: 'standard',
    retryLimit: 15,
    retryDelay: 10,
    retryBackoff: true,
    retryDelayMax: HOUR_S,
    expireInSeconds: 60,
    deleteAfterSeconds: DAY_S,
  },
  'campaign-housekeeping': {
    policy: 'short',
    retryLimit: 2,
    retryDelay: 300,
    expireInSeconds: HOUR_S,
    deleteAfterSeconds: DAY_S,
  },
};

export const QUEUE_NAMES = Object.keys(QUEUES) as QueueName[];

/** @throws where it is of a version that this one does not know: the job is repeated, and may meet another instance. */
export function readPayload<Name extends QueueName>(name: Name, data: unknown): Payload<Name> {
  const read = PAYLOADS[name].safeParse(data);
  if (read.success) return read.data as Payload<Name>;
  throw new Error(`A job of ${name} is of a version that this instance does not know.`);
}
