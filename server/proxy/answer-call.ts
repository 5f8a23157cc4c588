/** An admitted call until the caller has its answer: body, profile, upstream, and back. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { profileOf } from '../bearer/execute.ts';
import type { Connection } from '../connections/connection.ts';
import type { BrokerClock } from '../tokens/broker-clock.ts';
import type { BrokerLog } from '../tokens/broker-observers.ts';
import { CallerLeaving } from '../transport/caller-leaving.ts';
import type { ClientCertificate } from '../transport/certificates/client-certificates.ts';
import type { TransportProfile } from '../transport/open-socket.ts';
import type { OpenedAnswer } from '../transport/streamed-exchange.ts';
import { TransportError } from '../transport/transport-error.ts';
import type { AdmittedCall } from './admit-call.ts';
import { readCallBody, type CallBody } from './call-body.ts';
import { CallBudget } from './call-budget.ts';
import { bodyTooSlow, failureOf } from './call-failure.ts';
import { callUpstream, type UpstreamCallParts } from './call-upstream.ts';
import { KeptBytes } from './kept-bytes.ts';
import { watchReader } from './reader-progress.ts';
import { relayAnswer } from './relay-answer.ts';
import type { RequestFraming } from './request-framing.ts';
import type { UpstreamCall } from './send-attempt.ts';

/** No call holds its two connections for longer, whatever flows. */
const CALL_MS_MAX = 600_000;

export interface AnswerParts extends UpstreamCallParts {
  clientCertificates: { load(name: string): Promise<ClientCertificate> };
  log: BrokerLog;
  /** How long a caller may take nothing of its answer. Default 15 s, and never more than twice as long. */
  readerStallMs?: number;
}

export interface CallTrace {
  correlationId: string;
  traceparent?: string;
  /** For which the caller has waited to be known. */
  signInMs?: number;
  /** Of every answer of the bridge, flat, where they are not on the response yet. */
  ownHeaders?: readonly string[];
}

/** The answer as it began, and whether the caller got all of it. */
export type AnsweredCall = Pick<OpenedAnswer, 'status' | 'headers'> & { isWhole: boolean };

/** By connection as it is now: one that changes is another object. Without client certificates, whose files may be replaced. */
const profiles = new WeakMap<Connection, TransportProfile>();

/** Calls take the way that the sign-in of their connection takes. @throws TransportError for an unusable certificate. */
async function readProfile(
  connection: Connection,
  parts: Pick<AnswerParts, 'clientCertificates'>,
): Promise<TransportProfile> {
  const profile = await profileOf(connection, parts);
  if (connection.clientCertificate === undefined) profiles.set(connection, profile);
  return profile;
}

async function profileFor(
  connection: Connection,
  budgetMs: number,
  parts: AnswerParts,
): Promise<TransportProfile> {
  try {
    return await readProfile(connection, parts);
  } catch (error) {
    throw error instanceof TransportError ? failureOf(error, budgetMs) : error;
  }
}

const NO_BODY: CallBody = { kind: 'none' };

async function readBody(
  request: IncomingMessage,
  framing: RequestFraming,
  budget: CallBudget,
  signal: AbortSignal,
  clock: BrokerClock,
  kept: KeptBytes,
): Promise<CallBody> {
  const slow = new AbortController();
  const timer = clock.setTimer(budget.timeLeftMs(), () => slow.abort(bodyTooSlow(budget.totalMs)));
  try {
    return await readCallBody(request, framing, AbortSignal.any([signal, slow.signal]), kept);
  } finally {
    timer.cancel();
  }
}

/** What is under way is looked after: an end for a caller that reads nothing, and for what takes for ever. */
async function watched(
  relayed: Promise<void>,
  { body }: OpenedAnswer,
  response: ServerResponse,
  { clock, readerStallMs }: AnswerParts,
): Promise<void> {
  const cut = (why: string) => {
    body.destroy(new Error(why));
    response.destroy();
  };
  const tooLong = () => cut(`The call took longer than ${CALL_MS_MAX / 1000} s`);
  const timer = clock.setTimer(CALL_MS_MAX, tooLong);
  const stalled = () => cut('The caller takes nothing of its answer');
  const unwatch = watchReader(response, clock, stalled, readerStallMs);
  try {
    await relayed;
  } finally {
    timer.cancel();
    unwatch();
  }
}

async function relay(
  answer: OpenedAnswer,
  response: ServerResponse,
  { correlationId, ownHeaders }: CallTrace,
  parts: AnswerParts,
): Promise<AnsweredCall> {
  const { status, headers } = answer;
  try {
    const relayed = relayAnswer(answer, response, ownHeaders);
    if (relayed !== undefined) await watched(relayed, answer, response, parts);
    return { status, headers, isWhole: true };
  } catch (error) {
    if (!response.headersSent) throw error;
    response.destroy();
    parts.log.info({ err: error, correlationId }, 'A proxied answer broke off.');
    return { status, headers, isWhole: false };
  }
}

/**
 * The budget runs from here until the answer begins, the reading of the body included; after that, it is what the upstream may be
 * silent for in the middle of its answer. So Apex hears of a slow upstream before its own 10 s are over, and an export of many
 * megabytes that keeps flowing is not cut.
 * @throws BridgeError; the reason of its leaving, or BodyCutOff, where the caller has gone.
 */
export async function answerCall(
  request: IncomingMessage,
  response: ServerResponse,
  admitted: AdmittedCall,
  trace: CallTrace,
  parts: AnswerParts,
): Promise<AnsweredCall> {
  const { framing, budgetMs, caller, connection, method, target, rawHeaders } = admitted;
  const { correlationId, traceparent } = trace;
  const budget = new CallBudget(parts.clock, budgetMs);
  const leaving = new CallerLeaving(response);
  const profile = profiles.get(connection) ?? (await profileFor(connection, budgetMs, parts));
  const kept = framing.kind === 'none' ? undefined : new KeptBytes(caller);
  let body = NO_BODY;
  try {
    if (kept !== undefined)
      body = await readBody(request, framing, budget, leaving.signal, parts.clock, kept);
    const call: UpstreamCall = {
      caller,
      connection,
      method,
      target,
      rawHeaders,
      correlationId,
      profile,
      body,
      budget,
      leaving,
    };
    if (traceparent !== undefined) call.traceparent = traceparent;
    return await relay(await callUpstream(call, parts), response, trace, parts);
  } finally {
    if (body.kind === 'streamed') body.stream.destroy();
    kept?.release();
  }
}
