/** A run outlives the process that walks it: killed, told to stop, or cut off from its database. */
import { rm } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { testEnvironment } from '../support/bridge.ts';
import {
  holdBatches,
  isEnded,
  startCampaignStage,
  startRun,
  untilRun,
  type CampaignStage,
} from '../support/campaign-stage.ts';
import {
  embeddedDataDirectory,
  startPostgres,
  temporaryDirectory,
  type PostgresServer,
} from '../support/databases.ts';
import { spawnBridge, type SpawnedBridge } from '../support/spawned-bridge.ts';

const MEMBERS = 2_500;
const PATIENCE_MS = 60_000;
/** The second of three batches is on its way: the first was confirmed, and is in the database. */
const CONFIRMED = 1;

let stage: CampaignStage;
let bridges: SpawnedBridge[] = [];
let directories: string[] = [];

beforeEach(async () => {
  stage = await startCampaignStage(MEMBERS);
});

afterEach(async () => {
  stage.letIn(() => undefined);
  await Promise.all(bridges.map((bridge) => bridge.kill('SIGKILL')));
  await stage.close();
  await Promise.all(directories.map((directory) => rm(directory, { recursive: true, force: true })));
  [bridges, directories] = [[], []];
});

async function spawn(env: NodeJS.ProcessEnv): Promise<SpawnedBridge> {
  const bridge = await spawnBridge(env);
  bridges.push(bridge);
  return bridge;
}

async function directory(made: Promise<string>): Promise<string> {
  const path = await made;
  directories.push(path);
  return path;
}

/** What a run that nothing disturbed makes of the same campaign. */
async function undisturbed(url: string) {
  const calm = await startCampaignStage(MEMBERS);
  try {
    await calm.save(url, { contactListName: 'Calm' });
    const { id } = await startRun(url);
    const run = await untilRun(url, id, isEnded);
    return { contacts: calm.contacts(), counts: run.counts };
  } finally {
    await calm.close();
  }
}

/** Members are drawn by number: both campaigns are the same. */
async function expectWhole(url: string, id: string): Promise<void> {
  const run = await untilRun(url, id, isEnded, { waitMs: 60_000 });
  expect(run).toMatchObject({ status: 'Healthy', phase: 'done' });
  const contacts = stage.contacts();
  // Each member is counted once, and each contact is there once, under its own id.
  expect(run.counts.membersRead).toBe(MEMBERS);
  expect(run.counts.added).toBe(Object.keys(contacts).length);
  const calm = await undisturbed(url);
  expect(contacts).toEqual(calm.contacts);
  expect(run.counts).toEqual(calm.counts);
}

describe('with one database for two instances, a run', () => {
  let postgres: PostgresServer;
  let env: NodeJS.ProcessEnv;
  let admin: pg.Pool;

  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(async () => {
    await postgres.stop();
  });
  beforeEach(async () => {
    const DATABASE_URL = await postgres.createDatabase();
    const BRIDGE_SECRET_KEY = Buffer.from('0123456789abcdef0123456789abcdef').toString('base64');
    const own = await directory(temporaryDirectory());
    env = testEnvironment(own, { DATABASE_URL, BRIDGE_SECRET_KEY, LOG_LEVEL: 'warn' });
    admin = new pg.Pool({ connectionString: DATABASE_URL, max: 1 });
    admin.on('error', () => undefined);
  });
  afterEach(async () => {
    await admin.end();
  });

  /** One instance walks it alone; the other comes then. */
  async function midway() {
    const first = await spawn(env);
    await stage.save(first.url);
    const held = holdBatches(stage, CONFIRMED);
    const { id } = await startRun(first.url);
    await held.arrived;
    const second = await spawn({ ...env, BRIDGE_DATA_DIR: await directory(temporaryDirectory()) });
    return { first, second, id, ...held };
  }

  test('of a process that is killed is ended by the other, with the same list', async () => {
    const { first, second, id, open } = await midway();
    await first.kill('SIGKILL');
    open();
    // A minute later.
    await admin.query(`update runs set lease_until = now() where id = $1`, [id]);
    await expectWhole(second.url, id);
  });

  test('of a process that is told to stop is handed over at once', async () => {
    const { first, second, id, open } = await midway();
    first.process.kill('SIGTERM');
    expect(await first.ended).toBe(0);
    open();
    await expectWhole(second.url, id);
  });

  test(
    'goes on when the database was restarted under it',
    async () => {
      const { first, second, id, open } = await midway();
      await second.kill('SIGKILL');
      await postgres.goAway();
      open();
      await postgres.comeBack();
      await expectWhole(first.url, id);
    },
    PATIENCE_MS,
  );
});

test(
  'with the embedded database, a run goes on when the killed bridge is started again',
  async () => {
    const env = testEnvironment(await directory(embeddedDataDirectory()));
    const first = await spawn(env);
    await stage.save(first.url);
    const { arrived, open } = holdBatches(stage, CONFIRMED);
    const { id } = await startRun(first.url);
    await arrived;
    await first.kill('SIGKILL');
    open();
    const second = await spawn(env);
    await expectWhole(second.url, id);
  },
  PATIENCE_MS,
);
