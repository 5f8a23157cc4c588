import { describe, expect, test } from '@jest/globals';
import { openConnectionStore } from '../../server/connections/connection-store.ts';
import { CONNECTION_SECRETS } from '../../server/connections/connection-row.ts';
import { rotateSecrets } from '../../server/database/rotate-secrets.ts';
import { generateSecretKey, isSealedWith } from '../../server/database/sealed-secret.ts';
import { quietLog } from '../support/databases.ts';
import type { ContextOf } from './battery-context.ts';

const ROWS = 25;

export function rotationBattery(contextOf: ContextOf): void {
  describe('key rotation', () => {
    test('seals everything anew while no read fails and no write is lost', async () => {
      const { database, other } = contextOf();
      await database.db.deleteFrom('connections').execute();
      const [from, to] = [generateSecretKey(), generateSecretKey()];
      const writer = await openConnectionStore({
        database,
        ring: { current: from, previous: [to] },
        log: quietLog,
      });
      const names = Array.from({ length: ROWS }, (_, index) => `rotated-${index}`);
      const body = (secret: string) => ({
        provider: 'purecloud',
        region: 'usw2',
        clientId: 'id',
        clientSecret: secret,
      });
      for (const name of names) await writer.put(name, body(`secret of ${name}`));

      const rotating = rotateSecrets(database, { from, to, columns: [CONNECTION_SECRETS], batchRows: 4 });
      const reads: (string | undefined)[] = [];
      for (let round = 0; round < 5; round += 1) {
        const reader = await openConnectionStore({
          database: other,
          ring: { current: from, previous: [to] },
          log: quietLog,
        });
        reads.push(...names.map((name) => reader.get(name).clientSecret?.reveal()));
        await reader.close();
        await writer.put('rotated-7', { ...body('secret of rotated-7'), timeoutSeconds: 11 + round });
      }
      await rotating;
      expect(reads).toEqual(Array.from({ length: 5 }, () => names.map((name) => `secret of ${name}`)).flat());

      // What the writer sealed with the old key meanwhile is found by running it again.
      await rotateSecrets(database, { from, to, columns: [CONNECTION_SECRETS] });
      const rows = await database.db.selectFrom('connections').select('secrets').execute();
      expect(rows.every(({ secrets }) => isSealedWith(to, secrets.clientSecret!))).toBe(true);
      expect(await rotateSecrets(database, { from, to, columns: [CONNECTION_SECRETS] })).toEqual({
        resealed: 0,
      });

      const after = await openConnectionStore({
        database: other,
        ring: { current: to, previous: [] },
        log: quietLog,
      });
      expect(after.get('rotated-7')).toMatchObject({ timeoutSeconds: 15 });
      expect(after.get('rotated-7').clientSecret?.reveal()).toBe('secret of rotated-7');
      await after.close();
      await writer.close();
    });
  });
}
