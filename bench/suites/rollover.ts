/** A token that is renewed again and again while it is handed out at a steady rate: what its callers notice of that. */
import { load, type LoadResult } from '../load.ts';
import { milliseconds, ratio, whole } from '../report.ts';
import { median } from '../rounds.ts';
import type { SuiteOptions, SuiteResult } from '../suite.ts';
import { saveConnections, startServedBridge, tokenRequest } from './start-served-bridge.ts';

const CONNECTIONS = 50;
const UPSTREAM_DELAY_MS = 50;
/** The shortest that an answer can give. A token is renewed in the second half of its life. */
const LIFE_SECONDS_MIN = 1;
const LONG_LIFE_SECONDS = 86_399;

interface Round extends LoadResult {
  upstreamCalls: number;
}

const NAMES = ['kept', 'renewed', 'renewed-often'] as const;
type Name = (typeof NAMES)[number];

function rowOf(name: Name, rounds: Readonly<Record<Name, readonly Round[]>>): string[] {
  const of = (which: Name, value: (round: Round) => number) => median(rounds[which].map(value));
  const p99 = ({ latencyMs }: Round) => latencyMs.p99;
  return [
    name,
    whole(rounds[name].reduce((sum, { requests }) => sum + requests, 0)),
    whole(rounds[name].reduce((sum, { upstreamCalls }) => sum + upstreamCalls, 0)),
    milliseconds(of(name, ({ latencyMs }) => latencyMs.p50)),
    of(name, p99).toFixed(2),
    ratio(of(name, p99) / of('kept', p99)),
    milliseconds(of(name, ({ latencyMs }) => latencyMs.max)),
  ];
}

export async function rolloverSuite(options: SuiteOptions): Promise<SuiteResult> {
  const { start, key, isQuick, databaseUrl } = options;
  const seconds = isQuick ? 1.5 : options.seconds;
  const lives: Readonly<Record<Name, number>> = {
    kept: LONG_LIFE_SECONDS,
    renewed: Math.ceil(seconds),
    'renewed-often': LIFE_SECONDS_MIN,
  };
  const upstreams = await Promise.all(
    NAMES.map((name) =>
      start(`upstream of ${name}`, {
        script: 'upstream',
        settings: {
          isTokenEndpoint: true,
          delayMs: UPSTREAM_DELAY_MS,
          expiresInSeconds: lives[name],
        },
        cores: '1',
      }),
    ),
  );
  const callsOf = async (name: Name) =>
    Number((await upstreams[NAMES.indexOf(name)]!.ask({ kind: 'count' })).requests);
  const bridge = await startServedBridge(options, { databaseUrl });
  const urls = NAMES.map((name, at) => [name, `http://127.0.0.1:${upstreams[at]!.ready.port}/token`]);
  await saveConnections(bridge, key, Object.fromEntries(urls) as Record<Name, string>);
  const rate = isQuick ? 200 : 1_000;

  async function oneRound(name: Name, seconds: number): Promise<Round> {
    const what = { head: tokenRequest(name, key), port: bridge.ready.port };
    // A short token has run out while the other was loaded; the first sign-in is not what is measured.
    const first = await load({ ...what, connections: 1, requests: 1 });
    const before = await callsOf(name);
    const result = await load({ ...what, connections: CONNECTIONS, seconds, rate });
    const upstreamCalls = (await callsOf(name)) - before;
    return { ...result, errors: result.errors + first.errors, upstreamCalls };
  }

  const rounds: Record<Name, Round[]> = { kept: [], renewed: [], 'renewed-often': [] };
  for (const name of NAMES) await oneRound(name, isQuick ? 0.1 : options.warmUpSeconds);
  for (let round = 0; round < options.rounds; round += 1)
    for (const name of NAMES) rounds[name].push(await oneRound(name, seconds));

  const all = Object.values(rounds).flat();
  const renewals = rounds['renewed-often'].reduce((sum, { upstreamCalls }) => sum + upstreamCalls, 0);
  return {
    errors: all.reduce((sum, { errors }) => sum + errors, renewals > 0 ? 0 : 1),
    requests: all.reduce((sum, { requests }) => sum + requests, 0),
    tables: [
      {
        title: 'Renewal under load',
        notes: [
          `${whole(rate)} requests a second for one token, whose upstream answers after ${UPSTREAM_DELAY_MS} ms. One token lives a day, one as long as a round, so that about one renewal falls into each, and one ${LIFE_SECONDS_MIN} s, the shortest life there is: each renewal is one call of the upstream. Latency counts from when a request was due.`,
        ],
        columns: ['token', 'requests', 'upstream calls', 'p50 ms', 'p99 ms', 'p99 of kept', 'slowest ms'],
        rows: NAMES.map((name) => rowOf(name, rounds)),
      },
    ],
  };
}
