/** As little as a campaign can be moved with: pages of a query parsed, batches of contacts sent. No database, no rule, no check. */
import { Agent, request, type Dispatcher } from 'undici';
import type { CampaignReady } from './campaign.ts';
import { serveSubject, settings } from './serve-subject.ts';

const BATCH = 1_000;
const COLUMNS = { FirstName: 'FirstName', Phone: 'Phone', MobilePhone: 'Mobile' } as const;

const { salesforce, purecloud, campaignId } = settings<CampaignReady>();
const dispatcher = new Agent();

async function ask<Answer>(
  url: string,
  options: Omit<Dispatcher.RequestOptions, 'origin' | 'path'>,
): Promise<Answer> {
  const { statusCode, body } = await request(url, { ...options, dispatcher });
  const text = await body.text();
  if (statusCode >= 300) throw new Error(`${url}: ${statusCode} ${text.slice(0, 200)}`);
  return JSON.parse(text) as Answer;
}

type Side = CampaignReady['salesforce'];

async function signIn({ tokenUrl, clientId, clientSecret }: Side): Promise<{ authorization: string }> {
  const form = new URLSearchParams({ grant_type: 'client_credentials' });
  const authorization = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
  const headers = { authorization, 'content-type': 'application/x-www-form-urlencoded' };
  const answer = await ask<{ access_token: string }>(tokenUrl, {
    method: 'POST',
    headers,
    body: form.toString(),
  });
  return { authorization: `Bearer ${answer.access_token}` };
}

async function createList(headers: Record<string, string>): Promise<string> {
  const body = {
    name: `Floor ${Date.now()}`,
    columnNames: Object.values(COLUMNS),
    phoneColumns: [
      { columnName: 'Phone', type: 'Work' },
      { columnName: 'Mobile', type: 'Cell' },
    ],
  };
  const url = `${purecloud.url}/api/v2/outbound/contactlists`;
  return (await ask<{ id: string }>(url, { method: 'POST', headers, body: JSON.stringify(body) })).id;
}

interface QueryPage {
  records: Record<string, string | null>[];
  nextRecordsUrl?: string;
}

async function run(): Promise<object> {
  const crm = await signIn(salesforce);
  const dialler = { ...(await signIn(purecloud)), 'content-type': 'application/json' };
  const contactListId = await createList(dialler);
  const contacts = `${purecloud.url}/api/v2/outbound/contactlists/${contactListId}/contacts?priority=false&clearSystemData=false&doNotQueue=true`;
  const soql = `SELECT Id, ${Object.keys(COLUMNS).join(', ')} FROM CampaignMember WHERE CampaignId = '${campaignId}' ORDER BY Id`;
  let path: string | undefined = `/services/data/v60.0/query?q=${encodeURIComponent(soql)}`;
  let members = 0;
  const startedAtMs = performance.now();
  const cpu = process.cpuUsage();
  while (path !== undefined) {
    const page: QueryPage = await ask<QueryPage>(`${salesforce.url}${path}`, { method: 'GET', headers: crm });
    members += page.records.length;
    for (let from = 0; from < page.records.length; from += BATCH) {
      const body = page.records.slice(from, from + BATCH).map(({ Id, FirstName, Phone, MobilePhone }) => ({
        id: Id,
        contactListId,
        data: { FirstName: FirstName ?? '', Phone: Phone ?? '', Mobile: MobilePhone ?? '' },
      }));
      await ask(contacts, { method: 'POST', headers: dialler, body: JSON.stringify(body) });
    }
    path = page.nextRecordsUrl;
  }
  const seconds = (performance.now() - startedAtMs) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const list = `${purecloud.url}/api/v2/outbound/contactlists/${contactListId}`;
  await request(list, { method: 'DELETE', headers: dialler, dispatcher }).then(({ body }) => body.dump());
  return { members, seconds, cpuUs: user + system };
}

serveSubject({ port: 0 }, { stop: () => dispatcher.close(), answer: () => run() });
