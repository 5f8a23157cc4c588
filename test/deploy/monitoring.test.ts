import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parser } from '@prometheus-io/lezer-promql';
import { ADMIN_KEY, startTestBridge } from '../support/bridge.ts';
import { STATUS_WORDS } from '../../server/status-words.ts';
import { readText, readYaml } from './support/files.ts';

interface Dashboard {
  panels: { title: string; targets?: { expr: string }[] }[];
  templating: { list: { name: string; definition: string }[] };
}

const dashboard = JSON.parse(
  readText('deploy/compose/grafana/dashboards/purecloud-bridge.json'),
) as Dashboard;
const { groups } = readYaml<{ groups: { rules: { alert: string; expr: string }[] }[] }>(
  'deploy/compose/alerts.yml',
);

/** Metrics that Prometheus itself has of every target. */
const TARGET_METRICS = ['up'];
/** Series that Prometheus makes of a histogram. */
const HISTOGRAM_SERIES = /_(bucket|count|sum)$/;
/** Labels that Prometheus itself puts on every series. */
const TARGET_LABELS = ['instance', 'job'];

const queries: [string, string][] = [
  ...dashboard.panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }): [string, string] => [title, expr.replaceAll('$__rate_interval', '1m')]),
  ),
  ...groups.flatMap(({ rules }) => rules.map(({ alert, expr }): [string, string] => [alert, expr])),
];

function exprOf(name: string): string {
  return groups.flatMap(({ rules }) => rules).find(({ alert }) => alert === name)!.expr;
}

interface Reading {
  faults: string[];
  metrics: string[];
  labels: string[];
}

function readQuery(query: string): Reading {
  const reading: Reading = { faults: [], metrics: [], labels: [] };
  parser.parse(query).iterate({
    enter({ type, from, to }) {
      const text = query.slice(from, to);
      if (type.isError) reading.faults.push(`at ${from}: ${query.slice(from)}`);
      else if (type.name === 'Identifier') reading.metrics.push(text);
      else if (type.name === 'LabelName') reading.labels.push(text);
    },
  });
  return reading;
}

/** Metric -> labels that any of its series has; a metric without a series yet has none. */
async function metricsOf(url: string): Promise<Map<string, Set<string>>> {
  const answer = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${ADMIN_KEY}` } });
  const text = await answer.text();
  const found = new Map([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => [name!, new Set<string>()]));
  for (const [, series = '', labels = ''] of text.matchAll(/^([a-z_0-9]+)\{(.*)\} /gm)) {
    const name = found.has(series) ? series : series.replace(HISTOGRAM_SERIES, '');
    for (const [, label] of labels.matchAll(/(\w+)="/g)) found.get(name)?.add(label!);
  }
  return found;
}

describe('dashboard and alerts', () => {
  let metrics: Map<string, Set<string>>;
  let bridge: Awaited<ReturnType<typeof startTestBridge>>;

  beforeAll(async () => {
    bridge = await startTestBridge();
    await fetch(`${bridge.url}/livez`);
    metrics = await metricsOf(bridge.url);
  });
  afterAll(() => bridge.stop());

  test.each(queries)('%s asks for metrics that the bridge has: %s', (_title, query) => {
    const { faults, metrics: asked } = readQuery(query);
    expect(faults).toEqual([]);
    expect(asked.length).toBeGreaterThan(0);
    const known = asked.filter(
      (name) =>
        TARGET_METRICS.includes(name) || metrics.has(name) || metrics.has(name.replace(HISTOGRAM_SERIES, '')),
    );
    expect(known).toEqual(asked);
  });

  test.each(queries)('%s asks for labels that the bridge declares: %s', (_title, query) => {
    const declared = ['metrics', 'sync-metrics']
      .map((name) => readText(`server/telemetry/${name}.ts`))
      .join();
    const isDeclared = (label: string) =>
      TARGET_LABELS.includes(label) || label === 'le' || declared.includes(`'${label}'`);
    expect(readQuery(query).labels.filter((label) => !isDeclared(label))).toEqual([]);
  });

  test('a bridge that is gone is told, by the job that Prometheus has', () => {
    const { scrape_configs } = readYaml<{ scrape_configs: { job_name: string }[] }>(
      'deploy/compose/prometheus.yml',
    );
    const job = scrape_configs[0]!.job_name;
    expect(exprOf('BridgeGone')).toBe(`up{job="${job}"} == 0 or absent(up{job="${job}"})`);
  });

  test('a sync that needs somebody is told, in words that syncs have', () => {
    const [, words = ''] = /status=~"([^"]+)"/.exec(exprOf('BridgeSyncStopped')) ?? [];
    expect(words.split('|')).toEqual(['Action needed', 'Failed', 'Late']);
    expect(STATUS_WORDS).toEqual(expect.arrayContaining(words.split('|')));
  });

  test('a sync is stale only where a schedule starts it', () => {
    expect(exprOf('BridgeSyncStale')).toMatch(/ and max by \(sync\) \(bridge_sync_scheduled\) == 1$/);
  });

  test('a query that is torn, or asks for what is not there, is found out', () => {
    expect(readQuery('sum by (').faults).not.toEqual([]);
    expect(readQuery('rate(bridge_nothing_total{connection="a"}[1m])')).toEqual({
      faults: [],
      metrics: ['bridge_nothing_total'],
      labels: ['connection'],
    });
    expect(metrics.has('bridge_nothing_total')).toBe(false);
  });

  test('what can be picked on the dashboard is picked from metrics that the bridge has', () => {
    for (const { definition } of dashboard.templating.list) {
      const [, metric = ''] = /^label_values\((\w+),/.exec(definition) ?? [];
      expect(metrics.has(metric)).toBe(true);
    }
  });
});
