/** examples/bridge.yaml is applied as it stands, and the schema that it names is that of this version. */
import { expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { bridgeFileJsonSchema } from '../../server/apply/bridge-file.ts';
import { initFiles, SALESFORCE_FLOWS } from '../../server/cli/init/init-files.ts';
import { parseBridgeFile } from '../../server/apply/read-bridge-file.ts';
import { startTestBridge } from '../support/bridge.ts';
import { runCli } from '../support/cli.ts';

const ROOT = join(import.meta.dirname, '../..');
const EXAMPLE = join(ROOT, 'examples/bridge.yaml');

/** Every variable that a text refers to, filled with something that its rules allow. */
function variablesOf(text: string): Record<string, string> {
  const names = [...text.replace(/#.*$/gm, '').matchAll(/\$\{env:(\w+)\}/g)].map(([, name]) => name!);
  return Object.fromEntries(names.map((name) => [name, `value-of-${name}-0123456789`]));
}

/** As an editor checks it. */
const editorSchema = z.fromJSONSchema(bridgeFileJsonSchema() as Parameters<typeof z.fromJSONSchema>[0]);

test('docs/bridge.schema.json is fresh: pcbridge config schema > docs/bridge.schema.json', async () => {
  const written: unknown = JSON.parse(await readFile(join(ROOT, 'docs/bridge.schema.json'), 'utf8'));
  expect(written).toEqual(JSON.parse(JSON.stringify(bridgeFileJsonSchema())));
  expect(JSON.parse((await runCli(['config', 'schema'])).stdout)).toEqual(written);
});

test('the schema accepts the example, and refuses a literal secret and a name that is not known', async () => {
  const example = parse(await readFile(EXAMPLE, 'utf8')) as {
    connections: { genesys: Record<string, unknown> };
  };
  expect(editorSchema.safeParse(example).error).toBeUndefined();
  const { genesys } = example.connections;
  for (const change of [{ clientSecret: 'literal' }, { timeoutSecond: 5 }, { timeoutSeconds: 'ten' }]) {
    expect(editorSchema.safeParse({ connections: { genesys: { ...genesys, ...change } } }).success).toBe(
      false,
    );
  }
});

test('the example is applied at start and by the command alike, and once is enough', async () => {
  const variables = variablesOf(await readFile(EXAMPLE, 'utf8'));
  const bridge = await startTestBridge({ BRIDGE_CONFIG: EXAMPLE }, { env: variables });
  try {
    const env = { ...variables, PCBRIDGE_URL: bridge.url, PCBRIDGE_KEY: variables.MY_ORG_BRIDGE_KEY };
    expect((await runCli(['connection', 'list'], { env })).stdout).toMatch(/^genesys-example +purecloud/m);
    const asAdmin = { ...env, PCBRIDGE_KEY: 'test-admin-key-0123456789abcdef' };
    const again = await runCli(['apply', '-f', EXAMPLE, '--json', '--prune', '--yes'], { env: asAdmin });
    expect(JSON.parse(again.stdout)).toMatchObject({ changes: [], unchanged: 6 });
  } finally {
    await bridge.stop();
  }
});

test.each([
  { name: 'purecloud', region: 'us_west_2' },
  ...SALESFORCE_FLOWS.map((flow) => ({
    name: 'pc',
    region: 'eu_central_1',
    salesforce: { name: 'sf', url: 'https://acme.my.salesforce.com', flow },
  })),
])('what init writes for $salesforce.flow is right, and holds no secret', async (answers) => {
  const [file, variables, schema] = initFiles(answers).map(({ content }) => content);
  expect(editorSchema.safeParse(parse(file!)).error).toBeUndefined();
  expect(JSON.parse(schema!)).toEqual(JSON.parse(JSON.stringify(bridgeFileJsonSchema())));
  const env: Record<string, string> = variablesOf(file!);
  // A key has a form of its own; what is wrong with this one is all that may be wrong.
  const faults = await parseBridgeFile('bridge.yaml', file!, { env, directory: '/' }).then(
    () => '',
    (error: Error) => error.message,
  );
  expect(
    faults
      .split('\n')
      .slice(1)
      .filter((line) => !line.includes('privateKey must be an RSA private key')),
  ).toEqual([]);
  for (const name of Object.keys(env)) expect(variables).toMatch(new RegExp(`^${name}=$`, 'm'));
});
