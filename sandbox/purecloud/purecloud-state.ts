/** What the PureCloud sandbox remembers: OAuth clients and the tokens they hold. No HTTP here. */
import { Secret } from '../../server/secret.ts';
import type { SandboxCounts } from '../counts.ts';

/** Range and default of an OAuth client's token lifetime in PureCloud's own admin pages. */
const VALIDITY_SECONDS_MIN = 300;
const VALIDITY_SECONDS_MAX = 172_800;
const VALIDITY_SECONDS_DEFAULT = 86_400;
/** 64 bytes are the 86 characters of base64url that PureCloud's tokens have. */
const TOKEN_BYTES = 64;

/** `disabled` kills the tokens a client has, `inactive` only stops new ones. */
export const PURECLOUD_CLIENT_STATES = ['active', 'disabled', 'inactive'] as const;
export type PureCloudClientState = (typeof PURECLOUD_CLIENT_STATES)[number];

export interface PureCloudClientOptions {
  id: string;
  secret: string;
  name?: string;
  state?: PureCloudClientState;
  /** The one grant type a client is made for. Default `client_credentials`. */
  grantType?: string;
  /** Such as `outbound:contactList:view`; `*` is all of them. Default `['*']`; `[]` is a client without roles. */
  permissions?: readonly string[];
  /** 300 to 172800. Default 86400. */
  accessTokenValiditySeconds?: number;
}

export interface PureCloudClient {
  id: string;
  secret: Secret;
  name: string;
  state: PureCloudClientState;
  grantType: string;
  permissions: readonly string[];
  accessTokenValiditySeconds: number;
}

export interface PureCloudToken {
  value: string;
  client: PureCloudClient;
  expiresAtMs: number;
}

export interface PureCloudStateOptions {
  clients: readonly PureCloudClientOptions[];
  counts: SandboxCounts;
  now: () => number;
  randomBytes: (size: number) => Buffer;
}

export class PureCloudState {
  readonly clients = new Map<string, PureCloudClient>();
  readonly counts: SandboxCounts;
  readonly #tokens = new Map<string, PureCloudToken>();
  readonly #now: () => number;
  readonly #randomBytes: (size: number) => Buffer;

  constructor({ clients, counts, now, randomBytes }: PureCloudStateOptions) {
    this.counts = counts;
    this.#now = now;
    this.#randomBytes = randomBytes;
    for (const client of clients) this.putClient(client);
  }

  /** Adds a client or changes the one of that id; tokens it holds stay. @throws RangeError for a validity PureCloud would not take. */
  putClient(options: PureCloudClientOptions): PureCloudClient {
    const client = toClient(options);
    const known = this.clients.get(options.id);
    if (known) return Object.assign(known, client);
    this.clients.set(client.id, client);
    return client;
  }

  issueToken(client: PureCloudClient): PureCloudToken {
    const expiresAtMs = this.#now() + client.accessTokenValiditySeconds * 1000;
    const token = { value: this.#randomBytes(TOKEN_BYTES).toString('base64url'), client, expiresAtMs };
    this.#tokens.set(token.value, token);
    this.counts.tokensIssued += 1;
    return token;
  }

  /** A token that is known, not expired, not revoked, and whose client is not disabled. */
  findToken(value: string): PureCloudToken | undefined {
    const token = this.#tokens.get(value);
    const usable = token && token.expiresAtMs > this.#now() && token.client.state !== 'disabled';
    return usable ? token : undefined;
  }

  revokeToken(value: string): void {
    this.#tokens.delete(value);
  }

  revokeAllTokens(): void {
    this.#tokens.clear();
  }

  get tokenCount(): number {
    return this.#tokens.size;
  }
}

function toClient(options: PureCloudClientOptions): PureCloudClient {
  const accessTokenValiditySeconds = options.accessTokenValiditySeconds ?? VALIDITY_SECONDS_DEFAULT;
  if (
    accessTokenValiditySeconds < VALIDITY_SECONDS_MIN ||
    accessTokenValiditySeconds > VALIDITY_SECONDS_MAX
  ) {
    throw new RangeError(
      `"accessTokenValiditySeconds" must be ${VALIDITY_SECONDS_MIN} to ${VALIDITY_SECONDS_MAX}, as in PureCloud. For another "expires_in", switch on the fault "expiresIn".`,
    );
  }
  return {
    id: options.id,
    secret: new Secret(options.secret),
    name: options.name ?? 'Sandbox client',
    state: options.state ?? 'active',
    grantType: options.grantType ?? 'client_credentials',
    permissions: options.permissions ?? ['*'],
    accessTokenValiditySeconds,
  };
}
