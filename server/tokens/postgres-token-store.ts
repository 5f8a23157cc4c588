/**
 * The token store on PostgreSQL, embedded or a server: a row per connection, compare-and-set in the WHERE of each UPDATE, tokens
 * sealed, NOTIFY for those who wait. Every instant is taken from `clock_timestamp()`, so the database's clock is the only one.
 */
import { sql, type Kysely, type RawBuilder } from 'kysely';
import { z } from 'zod';
import type { Database } from '../database/database.ts';
import type { SealedColumn } from '../database/rotate-secrets.ts';
import { openSecret, sealSecret, type KeyRing } from '../database/sealed-secret.ts';
import { toStoredJson } from '../database/stored-json.ts';
import { BridgeError } from '../errors.ts';
import type { Secret } from '../secret.ts';
import type { BrokerLog } from './broker-observers.ts';
import { decideLoginAttempt, LOGIN_WINDOW_MS } from './login-attempts.ts';
import { createOwnerAbsences } from './owner-absence.ts';
import { createOwnerPresence, isOwnerMissing, isOwnerPresent } from './owner-presence.ts';
import {
  TOKEN_CHANGES,
  type GrantLock,
  type GrantLockRequest,
  type GrantResult,
  type LoginCount,
  type Publication,
  type PublicationOutcome,
  type StoredFailure,
  type TokenChange,
  type TokenRecord,
  type TokenStore,
} from './token-store.ts';

const CHANNEL = 'token_changes';
/** The session may have ended without a word before the first; that it does so again means that the database is not well. */
const PRESENCE_TRIES = 2;

/** For the rotation of the key. */
export const TOKEN_SECRETS: SealedColumn = {
  table: 'connection_tokens',
  keyColumn: 'connection',
  column: 'secrets',
  identityOf: (connection, field) => `token|${connection}|${field}`,
};
const IDENTITY_FIELD = 'accessToken';

const changeSchema = z.object({ kind: z.enum(TOKEN_CHANGES), name: z.string(), origin: z.string() });

interface StoredTokenJson {
  tokenType: string;
  instanceUrl?: string;
  lifeMs: number;
}

interface Row {
  generation: number;
  epoch: number;
  credential_version: number | null;
  secrets: { accessToken?: string };
  token: StoredTokenJson | null;
  remaining_ms: number | null;
  age_ms: number | null;
  is_rejected: boolean;
  rejections_in_a_row: number;
  grant_not_before_in_ms: number | null;
  failure: Omit<StoredFailure, 'retryInMs'> | null;
  retry_in_ms: number | null;
  lock_owner: string | null;
  is_owner_missing: boolean;
  lock_remaining_ms: number | null;
}

type Queries = Kysely<never>;

/** Milliseconds from the database's now until that instant. */
function msUntil(column: string): RawBuilder<unknown> {
  return sql`(extract(epoch from ${sql.ref(column)} - clock_timestamp()) * 1000)::float8`;
}

function inMs(ms: number): RawBuilder<unknown> {
  return sql`${ms}::float8 * interval '1 millisecond'`;
}

interface RowReading {
  open(envelope: string): Secret | undefined;
  /** Whether the owner of the lock is taken for gone. */
  isGone(owner: string, isMissing: boolean): boolean;
}

function toRecord(row: Row, { open, isGone }: RowReading): TokenRecord {
  const { token, secrets, failure } = row;
  const record: TokenRecord = {
    generation: row.generation,
    epoch: row.epoch,
    rejectionsInARow: row.rejections_in_a_row,
    grantNotBeforeInMs: row.grant_not_before_in_ms ?? 0,
  };
  if (row.credential_version !== null) record.credentialVersion = row.credential_version;
  const accessToken = secrets.accessToken === undefined ? undefined : open(secrets.accessToken);
  if (token !== null && accessToken !== undefined && row.remaining_ms !== null) {
    const ageMs = row.age_ms ?? 0;
    record.token = { ...token, accessToken, remainingMs: row.remaining_ms, ageMs, rejected: row.is_rejected };
  }
  if (failure !== null) {
    record.failure = row.retry_in_ms === null ? failure : { ...failure, retryInMs: row.retry_in_ms };
  }
  if (row.lock_owner !== null) {
    const remainingMs = isGone(row.lock_owner, row.is_owner_missing) ? 0 : (row.lock_remaining_ms ?? 0);
    record.lock = { owner: row.lock_owner, remainingMs };
  }
  return record;
}

/** Thrown to roll the lock back where the budget of sign-ins is used up. */
class BudgetUsedUp extends Error {
  readonly retryAfterMs: number;

  constructor(retryAfterMs: number) {
    super('the sign-ins of this hour are used up');
    this.retryAfterMs = retryAfterMs;
  }
}

/** @param isGone SQL: the owner of the present lock is taken for gone. */
async function lockRow(
  db: Queries,
  request: GrantLockRequest,
  isGone: RawBuilder<boolean>,
): Promise<GrantLock> {
  const { name, owner, credentialVersion: version, expectedEpoch, ttlMs } = request;
  const isOther = sql`credential_version is distinct from ${version}::bigint`;
  const { rows } = await sql<{ epoch: number; generation_floor: number }>`
    update connection_tokens set
      generation_floor = greatest(generation, generation_floor) + (lock_owner is not null)::int,
      epoch = epoch + 1,
      secrets = case when ${isOther} then '{}'::jsonb else secrets end,
      token = case when ${isOther} then null else token end,
      failure = case when ${isOther} then null else failure end,
      rejections_in_a_row = case when ${isOther} then 0 else rejections_in_a_row end,
      credential_version = ${version}::bigint,
      lock_owner = ${owner},
      lock_granted_at = clock_timestamp(),
      lock_expires_at = clock_timestamp() + ${inMs(ttlMs)}
    where connection = ${name} and epoch = ${expectedEpoch}::bigint
      and coalesce(credential_version, 0) <= ${version}::bigint
      and (lock_owner is null or lock_owner = ${owner} or lock_expires_at <= clock_timestamp()
        or ${isGone})
      and ${isOwnerPresent(sql`${owner}::text`)}
    returning epoch::float8 as epoch, generation_floor::float8 as generation_floor`.execute(db);
  const row = rows[0];
  if (row === undefined) return { outcome: 'changed' };
  return { outcome: 'acquired', epoch: row.epoch, generationFloor: row.generation_floor };
}

async function countLogin(db: Queries, login: NonNullable<GrantLockRequest['login']>): Promise<void> {
  await sql`insert into login_attempts (login_key) values (${login.key}) on conflict do nothing`.execute(db);
  const { rows } = await sql<{ attempts: number[]; now_ms: number }>`
    select to_json(attempted_at) as attempts, (extract(epoch from clock_timestamp()) * 1000)::float8 as now_ms
    from login_attempts where login_key = ${login.key} for update`.execute(db);
  const { attempts, now_ms: nowMs } = rows[0]!;
  const decision = decideLoginAttempt(attempts, nowMs, login.attemptsPerHourMax);
  if (!decision.allowed) throw new BudgetUsedUp(decision.retryAfterMs);
  await sql`update login_attempts set updated_at = clock_timestamp(),
    attempted_at = array(select json_array_elements_text(${JSON.stringify(decision.attemptedAtMs)}::json)::float8)
    where login_key = ${login.key}`.execute(db);
}

function assignments(result: GrantResult, sealed: string): RawBuilder<unknown> {
  const unlocked = sql`lock_owner = null, lock_granted_at = null, lock_expires_at = null`;
  if (result.kind === 'nothing') return unlocked;
  if (result.kind === 'failure') {
    const { retryInMs, ...failure } = result.failure;
    const retryAt = retryInMs === undefined ? sql`null` : sql`clock_timestamp() + ${inMs(retryInMs)}`;
    return sql`${unlocked}, failure = ${toStoredJson(failure)}::jsonb, retry_at = ${retryAt}`;
  }
  const { tokenType, instanceUrl, lifeMs } = result;
  const token: StoredTokenJson = { tokenType, lifeMs, ...(instanceUrl === undefined ? {} : { instanceUrl }) };
  return sql`${unlocked}, failure = null, retry_at = null,
    generation = greatest(generation, generation_floor, ${result.generationFloor}::bigint) + 1,
    secrets = ${sealed}::jsonb, token = ${toStoredJson(token)}::jsonb, is_rejected = false,
    issued_at = lock_granted_at, expires_at = lock_granted_at + ${inMs(result.expiresInMs)},
    grant_not_before = clock_timestamp() + ${inMs(result.grantNotBeforeInMs)},
    rejections_in_a_row = ${result.rejectionsInARow}::int`;
}

/**
 * Opens the store; the tables are those of migration `0004-tokens`.
 * @param ring Seals the tokens. A token that cannot be opened (another key, a changed bit) counts as absent.
 * @throws where LISTEN fails: without notices, those who wait for another instance would learn late.
 */
export async function openPostgresTokenStore(
  database: Database,
  ring: KeyRing,
  log: BrokerLog,
  monotonicMs: () => number = () => performance.now(),
): Promise<TokenStore> {
  const db = database.db as unknown as Queries;
  const presence = createOwnerPresence(database, log);
  const absences = createOwnerAbsences(monotonicMs);
  const listeners = new Set<(change: TokenChange | undefined) => void>();

  function tell(change: TokenChange | undefined): void {
    for (const listener of listeners) listener(change);
  }

  const stopListening = await database.listen(CHANNEL, {
    onMessage(payload) {
      const change = changeSchema.safeParse(parseJson(payload));
      if (change.success) tell(change.data);
    },
    onGap() {
      tell(undefined);
    },
  });

  function notice(change: TokenChange): RawBuilder<unknown> {
    return sql`pg_notify(${CHANNEL}, ${JSON.stringify(change)})`;
  }

  function openToken(name: string, envelope: string): Secret | undefined {
    try {
      return openSecret(ring, TOKEN_SECRETS.identityOf(name, IDENTITY_FIELD), envelope);
    } catch (error) {
      if (!(error instanceof BridgeError)) throw error;
      log.warn({ connection: name, err: error }, 'A stored token cannot be opened; another is asked for.');
      return undefined;
    }
  }

  function seal(name: string, result: GrantResult): string {
    if (result.kind !== 'token') return '{}';
    const identity = TOKEN_SECRETS.identityOf(name, IDENTITY_FIELD);
    return JSON.stringify({ [IDENTITY_FIELD]: sealSecret(ring, identity, result.accessToken) });
  }

  /** An embedded database has no owner but those of this process: one that is missing is of a process before. */
  function isGone(): RawBuilder<boolean> {
    const missing = isOwnerMissing('lock_owner', database.kind);
    if (database.kind === 'embedded') return missing;
    const believed = JSON.stringify(absences.gone());
    return sql`(lock_owner in (select jsonb_array_elements_text(${believed}::jsonb)) and ${missing})`;
  }

  /** All of it or nothing, and nothing where the budget of sign-ins is used up. */
  async function withinBudget<Outcome>(
    work: (transaction: Queries) => Promise<Outcome>,
  ): Promise<Outcome | { outcome: 'exhausted'; retryAfterMs: number }> {
    try {
      return await db.transaction().execute(work);
    } catch (error) {
      if (error instanceof BudgetUsedUp) return { outcome: 'exhausted', retryAfterMs: error.retryAfterMs };
      throw error;
    }
  }

  async function lock(request: GrantLockRequest): Promise<GrantLock> {
    const { name, login } = request;
    return await withinBudget<GrantLock>(async (transaction) => {
      await sql`insert into connection_tokens (connection) values (${name}) on conflict do nothing`.execute(
        transaction,
      );
      const granted = await lockRow(transaction, request, isGone());
      if (granted.outcome === 'acquired' && login !== undefined) await countLogin(transaction, login);
      return granted;
    });
  }

  async function isPresent(owner: string): Promise<boolean> {
    const { rows } = await sql<{
      present: boolean;
    }>`select ${isOwnerPresent(sql`${owner}::text`)} as present`.execute(db);
    return rows[0]!.present;
  }

  /** Nobody gets the lock who is not seen to be alive: another instance would take it from him in the middle of the grant. */
  async function acquire(request: GrantLockRequest): Promise<GrantLock> {
    for (let tries = 0; tries < PRESENCE_TRIES; tries += 1) {
      const session = await presence.ensure(request.owner);
      const granted = await lock(request);
      if (granted.outcome !== 'changed' || (await isPresent(request.owner))) return granted;
      presence.doubt(session);
    }
    throw new Error('the session that shows this instance alive is lost again and again');
  }

  async function publish(publication: Publication): Promise<PublicationOutcome> {
    const { name, owner, epoch, credentialVersion, result } = publication;
    const isOfCredential =
      result.kind === 'nothing' ? sql`true` : sql`credential_version = ${credentialVersion}::bigint`;
    const { rows } = await sql<{ generation: number }>`
      with written as (
        update connection_tokens set ${assignments(result, seal(name, result))}
        where connection = ${name} and epoch = ${epoch}::bigint and lock_owner = ${owner} and ${isOfCredential}
        returning generation::float8 as generation
      )
      select generation, ${notice({ kind: 'published', name, origin: owner })} from written`.execute(db);
    const row = rows[0];
    return row === undefined ? { accepted: false } : { accepted: true, generation: row.generation };
  }

  return {
    async read(name) {
      const { rows } = await sql<Row>`
        select generation::float8 as generation, epoch::float8 as epoch,
          credential_version::float8 as credential_version, secrets, token, is_rejected, rejections_in_a_row, failure,
          lock_owner, ${isOwnerMissing('lock_owner', database.kind)} as is_owner_missing, ${msUntil('expires_at')} as remaining_ms, -${msUntil('issued_at')} as age_ms,
          ${msUntil('grant_not_before')} as grant_not_before_in_ms, ${msUntil('retry_at')} as retry_in_ms,
          ${msUntil('lock_expires_at')} as lock_remaining_ms
        from connection_tokens where connection = ${name}`.execute(db);
      return rows[0] === undefined
        ? undefined
        : toRecord(rows[0], {
            open: (envelope) => openToken(name, envelope),
            isGone: (owner, isMissing) =>
              database.kind === 'embedded' ? isMissing : absences.look(owner, isMissing),
          });
    },
    acquire,
    publish,
    async countLogin(login) {
      return await withinBudget<LoginCount>(async (transaction) => {
        await countLogin(transaction, login);
        return { outcome: 'counted' };
      });
    },
    async reject({ name, owner, generation, rejectionsInARow }) {
      const { rows } = await sql`
        with rejected as (
          update connection_tokens set is_rejected = true, rejections_in_a_row = ${rejectionsInARow}::int
          where connection = ${name} and generation = ${generation}::bigint and token is not null and not is_rejected
          returning 1
        )
        select ${notice({ kind: 'rejected', name, origin: owner })} from rejected`.execute(db);
      return rows.length > 0;
    },
    async reset(name, owner) {
      await sql`with cleared as (
          update connection_tokens set failure = null, retry_at = null where connection = ${name}
        ) select ${notice({ kind: 'reset', name, origin: owner })}`.execute(db);
    },
    async forget(name, owner, version) {
      await sql`with cleared as (
          update connection_tokens set failure = null, retry_at = null, token = null, secrets = '{}',
            credential_version = null where connection = ${name} and credential_version <= ${version}::bigint
        ), aged as (
          delete from login_attempts where updated_at < clock_timestamp() - ${inMs(2 * LOGIN_WINDOW_MS)}
        ) select ${notice({ kind: 'connection', name, origin: owner })}`.execute(db);
    },
    async announce(name, owner) {
      await sql`select ${notice({ kind: 'connection', name, origin: owner })}`.execute(db);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      listeners.clear();
      await presence.close();
      await stopListening();
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
