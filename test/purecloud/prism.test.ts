/** Every request of the outbound client passes a Prism mock of PureCloud's API, made from the schema and nothing else. */
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createOutboundClient, type OutboundClient } from '../../server/purecloud/outbound-client.ts';
import { startSandbox, type RunningSandbox } from '../../sandbox/start-sandbox.ts';
import { DEMO_PURECLOUD_CLIENT } from '../../sandbox/purecloud/create-purecloud-sandbox.ts';
import { createUpstreamParts, type UpstreamParts } from '../support/upstream-client.ts';

type PrismHttp = typeof import('@stoplight/prism-http');
type PrismCore = typeof import('@stoplight/prism-core');
type Operations = Parameters<ReturnType<PrismHttp['createInstance']>['request']>[1];

// Prism is CommonJS, and Jest's loader of modules sees none of its names.
const load = createRequire(import.meta.url);
const SCHEMA = join(import.meta.dirname, '../../sandbox/purecloud/openapi.json');

/** Prism's reader of operations follows no reference by itself. One that leads back to where it is in is left open. */
function withoutReferences(document: object): object {
  const at = (pointer: string) =>
    pointer
      .slice(2)
      .split('/')
      .reduce<unknown>((node, key) => (node as Record<string, unknown>)[key], document);
  const inline = (node: unknown, path: readonly string[]): unknown => {
    if (Array.isArray(node)) return node.map((item) => inline(item, path));
    if (typeof node !== 'object' || node === null) return node;
    const { $ref } = node as { $ref?: unknown };
    if (typeof $ref === 'string') return path.includes($ref) ? {} : inline(at($ref), [...path, $ref]);
    return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, inline(value, path)]));
  };
  return inline(document, []) as object;
}

function createPrism() {
  const { createInstance } = load('@stoplight/prism-http') as PrismHttp;
  const { createLogger } = load('@stoplight/prism-core') as PrismCore;
  const { transformOas3Operations } = load('@stoplight/http-spec/oas3/operation') as {
    transformOas3Operations(document: object): Operations;
  };
  const operations = transformOas3Operations(
    withoutReferences(JSON.parse(readFileSync(SCHEMA, 'utf8')) as object),
  );
  const prism = createInstance(
    {
      mock: { dynamic: false },
      validateRequest: true,
      validateResponse: true,
      checkSecurity: true,
      errors: true,
      upstreamProxy: undefined,
      isProxy: false,
    },
    { logger: createLogger('prism', { level: 'silent' }) },
  );
  return (request: Parameters<typeof prism.request>[0]) => prism.request(request, operations)();
}

interface Met {
  request: string;
  status: number;
  violations: readonly string[];
}

let met: Met[] = [];
let server: http.Server;
let sandbox: RunningSandbox;
let parts: UpstreamParts;
let client: OutboundClient;

/** Prism as a server: its own brings a framework along that nothing else here needs. */
function serve(ask: ReturnType<typeof createPrism>): http.Server {
  const answer = async (req: http.IncomingMessage, res: http.ServerResponse) => {
    const url = new URL(req.url!, 'http://prism.invalid');
    const body = await text(req);
    const query: Record<string, string | string[]> = {};
    for (const key of url.searchParams.keys()) {
      const values = url.searchParams.getAll(key);
      query[key] = values.length === 1 ? values[0]! : values;
    }
    const result = await ask({
      method: req.method!.toLowerCase() as 'get',
      url: { path: url.pathname, query },
      headers: req.headers as Record<string, string>,
      body: body === '' ? undefined : (JSON.parse(body) as unknown),
    });
    const name = `${req.method} ${url.pathname}`;
    if (result._tag === 'Left') {
      met.push({ request: name, status: 404, violations: [result.left.message] });
      res.writeHead(404).end();
      return;
    }
    const { output, validations } = result.right;
    const violations = validations.input.map(({ path = [], message }) => `${path.join('.')} ${message}`);
    met.push({ request: name, status: output.statusCode, violations });
    res.writeHead(output.statusCode, { 'Content-Type': 'application/json' });
    res.end(typeof output.body === 'string' ? output.body : JSON.stringify(output.body ?? {}));
  };
  return http.createServer((req, res) => void answer(req, res));
}

beforeAll(async () => {
  server = serve(createPrism());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // Only for its token: the mock asks for one, and does not look into it.
  sandbox = await startSandbox();
  const { id: clientId, secret: clientSecret } = DEMO_PURECLOUD_CLIENT;
  parts = createUpstreamParts({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tokenUrl: sandbox.purecloud.tokenUrl,
    clientId,
    clientSecret,
    provider: 'purecloud',
  });
  client = createOutboundClient({
    ...parts,
    budget: { acquire: () => Promise.resolve(), report: () => undefined },
    caller: 'sync:spring',
    contactListName: 'Spring',
    log: { warn: () => undefined },
  });
}, 60_000);
afterAll(async () => {
  await client.close();
  await parts.close();
  await sandbox.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
beforeEach(() => {
  met = [];
});

const LAYOUT = { columns: ['FirstName'], phones: [{ column: 'Phone', type: 'Work' }] };
const IDS = ['00v5g00000AbCdEAAV', '00v5g00000AbCdFAAV'];
const CONTACTS = IDS.map((id, index) => ({
  id,
  data: { FirstName: 'Käthe', Phone: `+493012${index}` },
  makeCallable: index === 1,
}));

describe('the mock', () => {
  test.each<[string, () => Promise<unknown>, string]>([
    ['a look at the list', () => client.check(LAYOUT), 'GET /api/v2/outbound/contactlists'],
    ['a new list', () => client.create(LAYOUT), 'POST /api/v2/outbound/contactlists'],
    ['contacts', () => client.upsert('L', CONTACTS), 'POST /api/v2/outbound/contactlists/L/contacts'],
    ['a look at contacts', () => client.read('L', IDS), 'POST /api/v2/outbound/contactlists/L/contacts/bulk'],
    ['deletions', () => client.remove('L', IDS), 'DELETE /api/v2/outbound/contactlists/L/contacts'],
    [
      'contacts made uncallable',
      () => client.block('L', IDS, () => Promise.resolve()),
      'POST /api/v2/outbound/contactlists/L/contacts/bulk',
    ],
    [
      'a look at results',
      () => client.resultsOf('L', IDS),
      'POST /api/v2/outbound/contactlists/L/contacts/bulk',
    ],
    ['a page of results', () => client.readResults({ listId: 'L' }), 'GET /api/v2/outbound/contactlists/L'],
    [
      'a search for results',
      () => client.readResults({ listId: 'L', cursor: 'search:1' }),
      'POST /api/v2/outbound/contactlists/L/contacts/search',
    ],
    ['the wrap-up codes', () => client.wrapUps(), 'GET /api/v2/routing/wrapupcodes'],
  ])('takes %s', async (_name, ask, request) => {
    // What it makes up need not make sense: only the requests are looked at here.
    await ask().catch(() => undefined);
    expect(met.map((one) => one.request)).toContain(request);
    for (const one of met) expect(one).toMatchObject({ status: 200, violations: [] });
  });

  test('refuses what is not as the schema has it', async () => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v2/outbound/contactlists/L/contacts`;
    await fetch(`${url}?doNotQueue=perhaps`, {
      method: 'POST',
      headers: { Authorization: 'Bearer x', 'Content-Type': 'application/json' },
      body: '[{"id":"a"}]',
    });
    await fetch(`${url}/nowhere/else`, { headers: { Authorization: 'Bearer x' } });
    expect(met.map(({ violations }) => violations.length > 0)).toEqual([true, true]);
  });
});
