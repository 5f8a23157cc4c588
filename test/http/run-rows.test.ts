/** Rows of a run over HTTP: tens of thousands, page by page and as a file that is never whole in memory. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { request } from 'node:http';
import { sql } from 'kysely';
import { syncBody } from '../campaigns/support/campaign-fixtures.ts';
import { saveConnections, startCampaignApi, type CampaignApi } from './support/campaign-api.ts';

const ROWS = 20_000;
// Wide enough that the file is many times what the buffers of a connection hold: 20 MB.
const NOTE = 'n'.repeat(900);

let api: CampaignApi;
let run: string;
beforeAll(async () => {
  api = await startCampaignApi();
  await saveConnections(api);
  await api.syncs.put('spring', syncBody());
  run = (await api.runs.create({ sync: 'spring', startedBy: 'org' })).id;
  await sql`
    insert into run_rows (run, seq, member_id, outcome, reason_code, field, detail, original)
    select ${run}::uuid, n, '00v' || lpad(n::text, 15, '0'), case when n % 100 = 0 then 'failed' else 'skipped' end,
      case when n % 100 = 0 then 'contact_refused' else 'phone_missing' end, 'Phone',
      case when n % 100 = 0 then '{"upstreamCode":"invalid.contact.id"}'::jsonb else '{"field":"Phone"}'::jsonb end,
      jsonb_build_object('FirstName', '=1+' || n, 'Phone', '+49 30 ' || n, 'Note', ${NOTE}::text, 'Empty', null)
    from generate_series(1, ${ROWS}::int) as n`.execute(api.database.db);
}, 60_000);
afterAll(() => api.close());

test('every row comes once, page by page', async () => {
  let seen = 0;
  for (let after: number | undefined = 0; after !== undefined;) {
    const { json } = await api.ask('GET', `/v1/runs/${run}/rows?limit=2000&after=${after}`, { as: 'org' });
    const isNext = json.rows.every(({ seq }: { seq: number }) => seq === (seen += 1));
    expect(isNext).toBe(true);
    after = json.nextAfter;
  }
  expect(seen).toBe(ROWS);
}, 60_000);

test('a row says why, what to do, and what was read', async () => {
  const { json } = await api.ask('GET', `/v1/runs/${run}/rows?outcome=failed&limit=1`, { as: 'org' });
  expect(json).toEqual({
    rows: [
      {
        seq: 100,
        memberId: '00v000000000000100',
        outcome: 'failed',
        reasonCode: 'contact_refused',
        sentence: 'PureCloud refused this contact (invalid.contact.id).',
        remedy: expect.any(String),
        field: 'Phone',
        original: { FirstName: '=1+100', Phone: '+49 30 100', Note: NOTE },
      },
    ],
    nextAfter: 100,
  });
});

test.each(['outcome=bad', 'limit=0', 'limit=2001', 'after=-1', 'after=x', 'page=1'])(
  'refuses ?%s',
  async (query) => {
    expect((await api.ask('GET', `/v1/runs/${run}/rows?${query}`, { as: 'org' })).status).toBe(400);
  },
);

test('the file has the columns of the contract, no formula, and every row', async () => {
  const { status, headers, text } = await api.ask('GET', `/v1/runs/${run}/rows.csv`, { as: 'org' });
  expect([status, headers.get('content-type')]).toEqual([200, 'text/csv; charset=utf-8']);
  expect(headers.get('content-disposition')).toBe(`attachment; filename="spring-${run}-rows.csv"`);
  const lines = text.split('\r\n');
  expect(lines[0]).toBe('sf__Id,sf__Error,reasonCode,Phone,FirstName,Empty,Note');
  expect(lines[1]).toMatch(/^00v000000000000001,"?No phone number.*,phone_missing,\+49 30 1,'=1\+1,,n+$/);
  expect(lines).toHaveLength(ROWS + 2);
  expect(api.recorded.at(-1)).toMatchObject({ result: 'rowsRead', caller: 'org' });
  const some = await api.ask('GET', `/v1/runs/${run}/rows.csv?outcome=failed`, { as: 'org' });
  expect(some.text.split('\r\n')).toHaveLength(ROWS / 100 + 2);
}, 60_000);

test('a reader that stops reading stops the reading of the database', async () => {
  const pages: number[] = [];
  const rows = api.runs.rows.bind(api.runs);
  api.runs.rows = async (id, filter) => {
    pages.push(filter?.after ?? 0);
    return await rows(id, filter);
  };
  try {
    await new Promise<void>((resolve, reject) => {
      const sent = request(`${api.url}/v1/runs/${run}/rows.csv`, {
        headers: { authorization: 'Bearer org' },
      });
      sent.once('error', reject);
      sent.once('response', (response) => {
        response.once('data', () => {
          response.pause();
          // As long as whole pages still come, the buffers of the sockets are not full.
          let last = -1;
          const timer = setInterval(() => {
            if (pages.length !== last) {
              last = pages.length;
              return;
            }
            clearInterval(timer);
            response.destroy();
            resolve();
          }, 500);
        });
      });
      sent.end();
    });
    expect(pages.length).toBeLessThan(ROWS / 2_000);
  } finally {
    api.runs.rows = rows;
  }
}, 60_000);
