/** An org with data on a port of loopback, and a session in it. */
import {
  createSalesforceOrg,
  type SalesforceOrg,
  type SalesforceOrgOptions,
} from '../../sandbox/salesforce/org/create-salesforce-org.ts';
import {
  DEMO_SALESFORCE_APP,
  type SalesforceSandboxOptions,
} from '../../sandbox/salesforce/create-salesforce-sandbox.ts';
import { startSandbox, type RunningSandbox } from '../../sandbox/start-sandbox.ts';

export const NOW_MS = Date.parse('2026-03-02T10:00:00Z');

/** Whatever the org says: tests look into it. */
type Answer = ReturnType<typeof JSON.parse>;

export interface RunningOrg extends SalesforceOrg {
  sandbox: RunningSandbox;
  campaignId: string;
  /** Path below `/services/data/v66.0`, answered as JSON. @throws where the status is not 2xx. */
  get(path: string): Promise<Answer>;
  ask(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; headers: Headers; text: string }>;
  query(
    soql: string,
  ): Promise<{ totalSize: number; done: boolean; nextRecordsUrl?: string; records: Answer[] }>;
  close(): Promise<void>;
}

async function signIn(tokenUrl: string): Promise<string> {
  const { clientId, clientSecret } = DEMO_SALESFORCE_APP;
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
  });
  const answer = await fetch(tokenUrl, { method: 'POST', body });
  return ((await answer.json()) as { access_token: string }).access_token;
}

export async function startOrg(
  options: SalesforceOrgOptions = {},
  salesforce: SalesforceSandboxOptions = {},
): Promise<RunningOrg> {
  const made = createSalesforceOrg(options);
  const sandbox = await startSandbox({ salesforce: { ...salesforce, org: made.org } });
  const token = await signIn(sandbox.salesforce.tokenUrl);
  const ask: RunningOrg['ask'] = async (method, path, body) => {
    const isText = typeof body === 'string';
    const url = path.startsWith('/services') ? path : `/services/data/v66.0${path}`;
    const answer = await fetch(`${sandbox.salesforce.url}${url}`, {
      method,
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': isText ? 'text/csv' : 'application/json' },
      ...(body === undefined ? {} : { body: isText ? body : JSON.stringify(body) }),
    });
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  };
  const get = async (path: string) => {
    const { status, text } = await ask('GET', path);
    if (status > 299) throw new Error(`${status} ${text}`);
    return JSON.parse(text);
  };
  return {
    ...made,
    sandbox,
    campaignId: made.state.tables.Campaign.idOf(0),
    ask,
    get,
    query: (soql) => get(`/query?q=${encodeURIComponent(soql)}`),
    close: () => sandbox.close(),
  };
}
