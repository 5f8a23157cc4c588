/**
 * `npm run release:record`: what a version leaves behind at the people who run it, kept for the tests of all later versions: a backup with
 * something in every table, and the OpenAPI document. Run once for each release; what is recorded is never changed.
 */
import { createHash } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createOutbound } from '../../sandbox/purecloud/outbound/create-outbound.ts';
import { DEMO_PURECLOUD_CLIENT } from '../../sandbox/purecloud/create-purecloud-sandbox.ts';
import { DEMO_SALESFORCE_APP } from '../../sandbox/salesforce/create-salesforce-sandbox.ts';
import { createSalesforceOrg } from '../../sandbox/salesforce/org/create-salesforce-org.ts';
import { startSandbox } from '../../sandbox/start-sandbox.ts';
import { describeApi } from '../../server/compose/compose-bridge.ts';
import { VERSION } from '../../server/version.ts';
import { startTestBridge, testEnvironment } from './bridge.ts';
import { asAdmin, type AskBridge } from './bridge-client.ts';
import { runCli } from './cli.ts';
import { temporaryDirectory } from './databases.ts';

export const RELEASED = join(import.meta.dirname, '..', 'released');
/** Seals the secrets of the recorded states, which are those of the sandbox. */
export const RELEASED_SECRET_KEY = createHash('sha256').update('released states').digest('base64');

async function finished(ask: AskBridge, id: string): Promise<void> {
  for (;;) {
    const { json } = await ask('GET', `/v1/runs/${id}`);
    if (json.finishedAt !== undefined) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function use(
  ask: AskBridge,
  sandbox: Awaited<ReturnType<typeof startSandbox>>,
  campaignId: string,
): Promise<void> {
  await ask('PUT', '/v1/connections/genesys', {
    provider: 'purecloud',
    url: sandbox.purecloud.tokenUrl,
    apiUrl: sandbox.purecloud.url,
    clientId: DEMO_PURECLOUD_CLIENT.id,
    clientSecret: DEMO_PURECLOUD_CLIENT.secret,
  });
  await ask('PUT', '/v1/connections/crm', {
    provider: 'salesforce',
    url: sandbox.salesforce.tokenUrl,
    apiUrl: sandbox.salesforce.url,
    clientId: DEMO_SALESFORCE_APP.clientId,
    clientSecret: DEMO_SALESFORCE_APP.clientSecret,
  });
  await ask('PUT', '/v1/callers/org', { permissions: ['proxy:genesys', 'read'] });
  await ask('PUT', '/v1/syncs/spring', {
    salesforceConnection: 'crm',
    purecloudConnection: 'genesys',
    campaignId,
    contactListName: 'Spring',
    columns: [{ field: 'FirstName', column: 'First name' }],
    phones: [{ field: 'Phone', column: 'Phone', type: 'Work' }],
    results: [{ result: 'Sale', memberStatus: 'Interested' }],
    schedule: '0 6 * * 1-5',
    timeZone: 'Europe/Berlin',
  });
  await ask('GET', '/v1/syncs/spring/webhook');
  for (const dryRun of [true, false]) {
    const { json } = await ask('POST', '/v1/syncs/spring/runs', { dryRun });
    await finished(ask, json.id as string);
  }
}

/** @returns the files that were written. */
export async function recordRelease(): Promise<string[]> {
  const [backup, api] = [join(RELEASED, `state-${VERSION}.gz`), join(RELEASED, `openapi-${VERSION}.json`)];
  const org = createSalesforceOrg({ campaigns: [{ name: 'Spring', members: 40 }] });
  const outbound = createOutbound();
  outbound.state.addWrapUpCode('Sale');
  const sandbox = await startSandbox({
    purecloud: { api: outbound.api, files: outbound.files, requestsPerMinute: Infinity },
    salesforce: { org: org.org },
  });
  const dataDir = await temporaryDirectory();
  const env = testEnvironment(dataDir, { BRIDGE_SECRET_KEY: RELEASED_SECRET_KEY });
  const bridge = await startTestBridge(env);
  await use(asAdmin(bridge.url), sandbox, org.state.tables.Campaign.idOf(0));
  await bridge.stop();
  await sandbox.close();
  const { exitCode, stderr } = await runCli(['backup', backup], { env });
  if (exitCode !== 0) throw new Error(stderr);
  await rm(dataDir, { recursive: true, force: true });
  await writeFile(api, `${JSON.stringify(describeApi())}\n`);
  return [backup, api];
}

if (import.meta.main) for (const path of await recordRelease()) console.log(path);
