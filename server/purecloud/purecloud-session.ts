/** Calls of one organization's API for a sync: under the request budget, repeated by the vendor's policy, answers checked for their shape. */
import type { Readable } from 'node:stream';
import { z } from 'zod';
import {
  createAuthorizedCalls,
  type AuthorizedCallsParts,
  type CallAnswer,
} from '../connections/authorized-calls.ts';
import { repeat } from '../connections/repeat.ts';
import {
  purecloudRetryDelayMs,
  readPureCloudRefusal,
  unreadablePureCloudAnswer,
} from './purecloud-refusal.ts';
import type { RequestBudget } from './request-budget.ts';

/** The vendor's SDKs give up after 16 s; a batch of 1,000 contacts may take longer. */
const TIMEOUT_MS = 60_000;
/** A page of 100 contacts with 50 columns of 512 characters, and room. */
const ANSWER_BYTES_MAX = 64 * 1024 * 1024;

export interface PureCloudRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** With query; begins with `/api/v2`. */
  path: string;
  body?: unknown;
}

export interface PureCloudSession {
  /** Every call may be made twice: whoever makes one sees to it that this does no harm. @throws BridgeError, PureCloudRefusal among them. */
  ask<Schema extends z.ZodType>(request: PureCloudRequest, schema: Schema): Promise<z.output<Schema>>;
  /** As `ask`, once, for an answer that is a file or leads to one. Redirects are answers. */
  open(path: string): Promise<CallAnswer & { body: Readable }>;
}

export interface PureCloudSessionOptions extends Omit<AuthorizedCallsParts, 'admit' | 'report'> {
  budget: Pick<RequestBudget, 'acquire' | 'report'>;
  /** Whose turn it is among those that share the budget: the sync. */
  caller: string;
  /** How long a call is repeated that someone waits for. Default: as long as a run can. */
  patienceMs?: number | undefined;
  signal?: AbortSignal | undefined;
  /** One attempt. Default 60 s. */
  timeoutMs?: number;
}

/** Where nothing is expected, or what comes is not looked at. */
export const ANYTHING = z.unknown();

function parse(body: string, what: string): unknown {
  if (body.trim() === '') return undefined;
  try {
    return JSON.parse(body);
  } catch {
    throw unreadablePureCloudAnswer(what);
  }
}

export function createPureCloudSession(options: PureCloudSessionOptions): PureCloudSession {
  const { connection, budget, caller, clock, patienceMs, signal, timeoutMs = TIMEOUT_MS } = options;
  const calls = createAuthorizedCalls({
    ...options,
    admit: (leaving) => budget.acquire(connection, { caller, priority: 'sync', signal: leaving }),
    report: (answer) => budget.report(connection, answer),
  });

  async function askOnce<Schema extends z.ZodType>(
    { method, path, body }: PureCloudRequest,
    schema: Schema,
  ): Promise<z.output<Schema>> {
    const json = body === undefined ? {} : { body: JSON.stringify(body) };
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const answer = await calls.send(
      { method, path, headers, ...json },
      { timeoutMs, bodyBytesMax: ANSWER_BYTES_MAX, signal },
    );
    if (answer.status < 200 || answer.status > 299) throw readPureCloudRefusal(answer, clock.nowMs());
    const what = `${method} ${path.replace(/\?.*/s, '')}`;
    const read = schema.safeParse(parse(answer.body, what));
    if (!read.success) throw unreadablePureCloudAnswer(what);
    return read.data;
  }

  return {
    ask: (request, schema) =>
      repeat(() => askOnce(request, schema), { clock, patienceMs, signal, delayMs: purecloudRetryDelayMs }),
    open: (path) => calls.open({ method: 'GET', path }, { timeoutMs, signal }),
  };
}

/** All entities of a resource that comes in pages of 100. @param path With a query, or without. */
export async function readEntities<Schema extends z.ZodType>(
  session: PureCloudSession,
  path: string,
  entity: Schema,
): Promise<z.output<Schema>[]> {
  const page = z.object({ entities: z.array(entity).default([]), pageCount: z.number().optional() });
  const found: z.output<Schema>[] = [];
  for (let number = 1; ; number += 1) {
    const query = `${path.includes('?') ? '&' : '?'}pageSize=100&pageNumber=${number}`;
    const { entities, pageCount = 1 } = await session.ask({ method: 'GET', path: `${path}${query}` }, page);
    found.push(...(entities as z.output<Schema>[]));
    if (number >= pageCount) return found;
  }
}
