/** Reads from an API with the token of a connection, inside its budget; each address once a test, however many checks look at it. */
import { createRedactor, type Redactor } from '../../telemetry/redaction.ts';
import type { Answer } from '../../transport/exchange.ts';
import type { CheckContext, HandedToken } from './check.ts';

const CALLER = 'connection test';

export interface Probe {
  /** Set by the sign-in check. */
  token: HandedToken | undefined;
  get(path: string): Promise<ProbeAnswer>;
}

export interface ProbeAnswer {
  url: URL;
  status: number;
  headers: Readonly<Record<string, string>>;
  /** As parsed; undefined where it is no JSON. */
  json: unknown;
  body: string;
  redact: Redactor['text'];
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

export function createProbe(context: Omit<CheckContext, 'probe'>): Probe {
  const { connection, profile, transport, broker, budget, signal, timeoutMs } = context;
  const answers = new Map<string, Promise<ProbeAnswer>>();

  async function send(url: URL, token: HandedToken): Promise<Answer> {
    await budget.acquire(connection, {
      caller: CALLER,
      priority: 'interactive',
      signal,
      deadlineMs: timeoutMs,
    });
    const headers = { authorization: `Bearer ${token.accessToken.reveal()}`, accept: 'application/json' };
    const request = { method: 'GET', url, headers, body: '' };
    const answer = await transport.send(request, profile, { timeoutMs, signal });
    budget.report(connection, answer);
    return answer;
  }

  function addressOf(path: string, { instanceUrl }: HandedToken): URL {
    const base = context.apiBase(connection, instanceUrl);
    return new URL(`${base.pathname.replace(/\/$/, '')}${path}`, base);
  }

  /** A token that is refused is given back, as the proxy does, and the next one tried once. */
  async function ask(path: string): Promise<ProbeAnswer> {
    let token = probe.token!;
    let answer = await send(addressOf(path, token), token);
    if (answer.status === 401 && (await broker.reject(connection.name, token.generation)).invalidated) {
      token = await broker.getToken(connection.name, { waitMs: timeoutMs, signal });
      probe.token = token;
      answer = await send(addressOf(path, token), token);
    }
    const redact = createRedactor([token.accessToken]).text;
    return { ...answer, url: addressOf(path, token), json: parsed(answer.body), redact };
  }

  const probe: Probe = {
    token: undefined,
    get(path) {
      const known = answers.get(path) ?? ask(path);
      answers.set(path, known);
      return known;
    },
  };
  return probe;
}
