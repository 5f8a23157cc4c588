/** A steady load on several instances: asks, goes elsewhere where an instance is stopping, and has every answer judged. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { canariesIn, type Canary } from '../support/canaries.ts';
import { ADMIN_KEY } from '../support/bridge.ts';
import { bridgeCode, faultOf, type Answer, type AskKind, type Circumstances } from './judge.ts';
import type { Tally } from './tally.ts';

const WORKERS = 24;
/** Longer than any answer may take. */
const GIVE_UP_MS = 60_000;
const DEADLINE_MS: Record<AskKind, number> = {
  handOut: 3_000,
  proxied: 3_000,
  bearer: 2_000,
  change: 15_000,
};
const TARGETS_TRIED = 3;
/** Of a hundred requests. */
const MIX: [AskKind, share: number][] = [
  ['handOut', 50],
  ['proxied', 35],
  ['bearer', 12],
  ['change', 3],
];

export interface Target {
  url: string;
}

export interface LoadParts {
  targets(): readonly Target[];
  callerKey: string;
  /** Body of a bearer token request. */
  bearer: object;
  canaries: readonly Canary[];
  circumstances(): {
    name: string;
    /** An instance is told to stop, and closes the connections that nothing is asked on. */
    closesConnections: boolean;
  };
  /** Whether it did at any time since then, in milliseconds of performance.now(). */
  upstreamMisbehaved(sinceMs: number): boolean;
  /** Whether it was dead at that moment, in milliseconds of performance.now(). */
  wasDead(token: string, atMs: number): boolean;
  tally: Tally;
}

export interface Load {
  /** Requests a second, until it is stopped. */
  run(rate: number): { stop(): Promise<void> };
  /** One request outside of the load. @returns what is not as it should be in good times; undefined: it is. */
  illOf(target: Target, kind: AskKind): Promise<string | undefined>;
  close(): Promise<void>;
}

interface Wire {
  method: 'GET' | 'POST' | 'PUT';
  path: string;
  body?: object;
}

type Sent = { answer: Answer; headers: string; isStopping: boolean } | { failure: string; wasSent: boolean };

function kindOf(turn: number): AskKind {
  let left = turn % 100;
  for (const [kind, share] of MIX) {
    if (left < share) return kind;
    left -= share;
  }
  return 'handOut';
}

export function createLoad(parts: LoadParts): Load {
  // The certificate of one instance runs out and is replaced meanwhile; another test looks at that.
  const agent = new Agent({ connections: 64, connect: { rejectUnauthorized: false } });
  let sequence = 0;

  function wireOf(kind: AskKind): Wire {
    sequence += 1;
    switch (kind) {
      case 'handOut':
        return { method: 'GET', path: '/v1/connections/crm/token' };
      case 'proxied':
        return { method: 'GET', path: `/proxy/crm/api/v2/tokens/me?n=${sequence}` };
      case 'bearer':
        return { method: 'POST', path: '/v1/bearer-token-requests', body: parts.bearer };
      case 'change':
        return { method: 'PUT', path: '/v1/callers/changed', body: { permissions: [`token:c-${sequence}`] } };
    }
  }

  async function send({ url }: Target, kind: AskKind): Promise<Sent> {
    const { method, path, body } = wireOf(kind);
    const sentAtMs = performance.now();
    const deadlineMs = DEADLINE_MS[kind];
    try {
      const {
        statusCode,
        headers,
        body: received,
      } = await request(`${url}${path}`, {
        method,
        dispatcher: agent,
        signal: AbortSignal.timeout(GIVE_UP_MS),
        headers: {
          authorization: `Bearer ${kind === 'change' ? ADMIN_KEY : parts.callerKey}`,
          'content-type': 'application/json',
          'x-bridge-timeout-seconds': String(deadlineMs / 1000),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const read = await received.text().then(
        (text) => ({ text, isCut: false }),
        () => ({ text: '', isCut: true }),
      );
      const answer = {
        kind,
        status: statusCode,
        deadlineMs,
        durationMs: performance.now() - sentAtMs,
        ...read,
      };
      const isStopping = bridgeCode(answer) === 'unavailable' && headers.connection === 'close';
      return { answer, headers: JSON.stringify(headers), isStopping };
    } catch (error) {
      const { code = '', message } = error as NodeJS.ErrnoException;
      // An instance that stops lets nobody in any more, and cuts those who are still shaking hands.
      const wasSent =
        code !== 'ECONNREFUSED' && !message.includes('before secure TLS connection was established');
      return { failure: `${kind} ${code} ${message}`, wasSent };
    }
  }

  function judge(
    { answer, headers }: Extract<Sent, { answer: Answer }>,
    name: string,
    circumstances: Circumstances,
  ): void {
    const { kind, status, text } = answer;
    const code = bridgeCode(answer);
    const exitPath = kind === 'bearer' ? /"exitPath":"(\w+)"/.exec(text)?.[1] : undefined;
    parts.tally.answered(
      kind,
      [status, code ?? exitPath, answer.isCut ? 'cut' : ''].filter(Boolean).join(' '),
    );
    const fault = faultOf(answer, circumstances);
    if (fault !== undefined) parts.tally.isBroken(`${name}: ${kind}: ${fault}: ${text.slice(0, 300)}`);
    parts.tally.leak(canariesIn(headers + text, parts.canaries));
  }

  /** As a balancer does: what an instance has not begun goes to the next one. */
  async function ask(kind: AskKind, turn: number): Promise<void> {
    for (let tried = 0; ; tried += 1) {
      const targets = parts.targets();
      const before = parts.circumstances();
      const sentAtMs = performance.now();
      const sent = await send(targets[(turn + tried) % targets.length]!, kind);
      // A kept connection may be closed at the very moment of sending, which no server can help: RFC 9112 §9.3.1 lets a client repeat
      // what does no harm twice, and nothing of this load does.
      const mayRepeat = before.closesConnections;
      const mayMove = 'answer' in sent ? sent.isStopping : !sent.wasSent || mayRepeat;
      if (mayMove && tried < TARGETS_TRIED) {
        parts.tally.move();
        continue;
      }
      if (!('answer' in sent)) return parts.tally.lose(`${before.name}: ${sent.failure}`);
      return judge(sent, before.name, {
        upstreamMisbehaves: parts.upstreamMisbehaved(sentAtMs),
        isDead: (token) => parts.wasDead(token, sentAtMs),
      });
    }
  }

  return {
    run(rate) {
      let isRunning = true;
      const everyMs = (WORKERS / rate) * 1000;
      const worker = async (index: number) => {
        let dueMs = performance.now() + (index / WORKERS) * everyMs;
        for (let turn = index * 7; isRunning; turn += 1) {
          await sleep(Math.max(0, dueMs - performance.now()));
          // One that was held up asks on at its rate, and does not make good what it missed.
          dueMs = Math.max(dueMs, performance.now() - everyMs) + everyMs;
          await ask(kindOf(turn * 37), turn);
        }
      };
      const workers = Promise.all(Array.from({ length: WORKERS }, (_, index) => worker(index)));
      return {
        async stop() {
          isRunning = false;
          await workers;
        },
      };
    },
    async illOf(target, kind) {
      const sent = await send(target, kind);
      if (!('answer' in sent)) return sent.failure;
      const { status, isCut, text } = sent.answer;
      const isWell = status === 200 && !isCut && (kind !== 'bearer' || text.includes('"exitPath":"Success"'));
      return isWell ? undefined : `${target.url} ${kind}: ${status} ${text.slice(0, 300)}`;
    },
    close: () => agent.destroy(),
  };
}
