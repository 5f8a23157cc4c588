/** Very many callers want a token that nobody has yet: one of them causes the sign-in, and all of them wait for it. */
import { load, type LoadResult } from '../load.ts';
import { milliseconds, whole } from '../report.ts';
import type { SuiteOptions, SuiteResult } from '../suite.ts';
import { startBridgeSubject } from './start-bridge.ts';

const UPSTREAM_DELAY_MS = 200;

interface Asked {
  name: string;
  warm: LoadResult;
  cold: LoadResult;
  /** Of the upstream. */
  calls: number;
}

export async function coldKeySuite(options: SuiteOptions): Promise<SuiteResult> {
  const { start, key, isQuick } = options;
  const upstream = await start('upstream', {
    script: 'upstream',
    settings: { isTokenEndpoint: true, delayMs: UPSTREAM_DELAY_MS },
    cores: '1',
  });
  const tokenUrl = `http://127.0.0.1:${upstream.ready.port}/oauth/token`;
  const callers = isQuick ? 100 : 10_000;
  const subjects = [
    await start('raw', {
      script: 'hand-out-peer',
      settings: { kind: 'raw', key, delayMs: UPSTREAM_DELAY_MS },
    }),
    await startBridgeSubject(options, { tokenUrl }),
  ];
  const authorization = `Authorization: Bearer ${key}`;
  const asked: Asked[] = [];
  for (const { name, ready } of subjects) {
    const { port } = ready;
    // Whoever signs in for the first time ever also compiles the way there; another path warms it up and leaves the key cold.
    const head = ['GET /v1/connections/none/token HTTP/1.1', authorization];
    const warm = await load({ head, port, connections: 10, requests: isQuick ? 10 : 20_000 });
    const cold = await load({
      head: ['GET /v1/connections/bench/token HTTP/1.1', authorization],
      port,
      connections: callers,
      requests: callers,
    });
    const calls = Number((await upstream.ask({ kind: 'count' })).requests);
    asked.push({ name, warm, cold, calls });
  }
  const bridge = asked.at(-1)!;
  return {
    errors: asked.reduce((sum, { cold }) => sum + cold.errors, bridge.calls === 1 ? 0 : 1),
    requests: asked.reduce((sum, { warm, cold }) => sum + warm.requests + cold.requests, 0),
    tables: [
      {
        title: 'Cold key',
        notes: [
          `${whole(callers)} callers at once for one token that nobody has; the upstream answers after ${UPSTREAM_DELAY_MS} ms. "raw" is node:http that has all of them wait as long for one timer: no key, no upstream, no log. What it takes beyond that is what ${whole(callers)} first requests on as many connections cost on one core, server and loader together.`,
        ],
        columns: ['', 'callers', 'upstream calls', 'first half within ms', 'last after ms', 'errors'],
        rows: asked.map(({ name, cold, calls }) => [
          name,
          whole(cold.requests),
          name === 'raw' ? '' : String(calls),
          milliseconds(cold.latencyMs.p50),
          milliseconds(cold.latencyMs.max),
          String(cold.errors),
        ]),
      },
    ],
  };
}
