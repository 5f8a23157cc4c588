/** Very many callers want a token that nobody has yet: one of them causes the sign-in, and all of them wait for it. */
import { load } from '../load.ts';
import { milliseconds, whole } from '../report.ts';
import type { SuiteOptions, SuiteResult } from '../suite.ts';
import { startBridgeSubject } from './start-bridge.ts';

const UPSTREAM_DELAY_MS = 200;

export async function coldKeySuite(options: SuiteOptions): Promise<SuiteResult> {
  const { start, key, isQuick } = options;
  const upstream = await start('upstream', {
    script: 'upstream',
    settings: { isTokenEndpoint: true, delayMs: UPSTREAM_DELAY_MS },
    cores: '1',
  });
  const tokenUrl = `http://127.0.0.1:${upstream.ready.port}/oauth/token`;
  const bridge = await startBridgeSubject(options, { tokenUrl });
  const authorization = `Authorization: Bearer ${key}`;
  // Whoever signs in for the first time ever also compiles the way there; another path warms it up and leaves the key cold.
  const warm = await load({
    head: ['GET /v1/connections/none/token HTTP/1.1', authorization],
    port: bridge.ready.port,
    connections: 10,
    requests: isQuick ? 10 : 2_000,
  });
  const callers = isQuick ? 100 : 10_000;
  const cold = await load({
    head: ['GET /v1/connections/bench/token HTTP/1.1', authorization],
    port: bridge.ready.port,
    connections: callers,
    requests: callers,
  });
  const calls = Number((await upstream.ask({ kind: 'count' })).requests);
  return {
    errors: cold.errors + (calls === 1 ? 0 : 1),
    requests: warm.requests + cold.requests,
    tables: [
      {
        title: 'Cold key',
        notes: [
          `${whole(callers)} callers at once for one token that nobody has; the upstream answers after ${UPSTREAM_DELAY_MS} ms.`,
        ],
        columns: ['', 'callers', 'upstream calls', 'first half within ms', 'last after ms', 'errors'],
        rows: [
          [
            'bridge',
            whole(cold.requests),
            String(calls),
            milliseconds(cold.latencyMs.p50),
            milliseconds(cold.latencyMs.max),
            String(cold.errors),
          ],
        ],
      },
    ],
  };
}
