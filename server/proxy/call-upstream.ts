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
import { assertStillAllowed, type ProxyCaller } from './admit-call.ts';
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
  /** As they are now. */
  callers: { find(name: string): ProxyCaller | undefined };
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
/** What drips for longer is not worth its connection. */
const DISCARD_MS_MAX = 5_000;
const RATE_HEADERS = [
  'retry-after',
  'inin-ratelimit-count',
  'inin-ratelimit-allowed',
  'inin-ratelimit-reset',
];

/** Reads the rest of a small answer, so that its connection can be used again, and cuts off a large one. */
function discard(body: IncomingBody, clock: BrokerClock): void {
  let left = DISCARDED_BYTES_MAX;
  const timer = clock.setTimer(DISCARD_MS_MAX, () => body.destroy());
  const over = () => timer.cancel();
  body.flowTo({
    accept(chunk) {
      left -= chunk.length;
      if (left < 0) {
        over();
        body.destroy();
      }
      return true;
    },
    end: over,
    fail: over,
  });
}

function timeLeftMs(budget: CallBudget): number {
  const leftMs = budget.timeLeftMs();
  if (leftMs <= 0) throw timedOut(budget.totalMs);
  return leftMs;
}

function isRepeated({ throttles, renewals, patience, losses }: Run): boolean {
  return throttles + renewals + patience + losses > 0;
}

function isLostAndRepeatable(error: unknown, run: Run): boolean {
  if (!(error instanceof TransportError) || !run.isRepeatable) return false;
  return mayRepeatLost(run.call.method, error.fault, run.losses);
}

/** Undefined: nobody counts the requests to this upstream. */
function requestBudgetOf({ call, parts }: Run): UpstreamCallParts['requestBudget'] {
  return call.connection.requestsPerMinute === undefined ? undefined : parts.requestBudget;
}

/** Each attempt is a request of its own to the upstream, and so to its limit. @returns undefined: there is none to wait for. */
function permitFor(run: Run): Promise<void> | undefined {
  const { connection, caller, budget, leaving } = run.call;
  const requestBudget = requestBudgetOf(run);
  if (requestBudget === undefined) return undefined;
  const deadlineMs = timeLeftMs(budget);
  const { signal } = leaving;
  return requestBudget.acquire(connection, { caller, priority: 'interactive', signal, deadlineMs });
}

function report(run: Run, { status, headers }: OpenedAnswer): void {
  const requestBudget = requestBudgetOf(run);
  if (requestBudget === undefined) return;
  const rate = Object.fromEntries(RATE_HEADERS.map((name) => [name, valuesOf(headers, name)[0]]));
  requestBudget.report(run.call.connection, { status, headers: rate });
}

function presentToken({ call, parts }: Run): TokenHandout | Promise<TokenHandout> {
  const { connection, budget, leaving } = call;
  const known = parts.broker.peek(connection.name);
  if (known !== undefined) return known;
  return parts.broker.getToken(connection.name, { waitMs: timeLeftMs(budget), signal: leaving });
}

/** Whoever cannot sign in needs no permit; and what was held before the wait for one may have ended in it. */
async function tokenToSend(run: Run): Promise<TokenHandout> {
  const presented = presentToken(run);
  const held = presented instanceof Promise ? await presented : presented;
  const permit = permitFor(run);
  if (permit === undefined && !isRepeated(run)) return held;
  await permit;
  const token = await presentToken(run);
  assertStillAllowed(run.call, run.parts.callers);
  return token;
}

async function attempt(run: Run): Promise<{ answer: OpenedAnswer; token: TokenHandout }> {
  const { call, parts } = run;
  const token = await tokenToSend(run);
  assertTokenOf(call.connection, token, parts.connections);
  parts.tokenAges.used(call.connection.name, token.generation);
  const answer = await sendAttempt(call, token, parts.transport, timeLeftMs(call.budget));
  report(run, answer);
  return { answer, token };
}

async function send(run: Run): Promise<{ answer: OpenedAnswer; token: TokenHandout }> {
  try {
    return await attempt(run);
  } catch (error) {
    if (!isLostAndRepeatable(error, run))
      throw error instanceof TransportError ? failureOf(error, run.call.budget.totalMs) : error;
    run.losses += 1;
    return send(run);
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
    const { answer, token } = await send(run);
    const isRefused = answer.status === 401;
    const throttledMs = isRefused ? undefined : waitAfterThrottle(run, answer);
    if (!isRefused && throttledMs === undefined) return answer;
    discard(answer.body, parts.clock);
    if (throttledMs !== undefined) run.throttles += 1;
    await pause(run, throttledMs ?? (await waitAfter401(run, token)));
  }
}
