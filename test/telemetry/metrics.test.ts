import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { statusClassOf } from '../../server/telemetry/connection-counts.ts';
import { createMetrics, type Metrics, type MetricsSnapshot } from '../../server/telemetry/metrics.ts';

const CONNECTIONS = new Set(['good', 'other']);

function metricsOf(): Metrics {
  return createMetrics({
    version: '1.2.3',
    isConnection: (name) => CONNECTIONS.has(name),
    withDefaults: false,
  });
}

async function linesOf(metrics: Metrics): Promise<string[]> {
  const { body } = await metrics.text();
  return body.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

const SNAPSHOT: MetricsSnapshot = {
  database: { isHealthy: true, latencyMs: 4 },
  activity: { buffered: 3, dropped: 7 },
  connections: [
    {
      name: 'good',
      status: 'Late',
      isLatched: false,
      certificateExceptions: 2,
      budget: { limitPerMinute: 300, usedLastMinute: 12, waiting: 1 },
      apiUsage: { used: 18, max: 15_000 },
    },
  ],
  syncs: [
    {
      name: 'spring',
      status: 'Running',
      isScheduled: true,
      lastOutcome: 'Part failed',
      freshnessSeconds: 90,
    },
    { name: 'autumn', status: 'Unknown', isScheduled: false },
  ],
};

describe('the metrics', () => {
  test('count grants by exit path and uses by source', async () => {
    const metrics = metricsOf();
    metrics.grantExecuted('good', 'Success', 120);
    metrics.grantExecuted('good', 'Timeout', 10_000);
    metrics.grantEnded('good', 'token', 120);
    for (let index = 0; index < 3; index += 1) metrics.tokenUsed('good', 'cache');
    const lines = await linesOf(metrics);
    expect(lines).toEqual(
      expect.arrayContaining([
        'bridge_grants_total{connection="good",exit_path="Success"} 1',
        'bridge_grants_total{connection="good",exit_path="Timeout"} 1',
        'bridge_grant_results_total{connection="good",result="token"} 1',
        'bridge_token_uses_total{connection="good",source="cache"} 3',
        'bridge_grant_seconds_count{connection="good"} 2',
        'bridge_grant_seconds_bucket{le="0.25",connection="good"} 1',
        'bridge_info{version="1.2.3"} 1',
      ]),
    );
  });

  test('show what is looked up, and take away what is gone', async () => {
    const metrics = metricsOf();
    metrics.lookUp(() => Promise.resolve(SNAPSHOT));
    metrics.clockSkewMs('good', -1_500);
    expect(await linesOf(metrics)).toEqual(
      expect.arrayContaining([
        'bridge_connection_status{connection="good",status="Late"} 1',
        'bridge_connection_status{connection="good",status="Healthy"} 0',
        'bridge_certificate_exceptions{connection="good"} 2',
        'bridge_budget_used{connection="good"} 12',
        'bridge_clock_skew_seconds{connection="good"} -1.5',
        'bridge_activity_dropped_total 7',
        'bridge_database_latency_seconds 0.004',
      ]),
    );
    metrics.lookUp(() => Promise.resolve({ ...SNAPSHOT, connections: [] }));
    metrics.grantExecuted('good', 'Success', 1);
    metrics.forget('good');
    expect((await linesOf(metrics)).filter((line) => line.includes('connection="good"'))).toEqual([]);
  });

  test('never fall, whatever is asked in between', async () => {
    const metrics = metricsOf();
    metrics.tokenUsed('good', 'cache');
    await metrics.text();
    metrics.tokenUsed('good', 'cache');
    expect(await linesOf(metrics)).toContain('bridge_token_uses_total{connection="good",source="cache"} 2');
  });

  test('hold no label that a request can choose', async () => {
    const metrics = metricsOf();
    const bounded = await linesOf(metrics);
    await fc.assert(
      fc.asyncProperty(
        fc.webPath(),
        fc.string(),
        fc.integer({ min: 100, max: 599 }),
        async (path, name, status) => {
          metrics.requestEnded(`/${path}`, status, 1);
          metrics.callEnded(name, status, 1);
        },
      ),
    );
    const lines = await linesOf(metrics);
    const labels = lines.flatMap((line) =>
      [...line.matchAll(/(?:connection|area)="([^"]*)"/g)].map((match) => match[1]),
    );
    expect(new Set(labels)).toEqual(new Set(['(none)', 'other']));
    expect(lines.length - bounded.length).toBeLessThan(200);
  });

  test('tell requests apart by the first part of the path', async () => {
    const metrics = metricsOf();
    for (const path of ['/proxy/x/y', '/v1/status', '/metrics', '/', '/secret-path'])
      metrics.requestEnded(path, 200, 1);
    const areas = (await linesOf(metrics)).flatMap((line) => /_count\{area="([^"]+)"/.exec(line)?.[1] ?? []);
    expect(areas.sort()).toEqual(['metrics', 'other', 'proxy', 'v1']);
  });

  test.each([
    [100, '1xx'],
    [204, '2xx'],
    [499, '4xx'],
    [599, '5xx'],
    [0, '1xx'],
    [999, '5xx'],
  ])('put status %d into the class %s', (status, name) => {
    expect(statusClassOf(status)).toBe(name);
  });
});

describe('the metrics of syncs', () => {
  const run = {
    outcome: 'Part failed',
    isDryRun: false,
    durationMs: 2_000,
    rows: { added: 3, failed: 1, removed: 0 },
  } as const;

  test('show the word, the last run and how fresh the list is', async () => {
    const metrics = metricsOf();
    metrics.lookUp(() => Promise.resolve(SNAPSHOT));
    expect(await linesOf(metrics)).toEqual(
      expect.arrayContaining([
        'bridge_sync_status{sync="spring",status="Running"} 1',
        'bridge_sync_status{sync="spring",status="Healthy"} 0',
        'bridge_sync_last_run{sync="spring",outcome="Part failed"} 1',
        'bridge_sync_freshness_seconds{sync="spring"} 90',
        'bridge_sync_scheduled{sync="spring"} 1',
        'bridge_sync_scheduled{sync="autumn"} 0',
        'bridge_salesforce_api_used{connection="good"} 18',
        'bridge_salesforce_api_max{connection="good"} 15000',
      ]),
    );
  });

  test('count runs and their rows, and no row of a dry run', async () => {
    const metrics = metricsOf();
    metrics.runEnded('spring', run);
    metrics.runEnded('spring', { ...run, isDryRun: true });
    const lines = await linesOf(metrics);
    expect(lines).toEqual(
      expect.arrayContaining([
        'bridge_runs_total{sync="spring",outcome="Part failed",dry_run="false"} 1',
        'bridge_runs_total{sync="spring",outcome="Part failed",dry_run="true"} 1',
        'bridge_run_rows_total{sync="spring",outcome="added"} 3',
        'bridge_run_seconds_count 2',
      ]),
    );
    expect(lines.join()).not.toContain('outcome="removed"');
  });

  test('forget a sync that is removed', async () => {
    const metrics = metricsOf();
    metrics.runEnded('spring', run);
    metrics.forgetSync('spring');
    expect((await linesOf(metrics)).join()).not.toContain('spring');
  });
});
