/** A job of Bulk API 2.0 while it is at work: asked for at growing intervals until it ends. */
import { pause } from '../connections/repeat.ts';
import { BridgeError } from '../errors.ts';
import type { BrokerClock } from '../tokens/broker-clock.ts';
import { unreadableAnswer } from './salesforce-refusal.ts';
import type { SalesforceSession } from './salesforce-session.ts';

const POLL_MS = 100;
const POLL_MS_MAX = 15_000;
/** Salesforce itself gives a job up after two hours of work on it. */
const JOB_MS_MAX = 2 * 3_600_000;

export interface BulkJobState {
  id: string;
  state: string;
  errorMessage?: string;
}

export interface BulkParts {
  session: SalesforceSession;
  clock: BrokerClock;
  signal?: AbortSignal | undefined;
}

export async function startJob(
  { session }: BulkParts,
  kind: 'query' | 'ingest',
  body: object,
): Promise<string> {
  const { id } = (await session.request('POST', `/jobs/${kind}`, body)) as { id?: unknown };
  if (typeof id !== 'string') throw unreadableAnswer('the start of a Bulk job');
  return id;
}

/** @throws BridgeError where the job failed, was aborted by someone, or takes too long. */
export async function waitForJob(parts: BulkParts, path: string): Promise<void> {
  const { session, clock, signal } = parts;
  const startedAtMs = clock.monotonicMs();
  for (let waitMs = POLL_MS; ; waitMs = Math.min(waitMs * 1.5, POLL_MS_MAX)) {
    const job = (await session.request('GET', path)) as BulkJobState;
    if (job.state === 'JobComplete') return;
    if (job.state === 'Failed' || job.state === 'Aborted') throw jobEnded(job);
    if (clock.monotonicMs() - startedAtMs > JOB_MS_MAX) throw jobTooSlow(job);
    await pause(waitMs, clock, signal);
  }
}

/** Jobs go by themselves after seven days; one that cannot be deleted now does no harm. */
export async function forgetJob({ session }: BulkParts, path: string): Promise<void> {
  await session.request('DELETE', path).catch(() => undefined);
}

function jobEnded({ id, state, errorMessage }: BulkJobState): BridgeError {
  const reason = errorMessage === undefined ? '' : `: ${errorMessage.slice(0, 300)}`;
  return new BridgeError('upstream_failure', {
    detail: `The Bulk job ${id} ended as ${state}${reason}`,
    remedy: 'In Salesforce, Setup > Bulk Data Load Jobs tells more of the job.',
    details: { bulkJob: id, state },
  });
}

function jobTooSlow({ id, state }: BulkJobState): BridgeError {
  return new BridgeError('upstream_timeout', {
    detail: `The Bulk job ${id} was still ${state} after two hours.`,
    remedy:
      'In Salesforce, Setup > Bulk Data Load Jobs shows what the org is busy with. Run the sync again later.',
    details: { bulkJob: id, state },
  });
}
