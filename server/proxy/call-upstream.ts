/** One proxied call until its answer begins: token, attempt, and the repetitions that 401, 429 and 503 allow. */
import { assertTokenOf } from '../connections/connection-changed.ts';
import type { Connection } from '../connections/connection.ts';
import type { RequestBudget } from '../purecloud/request-budget.ts';
import type { BrokerClock } from '../tokens/broker-clock.ts';
import { readRetryAfterMs } from '../tokens/failure-class.ts';
import type { TokenHandout } from '../tokens/held-token.ts';
import type { TokenBroker } from '../tokens/token-broker.ts';
import { waitFor } from '../tokens/waiting.ts';
import type { IncomingBody, OpenedAnswer } from '../transport/streamed-exchange.ts';
import type { Transport } from '../transport/transport.ts';
import { TransportError } from '../transport/transport-error.ts';
import type { CallBudget } from './call-budget.ts';
import { authFailed, failureOf, timedOut } from './call-failure.ts';
import { valuesOf } from './header-names.ts';
import { mayRepeatLost, renewalWaitMs, throttleWaitMs } from './repeat-rules.ts';
import { sendAttempt, type UpstreamCall } from './send-attempt.ts';
import type { TokenAges } from './token-ages.ts';

export interface UpstreamCallParts {
  /** The upstream's requests per minute, shared with everyone who uses the connection. Absent: not kept. */
  requestBudget?: Pick<RequestBudget, 'acquire' | 'report'>;
  transport: Pick<Transport, 'open'>;
  broker: Pick<TokenBroker, 'peek' | 'getToken' | 'reject'>;
  connections: { find(name: string): Connection | undefined };
  clock: BrokerClock;
  /** In [0, 1). */
  random: () => number;
  tokenAges: TokenAges;
}

/** A call under way, and how often it was sent again, for which reason. */
interface Run {
  call: UpstreamCall;
  parts: UpstreamCallParts;
  isRepeatable: boolean;
  throttles: number;
  renewals: number;
  patience: number;
  losses: number;
}

const DISCARDED_BYTES_MAX = 64 * 1024;
const RATE_HEADERS = [
  'retry-after',
  'inin-ratelimit-count',
  'inin-ratelimit-allowed',
  'inin-ratelimit-reset',
];

/** Reads the rest of a small answer, so that its connection can be used again, and cuts off a large one. */
function discard(body: IncomingBody): void {
  let left = DISCARDED_BYTES_MAX;
  body.flowTo({
    accept(chunk) {
      left -= chunk.length;
      if (left < 0) body.destroy();
      return true;
    },
    end: () => undefined,
    fail: () => undefined,
  });
}

function timeLeftMs(budget: CallBudget): number {
  const leftMs = budget.timeLeftMs();
  if (leftMs <= 0) throw timedOut(budget.totalMs);
  return leftMs;
}

function presentToken({ call, parts }: Run): TokenHandout | Promise<TokenHandout> {
  const { connection, budget, leaving } = call;
  const known = parts.broker.peek(connection.name);
  if (known !== undefined) return known;
  return parts.broker.getToken(connection.name, { waitMs: timeLeftMs(budget), signal: leaving });
}

function isLostAndRepeatable(error: unknown, run: Run): boolean {
  if (!(error instanceof TransportError) || !run.isRepeatable) return false;
  return mayRepeatLost(run.call.method, error.fault, run.losses);
}

/** Each attempt is a request of its own to the upstream, and so to its limit. */
async function withPermit(run: Run, attempt: () => Promise<OpenedAnswer>): Promise<OpenedAnswer> {
  const { call, parts } = run;
  const { connection, caller, budget, leaving } = call;
  if (parts.requestBudget === undefined || connection.requestsPerMinute === undefined) return attempt();
  const deadlineMs = timeLeftMs(budget);
  const { signal } = leaving;
  await parts.requestBudget.acquire(connection, { caller, priority: 'interactive', signal, deadlineMs });
  const answer = await attempt();
  const headers = Object.fromEntries(RATE_HEADERS.map((name) => [name, valuesOf(answer.headers, name)[0]]));
  parts.requestBudget.report(connection, { status: answer.status, headers });
  return answer;
}

async function send(run: Run, token: TokenHandout): Promise<OpenedAnswer> {
  const { call, parts } = run;
  try {
    return await withPermit(run, () => sendAttempt(call, token, parts.transport, timeLeftMs(call.budget)));
  } catch (error) {
    if (!isLostAndRepeatable(error, run))
      throw error instanceof TransportError ? failureOf(error, call.budget.totalMs) : error;
    run.losses += 1;
    return send(run, token);
  }
}

/** @throws BridgeError `upstream_auth_failed` where the call is not sent again. */
async function waitAfter401(run: Run, { generation }: TokenHandout): Promise<number> {
  const { call, parts, isRepeatable, renewals, patience } = run;
  const { name } = call.connection;
  const rejection = await parts.broker.reject(name, generation);
  const waitMs = renewalWaitMs({
    rejection,
    renewals,
    patience,
    tokenAgeMs: parts.tokenAges.ageMs(name, generation),
    timeLeftMs: call.budget.timeLeftMs(),
  });
  if (!isRepeatable || waitMs === undefined) throw authFailed(isRepeatable);
  if (waitMs === 0) run.renewals += 1;
  else run.patience += 1;
  return waitMs;
}

/** Undefined: the answer is passed on. */
function waitAfterThrottle(run: Run, { status, headers }: OpenedAnswer): number | undefined {
  const { call, parts, isRepeatable, throttles } = run;
  if (!isRepeatable) return undefined;
  const [retryAfter] = valuesOf(headers, 'retry-after');
  const [date] = valuesOf(headers, 'date');
  return throttleWaitMs({
    status,
    retryAfterMs: readRetryAfterMs(retryAfter, date, parts.clock.nowMs()),
    before: throttles,
    random: parts.random(),
    timeLeftMs: call.budget.timeLeftMs(),
  });
}

async function pause({ call, parts }: Run, ms: number): Promise<void> {
  const { signal } = call.leaving;
  const never = new Promise<never>(() => undefined);
  if (ms > 0) await waitFor(never, { clock: parts.clock, timeoutMs: ms, signal }).catch(() => undefined);
  signal.throwIfAborted();
}

/**
 * @returns the answer to pass on, never a 401, with its body unread.
 * @throws BridgeError of contract §8; the reason of its leaving where the caller has gone.
 */
export async function callUpstream(call: UpstreamCall, parts: UpstreamCallParts): Promise<OpenedAnswer> {
  const isRepeatable = call.body.kind !== 'streamed';
  const run: Run = { call, parts, isRepeatable, throttles: 0, renewals: 0, patience: 0, losses: 0 };
  for (;;) {
    const presented = presentToken(run);
    const token = presented instanceof Promise ? await presented : presented;
    assertTokenOf(call.connection, token, parts.connections);
    parts.tokenAges.used(call.connection.name, token.generation);
    const answer = await send(run, token);
    const isRefused = answer.status === 401;
    const throttledMs = isRefused ? undefined : waitAfterThrottle(run, answer);
    if (!isRefused && throttledMs === undefined) return answer;
    discard(answer.body);
    if (throttledMs !== undefined) run.throttles += 1;
    await pause(run, throttledMs ?? (await waitAfter401(run, token)));
  }
}
