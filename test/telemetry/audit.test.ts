/** The audit: what is written down of a change, and that nobody changes that unseen. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sql } from 'kysely';
import { createActivityStore } from '../../server/telemetry/activity.ts';
import { readAudit } from '../../server/telemetry/audit.ts';
import {
  AUDIT_START,
  chained,
  createAuditVerifier,
  type AuditEntry,
  type AuditHead,
} from '../../server/telemetry/audit-chain.ts';
import type { Database } from '../../server/database/database.ts';
import { runCli } from '../support/cli.ts';
import { quietLog, startPostgres, temporaryDirectory, type PostgresServer } from '../support/databases.ts';

function chainOf(length: number): AuditEntry[] {
  let head: AuditHead = AUDIT_START;
  return Array.from({ length }, (_, index) => {
    const at = new Date(index * 1_000).toISOString();
    const entry = chained(head, {
      at,
      caller: 'admin',
      action: 'changed',
      connection: `c-${index}`,
      summary: null,
      correlationId: null,
    });
    head = entry;
    return entry;
  });
}

function verdictOf(entries: readonly AuditEntry[], head?: AuditHead) {
  const verifier = createAuditVerifier(head);
  for (const entry of entries) verifier.next(entry);
  return verifier.end();
}

describe('the chain', () => {
  const CHAIN = chainOf(30);
  const last = CHAIN.at(-1)!;

  test('is whole where nothing was touched, and where nothing was written', () => {
    expect(verdictOf(CHAIN)).toEqual({ outcome: 'whole', head: { seq: 30, hash: last.hash } });
    expect(verdictOf([])).toEqual({ outcome: 'whole', head: AUDIT_START });
  });

  test('breaks where any member of any entry is changed', () => {
    const change = fc.record(
      {
        at: fc.string(),
        caller: fc.string(),
        action: fc.string(),
        connection: fc.string(),
        summary: fc.string(),
        correlationId: fc.string(),
        hash: fc.string(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.nat(29), change, (index, members) => {
        fc.pre(Object.keys(members).length > 0);
        const touched = CHAIN.with(index, { ...CHAIN[index]!, ...members });
        expect(verdictOf(touched)).toMatchObject({ outcome: 'broken', seq: index + 1 });
      }),
    );
  });

  test('breaks where one is removed or put elsewhere, whatever it is numbered then', () => {
    fc.assert(
      fc.property(fc.nat(28), fc.nat(29), fc.boolean(), (from, to, renumbers) => {
        fc.pre(from !== to);
        const moved = CHAIN.toSpliced(from, 1).toSpliced(to, 0, CHAIN[from]!);
        for (const entries of [CHAIN.toSpliced(from, 1), moved]) {
          const shown = renumbers ? entries.map((entry, index) => ({ ...entry, seq: index + 1 })) : entries;
          expect(verdictOf(shown).outcome).toBe('broken');
        }
      }),
    );
  });

  test('with a noted head, breaks where its end is cut off or it was made anew', () => {
    expect(verdictOf(CHAIN.slice(0, 20)).outcome).toBe('whole');
    expect(verdictOf(CHAIN.slice(0, 20), last)).toMatchObject({ outcome: 'broken', seq: 21 });
    const anew = chained(AUDIT_START, { ...CHAIN[0]!, caller: 'nobody' });
    expect(verdictOf([anew], CHAIN[0])).toMatchObject({ outcome: 'broken', seq: 1 });
    expect(verdictOf(CHAIN, CHAIN[10])).toMatchObject({ outcome: 'whole' });
  });
});

describe('in the database', () => {
  let server: PostgresServer;
  let databases: Database[];
  let url: string;
  let directory: string;
  beforeAll(async () => {
    server = await startPostgres();
    databases = [await server.open(), await server.openAgain!()];
    url = (databases[0]!.raw as { connectionString: string }).connectionString;
    directory = await temporaryDirectory();
  }, 60_000);
  afterAll(() => server.stop());

  async function read(): Promise<AuditEntry[]> {
    const entries: AuditEntry[] = [];
    for await (const entry of readAudit(databases[0]!)) entries.push(entry);
    return entries;
  }

  test('two instances that write at once make one chain, of changes alone, whatever texts they hold', async () => {
    const stores = databases.map((database) => createActivityStore({ database, log: quietLog }));
    for (let index = 0; index < 40; index += 1) {
      const store = stores[index % 2]!;
      store.record({ kind: 'tokenRequest', result: 'Success', connection: 'crm' });
      store.record({
        kind: 'change',
        result: 'changed',
        caller: 'admin',
        connection: 'crm',
        summary: `é\ud800\0 ${index}`,
      });
      if (index % 5 === 0) await store.flush();
    }
    await Promise.all(stores.map((store) => store.close()));
    const entries = await read();
    expect(entries).toHaveLength(40);
    expect(verdictOf(entries).outcome).toBe('whole');
  });

  test('the offline verifier finds what was changed or removed there', async () => {
    const env = { DATABASE_URL: url, BRIDGE_DATA_DIR: directory };
    const whole = await runCli(['audit', 'verify'], { env });
    expect([whole.exitCode, whole.stdout]).toEqual([
      0,
      expect.stringMatching(/^whole: 40 entries; head 40:[0-9a-f]{64}$/),
    ]);
    const head = whole.stdout.split(' ').at(-1)!;
    const { stdout } = await runCli(['audit', 'export'], { env });
    const file = join(directory, 'audit.jsonl');
    await writeFile(file, stdout);
    expect((await runCli(['audit', 'verify', file, '--head', head])).exitCode).toBe(0);
    await writeFile(file, stdout.split('\n').slice(0, -1).join('\n'));
    expect(await runCli(['audit', 'verify', file, '--head', head])).toMatchObject({
      exitCode: 1,
      stdout: expect.stringContaining('cut off'),
    });
    await sql`update audit_entries set caller = 'somebody' where seq = 7`.execute(databases[0]!.db);
    expect(await runCli(['audit', 'verify'], { env })).toMatchObject({
      exitCode: 1,
      stdout: expect.stringContaining('entry 7'),
    });
    await sql`delete from audit_entries where seq = 3`.execute(databases[0]!.db);
    expect(JSON.parse((await runCli(['audit', 'verify', '--json'], { env })).stdout)).toMatchObject({
      outcome: 'broken',
      seq: 3,
    });
  });

  test.each(['', '\n\n'])('a file without an entry (%j) is no export that is whole', async (stdin) => {
    expect(await runCli(['audit', 'verify', '-'], { stdin })).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringMatching(/holds no entry of an audit[^]*Try: .*audit export/),
    });
  });

  test.each([
    ['a head that is none', ['verify', '--head', 'x'], ''],
    ['a file that is not there', ['verify', '/nonexistent'], ''],
    ['a line that is no entry', ['verify', '-'], 'hello\n'],
  ])('the verifier says what is wrong with %s', async (_what, args, stdin) => {
    const { exitCode, stderr } = await runCli(['audit', ...args], {
      stdin,
      env: { DATABASE_URL: url, BRIDGE_DATA_DIR: directory },
    });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('Try: ');
  });
});
