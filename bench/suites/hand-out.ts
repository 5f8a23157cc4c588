/** A token from the cache: how near the bridge, with everything on, comes to an HTTP server that does nothing else. */
import { load } from '../load.ts';
import { milliseconds, ratio, whole } from '../report.ts';
import { alternate, type Measured } from '../rounds.ts';
import type { Subject } from '../subject.ts';
import type { SuiteOptions, SuiteResult } from '../suite.ts';
import { startBridgeSubject } from './start-bridge.ts';

const CONNECTIONS = 50;
const PEERS = ['raw', 'raw with key check', 'express', 'express with middleware', 'fastify'] as const;

function row(measured: Measured, raw: Measured): string[] {
  return [
    measured.name,
    whole(measured.requestsPerSecond),
    ratio(measured.requestsPerSecond / raw.requestsPerSecond),
    measured.cpuUsPerRequest.toFixed(1),
    ratio(raw.cpuUsPerRequest / measured.cpuUsPerRequest),
    milliseconds(measured.p50Ms),
    milliseconds(measured.p99Ms),
  ];
}

export async function handOutSuite(options: SuiteOptions): Promise<SuiteResult> {
  const { start, key } = options;
  const upstream = await start('upstream', {
    script: 'upstream',
    settings: { isTokenEndpoint: true },
    cores: '1',
  });
  const tokenUrl = `http://127.0.0.1:${upstream.ready.port}/oauth/token`;
  const bridge = await startBridgeSubject(options, { tokenUrl });
  const what = {
    head: ['GET /v1/connections/bench/token HTTP/1.1', `Authorization: Bearer ${key}`],
    connections: CONNECTIONS,
  };
  const first = await load({ ...what, port: bridge.ready.port, connections: 1, requests: 1 });
  if (first.errors > 0) throw new Error('The bridge hands out no token');
  const peers = await Promise.all(
    (options.isQuick ? PEERS.slice(0, 1) : PEERS).map((kind) =>
      start(kind, { script: 'hand-out-peer', settings: { kind, key } }),
    ),
  );
  const measured = await alternate(
    [...peers, bridge].map((subject) => ({ subject, load: what })),
    options,
  );
  const raw = measured[0]!;
  const own = measured.at(-1)!;
  const atHalf = async ({ ready }: Subject) =>
    await load({ ...what, port: ready.port, seconds: options.seconds, rate: own.requestsPerSecond / 2 });
  const half = await atHalf(bridge);
  const rawAtHalf = await atHalf(peers[0]!);
  return {
    errors: measured.reduce((sum, { errors }) => sum + errors, half.errors),
    requests: measured.reduce((sum, { requests }) => sum + requests, half.requests),
    tables: [
      {
        title: 'Token from the cache',
        notes: [
          `${CONNECTIONS} connections, one core for the server. The bridge checks key and permission, sets security headers and correlation ids, logs and counts each request; of the others, only what their name says.`,
          `At half of its load the bridge answers within ${milliseconds(half.latencyMs.p50)} ms at the median and ${milliseconds(half.latencyMs.p99)} ms at p99; raw, at the same rate, within ${milliseconds(rawAtHalf.latencyMs.p50)} and ${milliseconds(rawAtHalf.latencyMs.p99)}: what is common to both is the loader's and the machine's.`,
        ],
        columns: ['', 'req/s', 'of raw', 'CPU µs/req', 'of raw by CPU', 'p50 ms', 'p99 ms'],
        rows: measured.map((one) => row(one, raw)),
      },
    ],
  };
}
