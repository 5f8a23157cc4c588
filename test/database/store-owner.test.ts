/** The embedded database is opened by its owner alone, and what another user has left there is no damage. */
import { execFile } from 'node:child_process';
import { chmod, chown, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { openDatabase } from '../../server/database/open-database.ts';
import { otherOwner, storeFault } from '../../server/database/store-owner.ts';
import { embeddedDataDirectory, quietLog } from '../support/databases.ts';

const isRoot = process.geteuid?.() === 0;
let dataDir: string;

beforeEach(async () => {
  dataDir = await embeddedDataDirectory();
});
afterEach(async () => {
  jest.restoreAllMocks();
  await rm(dataDir, { recursive: true });
});

test.each<[string, number | undefined, boolean]>([
  ['its owner', 998, false],
  ['root', 0, true],
  ['another user', 999, true],
  ['whoever is on Windows', undefined, false],
])('%s is refused or not', (_who, userId, isRefused) => {
  const fault = otherOwner('/data/database', 998, userId);
  expect(fault?.options.details).toEqual(isRefused ? { reason: 'otherOwner' } : undefined);
  if (!isRefused) return;
  expect(fault!.message).toContain('the user with the id 998');
  expect(fault!.options.remedy).toMatch(/sudo -u '#998'.*setpriv --reuid=998.*systemd-run .*--uid=998/);
});

test('a process of another user writes nothing, not even a lock', async () => {
  const before = await readdir(dataDir, { recursive: true });
  jest.spyOn(process as Required<typeof process>, 'geteuid').mockReturnValue(process.geteuid!() + 1);
  await expect(openDatabase({ dataDir, log: quietLog })).rejects.toMatchObject({
    options: { details: { reason: 'otherOwner' } },
  });
  expect(await readdir(dataDir, { recursive: true })).toEqual(before);
});

test('damage stays damage where every file can be used', async () => {
  const fault = await storeFault(dataDir, new Error('x'));
  expect(fault.options.details).toEqual({ reason: 'damaged' });
});

const SCRIPT = join(import.meta.dirname, '../support/database-process.ts');

/** Node as somebody to whom permissions mean something. */
async function nodeAs(userId: number, ...args: string[]): Promise<{ stdout: string }> {
  const command = isRoot ? ['setpriv', `--reuid=${userId}`, '--clear-groups'] : ['env'];
  return await promisify(execFile)(command[0]!, [...command.slice(1), process.execPath, ...args]).catch(
    ({ stdout = '' }: { stdout?: string }) => ({ stdout }),
  );
}

test.each(['database/global/pg_control', 'database/pg_wal'])(
  'where %s may not be used, it is named with the chown that mends it',
  async (name) => {
    const ownerId = isRoot ? 65534 : process.geteuid!();
    const tried = await nodeAs(ownerId, '-p', `fs.readFileSync('${SCRIPT}').length`);
    if (tried.stdout === '') return console.warn('left out: an ordinary user cannot read the project');
    const entries = await readdir(dataDir, { recursive: true });
    if (isRoot)
      for (const entry of ['', ...entries]) if (entry !== name) await chown(join(dataDir, entry), ownerId, 0);
    const path = join(dataDir, name);
    await chmod(path, isRoot ? 0o700 : 0);
    const { stdout: said } = await nodeAs(ownerId, SCRIPT, 'open', dataDir);
    await chmod(path, 0o700);
    expect(said).toContain(`may not read and write ${path}`);
    expect(said).not.toContain('damaged');
  },
);
