/** The whole bridge, both sandboxes, a connection to each, and a caller who may use the proxy and nothing else. */
import { Router } from 'express';
import { createOutbound, type Outbound } from '../../../sandbox/purecloud/outbound/create-outbound.ts';
import { DEMO_PURECLOUD_CLIENT } from '../../../sandbox/purecloud/create-purecloud-sandbox.ts';
import {
  DEMO_SALESFORCE_APP,
  DEMO_SALESFORCE_USER,
  type SalesforceSandboxOptions,
} from '../../../sandbox/salesforce/create-salesforce-sandbox.ts';
import { startSandbox, type RunningSandbox } from '../../../sandbox/start-sandbox.ts';
import { ADMIN_KEY, startTestBridge } from '../../support/bridge.ts';

export interface BridgeWithSandbox {
  bridge: { url: string; port: number };
  sandbox: RunningSandbox;
  outbound: Outbound;
  caller: { name: string; key: string };
  /** As an administrator. */
  admin(method: string, path: string, body?: object): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

async function ask(url: string, method: string, body?: object): Promise<Record<string, unknown>> {
  const answer = await fetch(url, {
    method,
    headers: { Authorization: `Bearer ${ADMIN_KEY}`, 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${text}`);
  return (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
}

function connectionsTo(sandbox: RunningSandbox) {
  const { id, secret } = DEMO_PURECLOUD_CLIENT;
  const { clientId, clientSecret } = DEMO_SALESFORCE_APP;
  const { username, password, securityToken } = DEMO_SALESFORCE_USER;
  return {
    purecloud: {
      provider: 'purecloud',
      url: sandbox.purecloud.tokenUrl,
      apiUrl: sandbox.purecloud.url,
      clientId: id,
      clientSecret: secret,
    },
    salesforce: {
      provider: 'salesforce',
      url: sandbox.salesforce.tokenUrl,
      grantType: 'password',
      clientId,
      clientSecret,
      username,
      password,
      securityToken,
    },
  };
}

export async function startBridgeWithSandbox(
  org: NonNullable<SalesforceSandboxOptions['org']> = () => Router(),
): Promise<BridgeWithSandbox> {
  const outbound = createOutbound();
  const { api, files } = outbound;
  const sandbox = await startSandbox({
    purecloud: { api, files },
    salesforce: { org },
  });
  const bridge = await startTestBridge();
  const admin = (method: string, path: string, body?: object) => ask(`${bridge.url}${path}`, method, body);
  for (const [name, connection] of Object.entries(connectionsTo(sandbox)))
    await admin('PUT', `/v1/connections/${name}`, connection);
  const { key } = await admin('PUT', '/v1/callers/apex', { permissions: ['proxy:*'] });
  return {
    bridge: { url: bridge.url, port: Number(new URL(bridge.url).port) },
    sandbox,
    outbound,
    caller: { name: 'apex', key: String(key) },
    admin,
    async close() {
      await bridge.stop();
      await sandbox.close();
    },
  };
}
