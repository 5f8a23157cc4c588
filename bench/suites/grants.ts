/** Bearer token requests that are never cached: the whole bridge, beside clients that ask the upstream themselves. */
import { load } from '../load.ts';
import { watchMemory } from '../memory-watch.ts';
import { mebibytes, milliseconds, ratio, whole } from '../report.ts';
import { median } from '../rounds.ts';
import type { Subject } from '../subject.ts';
import type { SuiteOptions, SuiteResult } from '../suite.ts';
import { startBridgeSubject } from './start-bridge.ts';

const UPSTREAM_DELAY_MS = 5;
const AT_ONCE = 50;
const CLIENTS = ['undici', 'oauth4webapi', 'simple-oauth2', 'jsforce'] as const;

interface Grants {
  grants: number;
  seconds: number;
  cpuUs: number;
  errors: number;
}

interface Measured {
  name: string;
  perSecond: number;
  cpuUs: number;
}

function head(key: string): string[] {
  return [
    'POST /v1/bearer-token-requests HTTP/1.1',
    `Authorization: Bearer ${key}`,
    'Content-Type: application/json',
  ];
}

function measuredOf(name: string, rounds: readonly Grants[]): Measured {
  return {
    name,
    perSecond: median(rounds.map(({ grants, seconds }) => grants / seconds)),
    cpuUs: median(rounds.map(({ grants, cpuUs }) => cpuUs / grants)),
  };
}

async function burst(bridge: Subject, what: { head: string[]; body: string }, count: number) {
  const before = bridge.residentBytes();
  const memory = watchMemory(bridge.residentBytes);
  const result = await load({ ...what, port: bridge.ready.port, connections: count, requests: count });
  const most = memory.takePeak();
  memory.stop();
  return { ...result, grownBytes: most - before };
}

export async function grantsSuite(options: SuiteOptions): Promise<SuiteResult> {
  const { start, key, isQuick, seconds } = options;
  const upstream = await start('upstream', {
    script: 'upstream',
    settings: { isTokenEndpoint: true, delayMs: UPSTREAM_DELAY_MS },
    cores: '1',
  });
  const url = `http://127.0.0.1:${upstream.ready.port}/services/oauth2/token`;
  const bridge = await startBridgeSubject(options, { tokenUrl: url });
  const clients = await Promise.all(
    (isQuick ? CLIENTS.slice(0, 1) : CLIENTS).map((kind) =>
      start(kind, { script: 'grant-client', settings: { kind, url, atOnce: AT_ONCE } }),
    ),
  );
  const what = {
    head: head(key),
    body: JSON.stringify({ url, clientId: 'bench', clientSecret: 'secret-of-the-benchmark' }),
  };

  async function oneRound(subject: Subject, forSeconds: number): Promise<Grants> {
    if (subject !== bridge)
      return (await subject.ask({ kind: 'run', seconds: forSeconds })) as unknown as Grants;
    const before = await bridge.cpuUs();
    const result = await load({
      ...what,
      port: bridge.ready.port,
      connections: AT_ONCE,
      seconds: forSeconds,
    });
    return { ...result, grants: result.requests, cpuUs: (await bridge.cpuUs()) - before };
  }

  const subjects = [...clients, bridge];
  const results = new Map(subjects.map((subject) => [subject, [] as Grants[]]));
  for (const subject of subjects) await oneRound(subject, isQuick ? 0.05 : options.warmUpSeconds);
  for (let round = 0; round < options.rounds; round += 1) {
    for (const subject of subjects) results.get(subject)!.push(await oneRound(subject, seconds));
  }
  const many = await burst(bridge, what, isQuick ? 100 : 10_000);
  const measured = subjects.map((subject) => measuredOf(subject.name, results.get(subject)!));
  const rounds = [...results.values()].flat();
  return {
    errors: rounds.reduce((sum, { errors }) => sum + errors, many.errors),
    requests: rounds.reduce((sum, { grants }) => sum + grants, many.requests),
    tables: [
      {
        title: 'Grants, uncached',
        notes: [
          `Upstream answers after ${UPSTREAM_DELAY_MS} ms, ${AT_ONCE} at once, one core for whoever asks. The bridge is asked over HTTP, by clients on the other cores.`,
          `${whole(many.requests)} at once: ${many.errors} errors, the last answered after ${milliseconds(many.latencyMs.max)} ms, resident memory grows by ${mebibytes(many.grownBytes)} MiB at most.`,
        ],
        columns: ['', 'grants/s', 'of undici', 'CPU µs/grant', 'of undici by CPU'],
        rows: measured.map(({ name, perSecond, cpuUs }) => [
          name,
          whole(perSecond),
          ratio(perSecond / measured[0]!.perSecond),
          cpuUs.toFixed(0),
          ratio(measured[0]!.cpuUs / cpuUs),
        ]),
      },
    ],
  };
}
