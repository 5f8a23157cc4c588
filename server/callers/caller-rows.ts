/** The queries of the callers. */
import { sql, type Kysely, type RawBuilder, type Selectable, type Transaction } from 'kysely';
import type { CallerKeysTable, CallersTable, Tables } from '../database/tables.ts';
import { BridgeError } from '../errors.ts';
import type { Secret } from '../secret.ts';
import { hashApiKey } from './api-key.ts';
import type { StoredCaller } from './caller-index.ts';
import type { CallerJwt, CallerSettings } from './caller.ts';

export const CALLERS_CHANNEL = 'bridge_callers';

export type Trx = Transaction<Tables>;

function toStored(row: Selectable<CallersTable>, keys: readonly Selectable<CallerKeysTable>[]): StoredCaller {
  return {
    caller: {
      ...(row.settings as unknown as CallerSettings),
      name: row.name,
      version: row.version,
      createdAt: row.created_at,
      updatedAt: row.updated_at,
    },
    keys: keys.map(({ key_sha256, created_at, expires_at }) => ({
      sha256: key_sha256,
      createdAt: created_at,
      ...(expires_at === null ? {} : { expiresAt: expires_at }),
    })),
  };
}

export async function lockName(trx: Trx, name: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`caller|${name}`}, 0))`.execute(trx);
}

/** Of two callers who sign in by the same it would be chance who does. */
async function assertNoOther(
  trx: Trx,
  name: string,
  isTheSame: RawBuilder<unknown>,
  conflictWith: (other: string) => { detail: string; remedy: string },
): Promise<void> {
  const { rows } = await sql<{ name: string }>`select name from callers
    where ${isTheSame} and name <> ${name} limit 1`.execute(trx);
  const [other] = rows;
  if (other !== undefined) throw new BridgeError('conflict', conflictWith(other.name));
}

/** @throws BridgeError `conflict`. */
export async function assertOwnCertificate(trx: Trx, name: string, sha256: string): Promise<void> {
  await lockName(trx, `certificate ${sha256}`);
  await assertNoOther(trx, name, sql`settings ->> 'certificateSha256' = ${sha256}`, (other) => ({
    detail: `The caller ${other} signs in with this certificate.`,
    remedy: 'Give every caller a certificate of its own.',
  }));
}

/** @throws BridgeError `conflict`. */
export async function assertOwnJwt(trx: Trx, name: string, jwt: CallerJwt): Promise<void> {
  await lockName(trx, `jwt issuer ${jwt.issuer}`);
  await assertNoOther(trx, name, sql`settings -> 'jwt' = ${JSON.stringify(jwt)}::jsonb`, (other) => ({
    detail: `The caller ${other} signs in with the same JWTs.`,
    remedy: 'Give every caller an audience or a subject of its own.',
  }));
}

export async function readOne(db: Kysely<Tables>, name: string): Promise<StoredCaller | undefined> {
  const row = await db.selectFrom('callers').selectAll().where('name', '=', name).executeTakeFirst();
  if (row === undefined) return undefined;
  const keys = await db
    .selectFrom('caller_keys')
    .selectAll()
    .where('caller', '=', name)
    .orderBy('created_at')
    .execute();
  return toStored(row, keys);
}

export async function readAll(db: Kysely<Tables>): Promise<Map<string, StoredCaller>> {
  const rows = await db.selectFrom('callers').selectAll().execute();
  const keys = await db.selectFrom('caller_keys').selectAll().orderBy('created_at').execute();
  const byCaller = Map.groupBy(keys, ({ caller }) => caller);
  return new Map(rows.map((row) => [row.name, toStored(row, byCaller.get(row.name) ?? [])]));
}

export async function writeSettings(trx: Trx, name: string, settings: CallerSettings): Promise<void> {
  const next = await sql<{ version: number }>`select nextval('caller_version') as version`.execute(trx);
  const row = { settings: JSON.stringify(settings), version: next.rows[0]!.version };
  await trx
    .insertInto('callers')
    .values({ name, ...row })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ ...row, updated_at: sql<Date>`now()` }))
    .execute();
  await sql`select pg_notify(${CALLERS_CHANNEL}, ${name})`.execute(trx);
}

export async function announceCaller(trx: Trx, name: string): Promise<void> {
  await sql`select pg_notify(${CALLERS_CHANNEL}, ${name})`.execute(trx);
}

export interface KeyChange {
  now: Date;
  /** How much longer the present keys work; 0: not at all. */
  overlapSeconds: number;
}

/** The key becomes the caller's; its other keys end after the overlap, those that end sooner keep their end. */
export async function writeKey(
  trx: Trx,
  name: string,
  key: Secret,
  { now, overlapSeconds }: KeyChange,
): Promise<void> {
  const sha256 = hashApiKey(key);
  const end = new Date(now.getTime() + overlapSeconds * 1000).toISOString();
  await sql`update caller_keys set expires_at = least(expires_at, ${end}::timestamptz)
    where caller = ${name} and key_sha256 <> ${sha256}`.execute(trx);
  await trx.deleteFrom('caller_keys').where('caller', '=', name).where('expires_at', '<=', now).execute();
  const { numInsertedOrUpdatedRows = 0n } = await trx
    .insertInto('caller_keys')
    .values({ key_sha256: sha256, caller: name, created_at: now })
    .onConflict((conflict) =>
      conflict.column('key_sha256').doUpdateSet({ expires_at: null }).where('caller_keys.caller', '=', name),
    )
    .executeTakeFirst();
  if (numInsertedOrUpdatedRows > 0n) return;
  throw new BridgeError('conflict', {
    detail: 'Another caller has this key.',
    remedy: 'Give every caller a key of its own.',
  });
}
