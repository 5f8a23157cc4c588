import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { readBridgeFile } from '../../server/apply/read-bridge-file.ts';
import { readText, readYaml, ROOT, stopGraceSeconds, unknownVariables } from './support/files.ts';

interface Service {
  image?: string;
  ports?: string[];
  environment?: Record<string, string>;
  volumes?: string[];
  configs?: { source: string; target: string }[];
  depends_on?: Record<string, unknown> | string[];
  deploy?: { replicas: number };
  read_only?: boolean;
  stop_grace_period?: string;
}

const compose = readYaml<{
  services: Record<string, Service>;
  configs: Record<string, { environment: string }>;
}>('compose.yaml');
const { bridge, prometheus, postgres } = compose.services;
const example = readText('deploy/compose/.env.example');

test('two bridges share one PostgreSQL, with a root file system that nobody writes to', () => {
  expect(bridge).toMatchObject({ deploy: { replicas: 2 }, read_only: true });
  expect(bridge!.environment!.DATABASE_URL).toContain('@postgres:5432/');
  expect(postgres).toBeDefined();
});

test('every bridge gets variables that it knows, and the ones that its configuration reads', async () => {
  const names = Object.keys(bridge!.environment!);
  const env = Object.fromEntries(names.map((name) => [name, 'a-value-of-twenty-four-characters']));
  const { configuration } = await readBridgeFile(join(ROOT, 'deploy/compose/bridge.yaml'), env);
  expect(configuration.callers?.map(({ name }) => name)).toEqual(['prometheus']);
  const read = [...readText('deploy/compose/bridge.yaml').matchAll(/\$\{env:(\w+)\}/g)].map(
    ([, name]) => name!,
  );
  expect(names).toEqual(expect.arrayContaining(read));
  expect(unknownVariables(names.filter((name) => !read.includes(name)))).toEqual([]);
});

test('every bridge reads client certificates from one directory', () => {
  const directory = bridge!.environment!.BRIDGE_CERTIFICATES_DIR!;
  expect(bridge!.volumes).toContain(`./deploy/compose/certificates:${directory}:ro`);
  expect(readText('deploy/compose/certificates/.gitignore')).toMatch(/^\*$/m);
});

test('what has to be filled in stands in the example, empty', () => {
  const asked = new Set([...readText('compose.yaml').matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name!));
  const offered = new Set([...example.matchAll(/^(\w+)=$/gm)].map(([, name]) => name!));
  expect(offered).toEqual(asked);
});

test('every file that is mounted is there', () => {
  const mounted = Object.values(compose.services)
    .flatMap(({ volumes = [] }) => volumes)
    .map((volume) => volume.split(':')[0]!)
    .filter((source) => source.startsWith('.'));
  expect(mounted.length).toBeGreaterThan(4);
  expect(mounted.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});

test('services that others wait for exist', () => {
  const names = Object.values(compose.services).flatMap(({ depends_on = {} }) =>
    Array.isArray(depends_on) ? depends_on : Object.keys(depends_on),
  );
  expect(Object.keys(compose.services)).toEqual(expect.arrayContaining(names));
});

test('what is served over plain http is reached from this machine alone', () => {
  const ports = Object.values(compose.services).flatMap((service) => service.ports ?? []);
  expect(ports).toEqual(['127.0.0.1:8080:8080', '127.0.0.1:3000:3000']);
});

test('a bridge is given the time that it takes to stop', () => {
  expect(parseInt(bridge!.stop_grace_period!)).toBeGreaterThan(stopGraceSeconds());
});

test('the balancer has file descriptors for all the connections that it takes', () => {
  const nginx = readText('deploy/compose/nginx.conf');
  const number = (name: string) => Number(new RegExp(`\\b${name} (\\d+);`).exec(nginx)?.[1]);
  expect(number('worker_connections')).toBeGreaterThanOrEqual(16_384);
  expect(number('worker_rlimit_nofile')).toBeGreaterThan(2 * number('worker_connections'));
  expect(nginx).toMatch(/^worker_processes auto;$/m);
});

test('Prometheus signs in with the key that the bridges know', () => {
  const scrape = readYaml<{ scrape_configs: { authorization: { credentials_file: string } }[] }>(
    'deploy/compose/prometheus.yml',
  );
  const [{ source, target }] = prometheus!.configs! as [{ source: string; target: string }];
  expect(scrape.scrape_configs[0]!.authorization.credentials_file).toBe(target);
  expect(compose.configs[source]!.environment).toBe('PROMETHEUS_BRIDGE_KEY');
});
