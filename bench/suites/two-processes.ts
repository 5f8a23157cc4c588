/** The same hand-outs by one process and by two that share a port. */
import { availableParallelism } from 'node:os';
import { load } from '../load.ts';
import { milliseconds, ratio, whole } from '../report.ts';
import { alternate } from '../rounds.ts';
import type { Subject } from '../subject.ts';
import type { SuiteOptions, SuiteResult } from '../suite.ts';
import { saveConnections, startServedBridge, tokenRequest } from './start-served-bridge.ts';

/** Each process gets its share of them when they are opened. */
const CONNECTIONS = 64;
const CORES = '0,1';
/** Two for the bridge, and one for who loads it. */
const CORES_NEEDED = 3;

const TOO_FEW = `This machine has ${availableParallelism()} cores, and two processes under load, their loader and the upstream need ${CORES_NEEDED}: the loader takes from both what it uses, so the rate says little here, and no ratio of rates is claimed. CPU time for each request does say whether a second process costs the first one anything.`;
const NO_SERVER = 'Several processes need a PostgreSQL server; with the embedded database there is one row.';

/** What was saved with one process is known to the others a moment later. */
const KNOWN_TO_ALL_WITHIN_MS = 10_000;

async function warmed(bridge: Subject, key: string): Promise<Subject> {
  const head = tokenRequest('bench', key);
  const giveUpAtMs = performance.now() + KNOWN_TO_ALL_WITHIN_MS;
  while (performance.now() < giveUpAtMs) {
    const first = await load({
      head,
      port: bridge.ready.port,
      connections: CONNECTIONS,
      requests: CONNECTIONS,
    });
    if (first.errors === 0) return bridge;
  }
  throw new Error(`${bridge.name} hands out no token`);
}

export async function twoProcessesSuite(options: SuiteOptions): Promise<SuiteResult> {
  const { start, key, createDatabase } = options;
  const upstream = await start('upstream', {
    script: 'upstream',
    settings: { isTokenEndpoint: true },
    cores: '1',
  });
  const tokenUrl = `http://127.0.0.1:${upstream.ready.port}/oauth/token`;

  async function bridgeOf(processes: number): Promise<Subject> {
    const name = processes === 1 ? 'one process' : `${processes} processes`;
    const databaseUrl = await createDatabase?.();
    const bridge = await startServedBridge(options, { name, processes, cores: CORES, databaseUrl });
    await saveConnections(bridge, key, { bench: tokenUrl });
    return await warmed(bridge, key);
  }

  const counts = createDatabase === undefined ? [1] : [1, 2];
  const bridges: Subject[] = [];
  for (const processes of counts) bridges.push(await bridgeOf(processes));
  const what = { head: tokenRequest('bench', key), connections: CONNECTIONS };
  const measured = await alternate(
    bridges.map((subject) => ({ subject, load: what })),
    options,
  );
  const [one] = measured;
  return {
    errors: measured.reduce((sum, { errors }) => sum + errors, 0),
    requests: measured.reduce((sum, { requests }) => sum + requests, 0),
    tables: [
      {
        title: 'Token from the cache, by several processes',
        notes: [
          `${CONNECTIONS} connections; both may use the same two cores. "By CPU" is what as many cores as processes would serve, by the CPU time of a request.`,
          ...(availableParallelism() < CORES_NEEDED ? [TOO_FEW] : []),
          ...(createDatabase === undefined ? [NO_SERVER] : []),
        ],
        columns: ['', 'req/s', 'of one process', 'CPU µs/req', 'of one process by CPU', 'p50 ms', 'p99 ms'],
        rows: measured.map((each, at) => [
          each.name,
          whole(each.requestsPerSecond),
          ratio(each.requestsPerSecond / one!.requestsPerSecond),
          each.cpuUsPerRequest.toFixed(1),
          ratio((counts[at]! * one!.cpuUsPerRequest) / each.cpuUsPerRequest),
          milliseconds(each.p50Ms),
          milliseconds(each.p99Ms),
        ]),
      },
    ],
  };
}
