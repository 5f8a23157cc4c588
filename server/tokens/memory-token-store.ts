/** The token store in the memory of one process: for tests, the simulation and benchmarks. Does what the SQL one does. */
import { decideLoginAttempt } from './login-attempts.ts';
import type {
  GrantLock,
  GrantLockRequest,
  GrantResult,
  LoginCount,
  Publication,
  PublicationOutcome,
  StoredFailure,
  StoredToken,
  TokenChange,
  TokenRecord,
  TokenStore,
} from './token-store.ts';

interface Row {
  generation: number;
  generationFloor: number;
  epoch: number;
  credentialVersion?: number;
  token?: Omit<StoredToken, 'remainingMs' | 'ageMs'> & { issuedAtMs: number; expiresAtMs: number };
  failure?: StoredFailure & { retryAtMs?: number };
  rejectionsInARow: number;
  grantNotBeforeMs: number;
  lock?: { owner: string; grantedAtMs: number; expiresAtMs: number };
}

export interface MemoryTokenStore extends TokenStore {
  /** Attempts that are remembered for this user, epoch milliseconds. */
  loginAttempts(key: string): readonly number[];
}

function toRecord(row: Row, nowMs: number): TokenRecord {
  const record: TokenRecord = {
    generation: row.generation,
    epoch: row.epoch,
    rejectionsInARow: row.rejectionsInARow,
    grantNotBeforeInMs: row.grantNotBeforeMs - nowMs,
  };
  if (row.credentialVersion !== undefined) record.credentialVersion = row.credentialVersion;
  if (row.token !== undefined) {
    const { issuedAtMs, expiresAtMs, ...token } = row.token;
    record.token = { ...token, remainingMs: expiresAtMs - nowMs, ageMs: nowMs - issuedAtMs };
  }
  if (row.failure !== undefined) {
    const { retryAtMs, ...failure } = row.failure;
    record.failure = retryAtMs === undefined ? failure : { ...failure, retryInMs: retryAtMs - nowMs };
  }
  if (row.lock !== undefined) {
    record.lock = { owner: row.lock.owner, remainingMs: row.lock.expiresAtMs - nowMs };
  }
  return record;
}

function applyResult(row: Row, result: GrantResult, grantedAtMs: number, nowMs: number): void {
  if (result.kind === 'token') {
    row.generation = Math.max(row.generation, row.generationFloor, result.generationFloor) + 1;
    row.token = {
      accessToken: result.accessToken,
      tokenType: result.tokenType,
      ...(result.instanceUrl === undefined ? {} : { instanceUrl: result.instanceUrl }),
      lifeMs: result.lifeMs,
      issuedAtMs: grantedAtMs,
      expiresAtMs: grantedAtMs + result.expiresInMs,
      rejected: false,
    };
    row.rejectionsInARow = result.rejectionsInARow;
    row.grantNotBeforeMs = nowMs + result.grantNotBeforeInMs;
    delete row.failure;
  }
  if (result.kind === 'failure') {
    const { retryInMs, ...failure } = result.failure;
    row.failure = retryInMs === undefined ? failure : { ...failure, retryAtMs: nowMs + retryInMs };
  }
}

/** @param wallMs Clock of the store, epoch milliseconds. */
export function createMemoryTokenStore(wallMs: () => number = Date.now): MemoryTokenStore {
  const rows = new Map<string, Row>();
  const attempts = new Map<string, readonly number[]>();
  const listeners = new Set<(change: TokenChange) => void>();

  function notify(kind: TokenChange['kind'], name: string, origin: string): void {
    for (const listener of listeners) listener({ kind, name, origin });
  }

  function rowOf(name: string): Row {
    const row = rows.get(name) ?? {
      generation: 0,
      generationFloor: 0,
      epoch: 0,
      rejectionsInARow: 0,
      grantNotBeforeMs: 0,
    };
    rows.set(name, row);
    return row;
  }

  function countLogin({ key, attemptsPerHourMax }: NonNullable<GrantLockRequest['login']>): LoginCount {
    const decision = decideLoginAttempt(attempts.get(key) ?? [], wallMs(), attemptsPerHourMax);
    if (!decision.allowed) return { outcome: 'exhausted', retryAfterMs: decision.retryAfterMs };
    attempts.set(key, decision.attemptedAtMs);
    return { outcome: 'counted' };
  }

  function acquire(request: GrantLockRequest): GrantLock {
    const nowMs = wallMs();
    const row = rowOf(request.name);
    const heldByOther =
      row.lock !== undefined && row.lock.owner !== request.owner && row.lock.expiresAtMs > nowMs;
    const isOutdated = (row.credentialVersion ?? 0) > request.credentialVersion;
    if (heldByOther || isOutdated || row.epoch !== request.expectedEpoch) return { outcome: 'changed' };
    const counted = request.login === undefined ? undefined : countLogin(request.login);
    if (counted?.outcome === 'exhausted') return counted;
    if (row.credentialVersion !== request.credentialVersion) {
      row.credentialVersion = request.credentialVersion;
      delete row.token;
      delete row.failure;
      row.rejectionsInARow = 0;
    }
    row.generationFloor = Math.max(row.generation, row.generationFloor) + (row.lock === undefined ? 0 : 1);
    row.epoch += 1;
    row.lock = { owner: request.owner, grantedAtMs: nowMs, expiresAtMs: nowMs + request.ttlMs };
    return { outcome: 'acquired', epoch: row.epoch, generationFloor: row.generationFloor };
  }

  function publish(publication: Publication): PublicationOutcome {
    const row = rows.get(publication.name);
    const lock = row?.lock;
    if (row?.epoch !== publication.epoch || lock?.owner !== publication.owner) return { accepted: false };
    const { credentialVersion, result } = publication;
    if (result.kind !== 'nothing' && row.credentialVersion !== credentialVersion) return { accepted: false };
    applyResult(row, result, lock.grantedAtMs, wallMs());
    delete row.lock;
    notify('published', publication.name, publication.owner);
    return { accepted: true, generation: row.generation };
  }

  function clear(name: string, members: readonly ('token' | 'failure' | 'credentialVersion')[]): void {
    const row = rows.get(name);
    for (const member of row === undefined ? [] : members) delete row![member];
  }

  return {
    async read(name) {
      const row = rows.get(name);
      return Promise.resolve(row === undefined ? undefined : toRecord(row, wallMs()));
    },
    acquire: async (request) => Promise.resolve(acquire(request)),
    publish: async (publication) => Promise.resolve(publish(publication)),
    countLogin: async (login) => Promise.resolve(countLogin(login)),
    async reject({ name, owner, generation, rejectionsInARow }) {
      const row = rows.get(name);
      const hit = row?.generation === generation && row.token !== undefined && !row.token.rejected;
      if (hit) {
        row.token!.rejected = true;
        row.rejectionsInARow = rejectionsInARow;
        notify('rejected', name, owner);
      }
      return Promise.resolve(hit);
    },
    async reset(name, owner) {
      clear(name, ['failure']);
      notify('reset', name, owner);
      return Promise.resolve();
    },
    async forget(name, owner, version) {
      if ((rows.get(name)?.credentialVersion ?? 0) <= version)
        clear(name, ['token', 'failure', 'credentialVersion']);
      notify('connection', name, owner);
      return Promise.resolve();
    },
    async announce(name, owner) {
      notify('connection', name, owner);
      return Promise.resolve();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      listeners.clear();
      return Promise.resolve();
    },
    loginAttempts: (key) => attempts.get(key) ?? [],
  };
}
