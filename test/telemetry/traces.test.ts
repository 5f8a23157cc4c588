import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startSandbox, type RunningSandbox } from '../../sandbox/start-sandbox.ts';
import { DEMO_PURECLOUD_CLIENT } from '../../sandbox/purecloud/create-purecloud-sandbox.ts';
import { openTraces, wantsTraces } from '../../server/telemetry/otel-traces.ts';
import { NO_TRACES } from '../../server/telemetry/traces.ts';
import { asAdmin } from '../support/bridge-client.ts';
import { ADMIN_KEY, startTestBridge } from '../support/bridge.ts';

interface SentSpan {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  attributes: { key: string; value: Record<string, unknown> }[];
}

interface SentBody {
  resourceSpans: { scopeSpans: { spans: SentSpan[] }[] }[];
}

interface Collector {
  endpoint: string;
  bodies: string[];
  spans(): SentSpan[];
  server: Server;
}

async function startCollector(): Promise<Collector> {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      bodies.push(body);
      response.setHeader('content-type', 'application/json').end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const spans = () =>
    bodies
      .flatMap((body) => (JSON.parse(body) as SentBody).resourceSpans)
      .flatMap(({ scopeSpans }) => scopeSpans)
      .flatMap(({ spans: sent }) => sent);
  return { endpoint, bodies, spans, server };
}

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const PARENT_ID = 'b7ad6b7169203331';

describe('a bridge with an OpenTelemetry endpoint', () => {
  let collector: Collector;
  let sandbox: RunningSandbox;
  const answered: { traceparent: string | null } = { traceparent: null };
  let upstreamTraceparent: string | undefined;

  beforeAll(async () => {
    [collector, sandbox] = await Promise.all([startCollector(), startSandbox()]);
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment=test',
    };
    Object.assign(process.env, env); // the SDK reads it from there
    const bridge = await startTestBridge();
    for (const name of Object.keys(env)) Reflect.deleteProperty(process.env, name);
    const echo = createServer((request, response) => {
      upstreamTraceparent = String(request.headers.traceparent);
      response.setHeader('content-type', 'application/json').end('{}');
    });
    await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
    const ask = asAdmin(bridge.url);
    await ask('PUT', '/v1/connections/cloud', {
      provider: 'purecloud',
      url: sandbox.purecloud.tokenUrl,
      apiUrl: `http://127.0.0.1:${(echo.address() as AddressInfo).port}`,
      clientId: DEMO_PURECLOUD_CLIENT.id,
      clientSecret: DEMO_PURECLOUD_CLIENT.secret,
    });
    const response = await fetch(`${bridge.url}/proxy/cloud/api/v2/contacts/4930123456?secret-query=1`, {
      headers: { authorization: `Bearer ${ADMIN_KEY}`, traceparent: `00-${TRACE_ID}-${PARENT_ID}-01` },
    });
    expect(response.status).toBe(200);
    await response.text();
    answered.traceparent = (await fetch(`${bridge.url}/livez`)).headers.get('traceparent');
    await bridge.stop();
    echo.closeAllConnections();
    echo.close();
  });
  afterAll(async () => {
    await sandbox.close();
    collector.server.closeAllConnections();
    collector.server.close();
  });

  test('makes its spans children of the caller and parents of the upstream', () => {
    const spans = collector.spans();
    const request = spans.find(({ name }) => name === 'GET proxy')!;
    expect(request).toMatchObject({ traceId: TRACE_ID, parentSpanId: PARENT_ID });
    const call = spans.find(({ name }) => name === 'proxied call')!;
    expect(call).toMatchObject({ traceId: TRACE_ID, parentSpanId: request.spanId });
    expect(upstreamTraceparent).toBe(`00-${TRACE_ID}-${call.spanId}-01`);
  });

  test('begins a trace for a caller that brought none, and names it in the answer', () => {
    const span = collector.spans().find(({ name }) => name === 'GET livez')!;
    expect(span.parentSpanId ?? '').toBe('');
    expect(answered.traceparent).toBe(`00-${span.traceId}-${span.spanId}-01`);
  });

  test('tells how a grant ended', () => {
    const grant = collector.spans().find(({ name }) => name === 'grant')!;
    const attributes = Object.fromEntries(
      grant.attributes.map(({ key, value }) => [key, Object.values(value)[0]]),
    );
    expect(attributes).toMatchObject({
      'bridge.exit_path': 'Success',
      'bridge.grant_type': 'client_credentials',
      'http.response.status_code': 200,
    });
  });

  test('sends no secret, no query, no path and no header', () => {
    const sent = collector.bodies.join();
    for (const secret of [DEMO_PURECLOUD_CLIENT.secret, ADMIN_KEY, 'secret-query', '4930123456', 'Bearer'])
      expect(sent).not.toContain(secret);
    expect(sent).toContain('deployment.environment');
    expect(sent).toContain('purecloud-bridge');
  });
});

describe('without an endpoint', () => {
  const log = { warn: () => undefined };
  test.each([
    { name: 'nothing set', env: {}, on: false },
    { name: 'a blank endpoint', env: { OTEL_EXPORTER_OTLP_ENDPOINT: ' ' }, on: false },
    {
      name: 'the SDK disabled',
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c', OTEL_SDK_DISABLED: 'true' },
      on: false,
    },
    {
      name: 'no exporter',
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c', OTEL_TRACES_EXPORTER: 'none' },
      on: false,
    },
    {
      name: 'a blank endpoint for traces beside one for all',
      env: { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: '', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c' },
      on: true,
    },
    {
      name: 'an endpoint for traces alone',
      env: { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://c' },
      on: true,
    },
  ])('traces are on or off as the variables say: $name', ({ env, on }) => {
    expect(wantsTraces(env)).toBe(on);
  });

  test('nothing is loaded, and a span costs nothing', async () => {
    const traces = await openTraces({ env: {}, version: '1', log });
    expect(traces).toBe(NO_TRACES);
    const span = traces.start('x', { kind: 'internal' });
    span.end();
    expect(span.traceparent).toBeUndefined();
  });
});
