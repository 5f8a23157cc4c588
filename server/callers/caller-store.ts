/** The saved callers: authenticated from memory, written to the database, known to every instance at once. */
import { isDeepStrictEqual } from 'node:util';
import type { Database } from '../database/database.ts';
import type { DatabaseLog } from '../database/listener.ts';
import { openMirror } from '../database/mirror.ts';
import { BridgeError } from '../errors.ts';
import { invalidRequest } from '../validation.ts';
import type { Secret } from '../secret.ts';
import { assertVersion } from '../stored-version.ts';
import { generateApiKey, hashApiKey, isSameHash } from './api-key.ts';
import {
  announceCaller,
  assertOwnCertificate,
  assertOwnJwt,
  CALLERS_CHANNEL,
  lockName,
  readAll,
  readOne,
  writeKey,
  writeSettings,
} from './caller-rows.ts';
import { indexCallers, isUsable, type CallerIndex, type StoredCaller } from './caller-index.ts';
import {
  ADMIN_CALLER,
  CHOSEN_KEY_LENGTH_MIN,
  parseCallerInput,
  type ParsedCallerInput,
  type Caller,
  type CallerSettings,
  type CallerView,
} from './caller.ts';

// A week with two keys is plenty to change one in an org.
export const OVERLAP_SECONDS_MAX = 7 * 86_400;

export interface CallerStoreOptions {
  database: Database;
  log: DatabaseLog;
  /** Epoch milliseconds. */
  now?: () => number;
}

export interface WrittenCaller {
  caller: CallerView;
  outcome: 'created' | 'changed' | 'unchanged';
  /** The key in plain, where this made one; it is never shown again. */
  key?: Secret;
}

export interface CallerStore extends Pick<CallerIndex, 'byCertificate' | 'byJwtIssuer'> {
  /** From memory, without the database. Undefined: unknown, expired, or of another caller than `name`. */
  authenticate(key: Secret, name?: string): Caller | undefined;
  find(name: string): Caller | undefined;
  /** SHA-256 of the keys that work now, hexadecimal; from memory. */
  keyHashes(name: string): readonly string[];
  view(name: string): CallerView | undefined;
  /** By name. */
  list(): CallerView[];
  put(name: string, body: unknown): Promise<WrittenCaller>;
  /** A new key; the present ones work `overlapSeconds` longer (0: not at all). @throws BridgeError `not_found`, `invalid_request`. */
  rotate(name: string, options?: { overlapSeconds?: number }): Promise<WrittenCaller & { key: Secret }>;
  /** @returns false where there was none. @throws BridgeError `conflict` for the caller admin. */
  remove(name: string): Promise<boolean>;
  /**
   * Sees to it that the caller `admin` is there. With a key: that key and no other is the admin's, whatever `rotate` made since.
   * Without: a key is made where there is no admin yet, and returned once, to be shown.
   */
  bootstrapAdmin(adminKey?: Secret): Promise<{ key?: Secret }>;
  onChange(listener: (name: string) => void): () => void;
  close(): Promise<void>;
}

function toView({ caller, keys }: StoredCaller, nowMs: number): CallerView {
  const usable = keys.filter((key) => isUsable(key, nowMs));
  return {
    ...caller,
    createdAt: caller.createdAt.toISOString(),
    updatedAt: caller.updatedAt.toISOString(),
    keys: usable.map(({ createdAt, expiresAt }) => ({
      createdAt: createdAt.toISOString(),
      ...(expiresAt === undefined ? {} : { expiresAt: expiresAt.toISOString() }),
    })),
  };
}

function overlapOf(overlapSeconds: number | undefined): number {
  const seconds = overlapSeconds ?? 0;
  if (Number.isInteger(seconds) && seconds >= 0 && seconds <= OVERLAP_SECONDS_MAX) return seconds;
  throw invalidRequest([
    { field: 'overlapSeconds', detail: `must be a whole number of seconds from 0 to ${OVERLAP_SECONDS_MAX}` },
  ]);
}

function settingsOf({ caller }: StoredCaller): CallerSettings {
  const {
    name: _name,
    version: _version,
    createdAt: _createdAt,
    updatedAt: _updatedAt,
    ...settings
  } = caller;
  return settings;
}

/** Whether this key works for the caller, and is no leftover of a rotation. */
function holdsKey(stored: StoredCaller | undefined, key: Secret): boolean {
  const sha256 = hashApiKey(key);
  return stored?.keys.some((own) => isSameHash(own.sha256, sha256) && own.expiresAt === undefined) ?? false;
}

interface Written {
  outcome: WrittenCaller['outcome'];
  key?: Secret;
}

/** Opens filled and listening. */
export async function openCallerStore(options: CallerStoreOptions): Promise<CallerStore> {
  const { database, log, now = Date.now } = options;
  const { db } = database;
  const mirror = await openMirror<StoredCaller>({
    database,
    channel: CALLERS_CHANNEL,
    log,
    versionOf: ({ caller }) => caller.version,
    load: () => readAll(db),
    loadOne: (name) => readOne(db, name),
  });
  let index: CallerIndex | undefined;
  mirror.onChange(() => {
    index = undefined;
  });
  const indexed = () => (index ??= indexCallers(mirror.entries().values()));

  async function write(name: string, input: ParsedCallerInput): Promise<Written> {
    const { settings, key, expectedVersion } = input;
    return await db.transaction().execute(async (trx) => {
      await lockName(trx, name);
      const stored = await readOne(trx, name);
      assertVersion('caller', name, stored?.caller.version, expectedVersion);
      const newKey = key ?? (stored === undefined ? generateApiKey() : undefined);
      const keyStays = newKey === undefined || holdsKey(stored, newKey);
      if (stored !== undefined && keyStays && isDeepStrictEqual(settingsOf(stored), settings)) {
        return { outcome: 'unchanged' };
      }
      const { certificateSha256, jwt } = settings;
      if (certificateSha256 !== undefined) await assertOwnCertificate(trx, name, certificateSha256);
      if (jwt !== undefined) await assertOwnJwt(trx, name, jwt);
      await writeSettings(trx, name, settings);
      if (!keyStays) await writeKey(trx, name, newKey, { now: new Date(now()), overlapSeconds: 0 });
      const outcome = stored === undefined ? 'created' : 'changed';
      return key === undefined && newKey !== undefined ? { outcome, key: newKey } : { outcome };
    });
  }

  async function answer<Change extends Written>(
    name: string,
    written: Change,
  ): Promise<Change & { caller: CallerView }> {
    await mirror.refresh(name);
    const stored = mirror.get(name);
    if (stored === undefined)
      throw new BridgeError('conflict', { detail: `The caller ${name} was removed meanwhile.` });
    return { ...written, caller: toView(stored, now()) };
  }

  return {
    async put(name, body) {
      return await answer(name, await write(name, parseCallerInput(name, body)));
    },
    authenticate: (key, name) => indexed().byKey(key, now(), name),
    byCertificate: (sha256) => indexed().byCertificate(sha256),
    byJwtIssuer: (issuer) => indexed().byJwtIssuer(issuer),
    find: (name) => mirror.get(name)?.caller,
    keyHashes: (name) =>
      (mirror.get(name)?.keys ?? []).filter((key) => isUsable(key, now())).map(({ sha256 }) => sha256),
    view(name) {
      const stored = mirror.get(name);
      return stored === undefined ? undefined : toView(stored, now());
    },
    list: () =>
      [...mirror.entries().values()]
        .map((stored) => toView(stored, now()))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
    async rotate(name, { overlapSeconds } = {}) {
      const change = { now: new Date(now()), overlapSeconds: overlapOf(overlapSeconds) };
      const key = generateApiKey();
      await db.transaction().execute(async (trx) => {
        await lockName(trx, name);
        const stored = await readOne(trx, name);
        if (stored === undefined) throw new BridgeError('not_found');
        await writeSettings(trx, name, settingsOf(stored));
        await writeKey(trx, name, key, change);
      });
      return await answer(name, { outcome: 'changed' as const, key });
    },
    async remove(name) {
      if (name === ADMIN_CALLER) {
        throw new BridgeError('conflict', {
          detail: 'The caller admin cannot be removed.',
          remedy:
            'Where its key has become known, change BRIDGE_ADMIN_KEY and restart the bridge, or, where that is not set, run "pcbridge caller rotate admin".',
        });
      }
      const removed = await db.transaction().execute(async (trx) => {
        const { numDeletedRows } = await trx
          .deleteFrom('callers')
          .where('name', '=', name)
          .executeTakeFirst();
        if (numDeletedRows > 0n) await announceCaller(trx, name);
        return numDeletedRows > 0n;
      });
      await mirror.refresh(name);
      return removed;
    },
    async bootstrapAdmin(adminKey) {
      const present = mirror.get(ADMIN_CALLER);
      if (adminKey === undefined && present !== undefined) return {};
      if (adminKey !== undefined && adminKey.reveal().length < CHOSEN_KEY_LENGTH_MIN) {
        log.warn(
          'BRIDGE_ADMIN_KEY is short enough to be guessed; take a longer one where others can reach the bridge.',
        );
      }
      const settings = present === undefined ? { permissions: ['admin'] } : settingsOf(present);
      const written = await write(ADMIN_CALLER, {
        settings,
        ...(adminKey === undefined ? {} : { key: adminKey }),
      });
      await mirror.refresh(ADMIN_CALLER);
      if (present !== undefined && written.outcome === 'changed')
        log.info('The caller admin has the key of BRIDGE_ADMIN_KEY now; any other key of it has ended.');
      return written.key === undefined ? {} : { key: written.key };
    },
    onChange: (listener) => mirror.onChange(listener),
    close: () => mirror.close(),
  };
}
