import { readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { generateSecretKey } from '../../server/database/sealed-secret.ts';
import { loadSecretKeys, SECRET_KEY_FILE } from '../../server/database/secret-key.ts';
import { Secret } from '../../server/secret.ts';
import { temporaryDirectory } from '../support/databases.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = await temporaryDirectory();
});
afterEach(async () => {
  await rm(dataDir, { recursive: true });
});

test('is made at first start, for its owner alone, and found again', async () => {
  const deeper = join(dataDir, 'not', 'there');
  const made = await loadSecretKeys({ dataDir: deeper, production: false });
  expect((await stat(join(deeper, SECRET_KEY_FILE))).mode & 0o777).toBe(0o600);
  expect((await loadSecretKeys({ dataDir: deeper, production: false })).current.id).toBe(made.current.id);
});

test('is one and the same for processes that start at once, and leaves no drafts', async () => {
  const rings = await Promise.all(
    Array.from({ length: 8 }, () => loadSecretKeys({ dataDir, production: false })),
  );
  expect(new Set(rings.map(({ current }) => current.id)).size).toBe(1);
  expect(await readdir(dataDir)).toEqual([SECRET_KEY_FILE]);
});

test('is never made in production: the bridge refuses to start', async () => {
  await expect(loadSecretKeys({ dataDir, production: true })).rejects.toMatchObject({
    code: 'unavailable',
    options: {
      details: { reason: 'secretKeyMissing' },
      remedy: expect.stringContaining('BRIDGE_SECRET_KEY'),
    },
  });
  expect(await readdir(dataDir)).toEqual([]);
});

test('is taken from the variable, the first to seal and all to open, and then no file is made', async () => {
  const [first, second] = [generateSecretKey(), generateSecretKey()];
  const secretKey = new Secret(`${first.key.reveal()}, ${second.key.reveal()}`);
  const ring = await loadSecretKeys({ secretKey, dataDir, production: true });
  expect([ring.current.id, ...ring.previous.map(({ id }) => id)]).toEqual([first.id, second.id]);
  expect(await readdir(dataDir)).toEqual([]);
});

test('is not replaced when its file is damaged', async () => {
  await writeFile(join(dataDir, SECRET_KEY_FILE), 'no key');
  await expect(loadSecretKeys({ dataDir, production: false })).rejects.toThrow('does not hold a key');
  expect(await readFile(join(dataDir, SECRET_KEY_FILE), 'utf8')).toBe('no key');
});

test('says so where the data directory is a file', async () => {
  await writeFile(join(dataDir, 'file'), '');
  await expect(loadSecretKeys({ dataDir: join(dataDir, 'file'), production: false })).rejects.toMatchObject({
    options: { details: { reason: 'notADirectory' } },
  });
});
