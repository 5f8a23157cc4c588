/** A call through the proxy, with small, large and very large answers, beside the proxies that one would take otherwise. */
import { load } from '../load.ts';
import { findNginx } from '../machine.ts';
import { watchMemory } from '../memory-watch.ts';
import { mebibytes, milliseconds, ratio, whole, type Table } from '../report.ts';
import { alternate, type Measured } from '../rounds.ts';
import type { Subject } from '../subject.ts';
import type { SuiteOptions, SuiteResult } from '../suite.ts';
import { startBridgeSubject } from './start-bridge.ts';

const SIZES = [
  { name: '2 KB', bodyBytes: 2048, connections: 50 },
  { name: '1 MB', bodyBytes: 2 ** 20, connections: 10 },
  { name: '12 MB', bodyBytes: 12 * 2 ** 20, connections: 10 },
] as const;
type Size = (typeof SIZES)[number];

const PEERS = ['bare', '@fastify/http-proxy', 'http-proxy-middleware'] as const;
/** With the least of what the bridge does beside, which is what counts where answers are small. */
const GUARDED_PEER = '@fastify/http-proxy with key and log';
const NO_NGINX = 'nginx is not installed here (or name it in BENCH_NGINX), so its row is missing.';

function headOf(key: string): string[] {
  return [
    'GET /proxy/bench/api/v2/users/me?expand=groups HTTP/1.1',
    `Authorization: Bearer ${key}`,
    'Accept: application/json',
  ];
}

async function contestants(options: SuiteOptions, size: Size): Promise<Subject[]> {
  const { start } = options;
  const upstream = await start('upstream', {
    script: 'upstream',
    settings: { bodyBytes: size.bodyBytes },
    cores: '1',
  });
  const tokens = await start('tokens', {
    script: 'upstream',
    settings: { isTokenEndpoint: true },
    cores: '1',
  });
  const upstreamUrl = `http://127.0.0.1:${upstream.ready.port}`;
  const bridge = () =>
    startBridgeSubject(options, {
      tokenUrl: `http://127.0.0.1:${tokens.ready.port}/oauth/token`,
      apiUrl: upstreamUrl,
    });
  if (options.isQuick) return [await bridge()];
  const nginx = findNginx();
  const nginxSettings = { command: nginx, upstreamPort: upstream.ready.port };
  return [
    ...(nginx === undefined ? [] : [await start('nginx', { script: 'nginx', settings: nginxSettings })]),
    ...(await Promise.all(
      (size.name === '2 KB' ? [...PEERS, GUARDED_PEER] : PEERS).map((kind) =>
        start(kind, { script: 'proxy-peer', settings: { kind, upstreamUrl, key: options.key } }),
      ),
    )),
    await bridge(),
  ];
}

function tableOf(size: Size, measured: readonly Measured[], atRate: readonly Measured[]): Table {
  const own = measured.at(-1)!;
  return {
    title: `Proxied call, ${size.name} answer`,
    notes: [
      `${size.connections} connections, one core for the server, connections to the upstream kept. "bare" is node:http with undici's dispatch and nothing else: no key, no log, no deadline, no back-pressure. It is what a proxy on Node costs at the least.`,
      ...(measured[0]!.name === 'nginx' ? [] : [NO_NGINX]),
    ],
    columns: [
      '',
      'req/s',
      'MiB/s',
      'bridge ÷ this',
      'CPU µs/req',
      'this ÷ bridge by CPU',
      'p50 ms',
      'p99 ms',
      ...(atRate.length === 0 ? [] : ['p50 ms at 1,000/s', 'p99 ms at 1,000/s']),
    ],
    rows: measured.map((one, index) => [
      one.name,
      whole(one.requestsPerSecond),
      whole(one.mebibytesPerSecond),
      ratio(own.requestsPerSecond / one.requestsPerSecond),
      one.cpuUsPerRequest.toFixed(0),
      ratio(one.cpuUsPerRequest / own.cpuUsPerRequest),
      milliseconds(one.p50Ms),
      milliseconds(one.p99Ms),
      ...atRate
        .slice(index, index + 1)
        .flatMap(({ p50Ms, p99Ms }) => [milliseconds(p50Ms), milliseconds(p99Ms)]),
    ]),
  };
}

/** Latency at a rate that an org may well have, upstream and loader included: the same for all of them. */
async function latencyAtRate(subjects: readonly Subject[], options: SuiteOptions): Promise<Measured[]> {
  const what = { head: headOf(options.key), connections: 50, rate: options.isQuick ? 100 : 1_000 };
  return await alternate(
    subjects.map((subject) => ({ subject, load: what })),
    { ...options, warmUpSeconds: Math.min(1, options.warmUpSeconds) },
  );
}

/** Very many large answers at once: memory is bounded by what is on its way, not by what is asked for. */
async function manyAtOnce(bridge: Subject, { key, isQuick }: SuiteOptions) {
  const before = bridge.residentBytes();
  const memory = watchMemory(bridge.residentBytes);
  const connections = isQuick ? 5 : 1_000;
  const result = await load({
    // On one core, twelve gigabytes take longer than the 8 s within which an answer begins unless a caller says otherwise.
    head: [...headOf(key), 'X-Bridge-Timeout-Seconds: 110'],
    port: bridge.ready.port,
    connections,
    requests: connections,
  });
  const most = memory.takePeak();
  memory.stop();
  return { ...result, connections, grownBytes: most - before };
}

export async function proxySuite(options: SuiteOptions): Promise<SuiteResult> {
  const tables: Table[] = [];
  let errors = 0;
  let requests = 0;
  const count = (one: { errors: number; requests?: number }) => {
    errors += one.errors;
    requests += one.requests ?? 0;
  };
  for (const size of SIZES) {
    const subjects = await contestants(options, size);
    const bridge = subjects.at(-1)!;
    const what = { head: headOf(options.key), connections: size.connections };
    const measured = await alternate(
      subjects.map((subject) => ({ subject, load: what })),
      options,
    );
    measured.forEach(count);
    const atRate = size.name === '2 KB' ? await latencyAtRate(subjects, options) : [];
    atRate.forEach(count);
    const table = tableOf(size, measured, atRate);
    if (size.name === '12 MB') {
      const many = await manyAtOnce(bridge, options);
      count(many);
      table.notes = [
        ...table.notes,
        `${whole(many.connections)} such answers at once: resident memory grows by ${mebibytes(many.grownBytes)} MiB at most.`,
      ];
    }
    tables.push(table);
    if (options.isQuick) break;
  }
  return { tables, errors, requests };
}
