/** After a restore the ledger knows nothing of what was sent since the backup. */
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { executeRun } from '../../server/campaigns/run/execute-run.ts';
import { dumpDatabase } from '../../server/database/backup/dump-database.ts';
import { loadDatabase } from '../../server/database/backup/load-database.ts';
import { saveConnections, startCampaignApi, type CampaignApi } from '../http/support/campaign-api.ts';
import { quietLog } from '../support/databases.ts';
import { memberId, syncBody } from './support/campaign-fixtures.ts';
import { portsOfWorld, setMember } from './support/fake-world.ts';

const HOUR_MS = 3_600_000;
const JOINED_LATER = memberId(0);

let api: CampaignApi;
beforeAll(async () => {
  api = await startCampaignApi();
  await saveConnections(api);
});
afterAll(() => api.close());
beforeEach(async () => {
  for (const { name } of api.syncs.list()) await api.syncs.remove(name);
  api.world.members.clear();
  api.world.contacts.clear();
  await api.syncs.put('spring', syncBody());
  for (let number = 1; number < 9; number += 1) setMember(api.world, memberId(number), {});
});

/** @param pagesMax The process leaves after so many pages of members. */
async function walk(id: string, pagesMax = Infinity) {
  const leave = new AbortController();
  const ports = portsOfWorld(api.world);
  let pages = 0;
  const source = {
    ...ports.source,
    async readPage(query: Parameters<typeof ports.source.readPage>[0]) {
      pages += 1;
      if (pages > pagesMax) leave.abort();
      return await ports.source.readPage(query);
    },
  };
  const { database, runs, syncs } = api;
  return await executeRun(
    {
      database,
      runs,
      syncs,
      openPorts: () => ({ ...ports, source, close: async () => undefined }),
      log: quietLog,
      every: () => () => undefined,
      retryAfterMs: () => undefined,
      leave: leave.signal,
      limits: { pageSize: 2, sliceSize: 2 },
    },
    id,
  );
}

const newRun = async () => (await api.runs.create({ sync: 'spring', startedBy: 'test' })).id;

async function backup(): Promise<string[]> {
  const lines: string[] = [];
  await dumpDatabase(api.database, {
    bridgeVersion: '0',
    sealedColumns: [],
    nowMs: Date.now(),
    write: async (line) => void lines.push(line),
  });
  return lines;
}

async function restore(lines: readonly string[]): Promise<void> {
  const stream = (async function* () {
    yield* lines;
  })();
  await loadDatabase(api.database, stream, { force: true });
}

test.each([
  ['no run was open', Infinity],
  ['a full run was open', 2],
])('who was sent since the backup and refuses calls is taken off: %s then', async (_what, pagesMax) => {
  await walk(await newRun());
  api.world.nowMs += 25 * HOUR_MS;
  const daily = await newRun();
  await walk(daily, pagesMax);
  const lines = await backup();
  if (pagesMax !== Infinity) await walk(daily);
  api.world.nowMs += HOUR_MS;
  setMember(api.world, JOINED_LATER, {});
  await walk(await newRun());
  expect(api.world.contacts.get(JOINED_LATER)?.callable).toBe(true);

  await restore(lines);
  setMember(api.world, JOINED_LATER, { refusals: ['DoNotCall'] });
  const open = await api.runs.abandoned();
  expect(open).toHaveLength(pagesMax === Infinity ? 0 : 1);
  for (const id of open) await walk(id);
  await walk(await newRun());
  expect(api.world.contacts.get(JOINED_LATER)?.callable ?? false).toBe(false);
});

test('a run that was open at the backup counts each member once', async () => {
  const id = await newRun();
  await walk(id, 2);
  const lines = await backup();
  await restore(lines);
  const { rows } = await sql`select 1 from runs where checkpoint is not null`.execute(api.database.db);
  expect(rows).toEqual([]);
  expect(await walk(id)).toMatchObject({ status: 'Healthy', counts: { membersRead: 8 } });
});
