/** What the Salesforce sandbox remembers: connected apps, users, sessions, wrong passwords. No HTTP here. */
import { Secret } from '../../server/secret.ts';
import type { SandboxCounts } from '../counts.ts';
import { createLockOut } from './lock-out.ts';
import type { LockOut, LockOutOptions } from './lock-out.ts';

const SESSION_SECONDS_DEFAULT = 7200;
/** A session id is the 15-character org id, `!` and some ninety characters of this alphabet. */
const SESSION_KEY_BYTES = 72;

export const SALESFORCE_USER_STATES = ['active', 'frozen', 'inactive'] as const;
export type SalesforceUserState = (typeof SALESFORCE_USER_STATES)[number];

export interface SalesforceUserOptions {
  username: string;
  password: string;
  /** Has to follow the password, unless the org does not ask for one. */
  securityToken?: string;
  state?: SalesforceUserState;
  /** 18 characters, `005…`. */
  userId?: string;
}

export interface SalesforceAppOptions {
  clientId: string;
  clientSecret: string;
  /** `externalClientApp` has no password flow and is unknown outside its own org. Default `connectedApp`. */
  kind?: 'connectedApp' | 'externalClientApp';
  /** User that client_credentials runs as; absent: the flow has no user. */
  runAs?: string;
  /** PEM certificate or public key that JWT assertions are verified with. */
  certificate?: string;
  /** Users who may sign in by JWT; absent: all. */
  preauthorized?: readonly string[];
  scope?: string;
}

export interface SalesforceUser {
  username: string;
  password: Secret;
  securityToken: Secret;
  state: SalesforceUserState;
  userId: string;
}

export type SalesforceApp = Omit<SalesforceAppOptions, 'clientSecret' | 'kind' | 'scope'> & {
  clientSecret: Secret;
  kind: 'connectedApp' | 'externalClientApp';
  scope: string;
};

export interface SalesforceSession {
  value: string;
  user: SalesforceUser;
  app: SalesforceApp;
  scope: string;
  /** Sessions of the password grant are plain session ids and cannot be introspected. */
  introspectable: boolean;
  issuedAtMs: number;
  expiresAtMs: number;
}

export interface SalesforceStateOptions {
  apps: readonly SalesforceAppOptions[];
  users: readonly SalesforceUserOptions[];
  counts: SandboxCounts;
  lockOut: LockOutOptions;
  /** 18 characters, `00D…`. */
  organizationId: string;
  sessionSeconds?: number;
  now: () => number;
  randomBytes: (size: number) => Buffer;
}

export class SalesforceState {
  readonly apps = new Map<string, SalesforceApp>();
  readonly users = new Map<string, SalesforceUser>();
  readonly lockOut: LockOut;
  readonly counts: SandboxCounts;
  readonly organizationId: string;
  readonly #sessions = new Map<string, SalesforceSession>();
  readonly #sessionMs: number;
  readonly #now: () => number;
  readonly #randomBytes: (size: number) => Buffer;

  constructor(options: SalesforceStateOptions) {
    this.counts = options.counts;
    this.organizationId = options.organizationId;
    this.lockOut = createLockOut(options.lockOut);
    this.#sessionMs = (options.sessionSeconds ?? SESSION_SECONDS_DEFAULT) * 1000;
    this.#now = options.now;
    this.#randomBytes = options.randomBytes;
    for (const user of options.users) this.putUser(user);
    for (const app of options.apps) this.putApp(app);
  }

  /** Adds a user or changes the one of that name; sessions stay. */
  putUser(options: SalesforceUserOptions): SalesforceUser {
    const user: SalesforceUser = {
      username: options.username,
      password: new Secret(options.password),
      securityToken: new Secret(options.securityToken ?? ''),
      state: options.state ?? 'active',
      userId: options.userId ?? nextUserId(this.users.size),
    };
    this.users.set(user.username, user);
    return user;
  }

  putApp(options: SalesforceAppOptions): SalesforceApp {
    const app: SalesforceApp = {
      ...options,
      clientSecret: new Secret(options.clientSecret),
      kind: options.kind ?? 'connectedApp',
      scope: options.scope ?? 'api',
    };
    this.apps.set(app.clientId, app);
    return app;
  }

  startSession(user: SalesforceUser, app: SalesforceApp, introspectable: boolean): SalesforceSession {
    const key = this.#randomBytes(SESSION_KEY_BYTES)
      .toString('base64')
      .replaceAll('+', '.')
      .replaceAll('/', '_');
    const issuedAtMs = this.#now();
    const session: SalesforceSession = {
      value: `${this.organizationId.slice(0, 15)}!${key}`,
      user,
      app,
      scope: app.scope,
      introspectable,
      issuedAtMs,
      expiresAtMs: issuedAtMs + this.#sessionMs,
    };
    this.#sessions.set(session.value, session);
    this.counts.tokensIssued += 1;
    return session;
  }

  /** A session in use lives on: its time starts anew with every call. */
  useSession(value: string): SalesforceSession | undefined {
    const session = this.findSession(value);
    if (session) session.expiresAtMs = this.#now() + this.#sessionMs;
    return session;
  }

  findSession(value: string): SalesforceSession | undefined {
    const session = this.#sessions.get(value);
    return session && session.expiresAtMs > this.#now() ? session : undefined;
  }

  /** @returns false where there was no such session. */
  endSession(value: string): boolean {
    return this.#sessions.delete(value);
  }

  endAllSessions(): void {
    this.#sessions.clear();
  }

  get sessionCount(): number {
    return this.#sessions.size;
  }
}

function nextUserId(index: number): string {
  return `005xx00000${String(index + 1).padStart(5, '0')}AAA`;
}
