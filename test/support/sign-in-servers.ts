/**
 * Sign-in servers that others wrote, to sign in against what we did not write ourselves.
 *
 * What they make of `Authorization: Basic`:
 * - `@node-oauth/oauth2-server` Base64-decodes, reads UTF-8 and splits at the first colon; nothing is percent-decoded (raw, as PureCloud).
 * - `oidc-provider` splits at the first colon and then form-decodes both halves, as RFC 6749 §2.3.1 has it:
 *   a raw secret with `+` or `%` is refused there, and one with neither works in both encodings.
 * Both take client ids and secrets of printable ASCII only (VSCHAR, RFC 6749 Appendix A): `ü` and `日` may be in user names and passwords.
 */
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import OAuth2Server from '@node-oauth/oauth2-server';
import express from 'express';
import Provider from 'oidc-provider';
import type { Adapter, AdapterPayload } from 'oidc-provider';

export interface SignInCredentials {
  clientId: string;
  clientSecret: string;
  username?: string;
  password?: string;
}

export interface SignInServer {
  url: string;
  tokenUrl: string;
  close: () => Promise<void>;
}

const LIFETIME_SECONDS = 3600;

/** Grants `client_credentials` and `password`; client credentials as Basic or in the body. */
export async function startOauth2Server(credentials: SignInCredentials): Promise<SignInServer> {
  const oauth = new OAuth2Server({ model: modelOf(credentials), accessTokenLifetime: LIFETIME_SECONDS });
  const app = express();
  app.use(express.urlencoded({ extended: false }));
  app.post('/oauth/token', async (req, res) => {
    const answer = new OAuth2Server.Response(res);
    await oauth.token(new OAuth2Server.Request(req), answer).catch(() => undefined);
    res
      .status(answer.status ?? 500)
      .set(answer.headers ?? {})
      .json(answer.body);
  });
  return listen(() => app, '/oauth/token');
}

function modelOf(
  credentials: SignInCredentials,
): OAuth2Server.ClientCredentialsModel & OAuth2Server.PasswordModel {
  const client = { id: credentials.clientId, grants: ['client_credentials', 'password'] };
  return {
    getClient: async (id, secret) =>
      id === credentials.clientId && secret === credentials.clientSecret ? client : false,
    getUser: async (username, password) =>
      username === credentials.username && password === credentials.password ? { username } : false,
    getUserFromClient: async () => ({ username: credentials.clientId }),
    saveToken: async (token, savedClient, user) => ({ ...token, client: savedClient, user }),
    getAccessToken: async () => false,
    validateScope: async () => [],
  };
}

export interface OidcProviderCredentials extends SignInCredentials {
  /** How the one client may identify itself. Default `client_secret_basic`. */
  authMethod?: 'client_secret_basic' | 'client_secret_post';
}

/** Grants `client_credentials` alone. The client may use either way of sending its secret; `authMethod` is what it registers. */
export async function startOidcProvider(credentials: OidcProviderCredentials): Promise<SignInServer> {
  return listen((url) => {
    const provider = new Provider(url, {
      adapter: createMemoryAdapter,
      clients: [
        {
          client_id: credentials.clientId,
          client_secret: credentials.clientSecret,
          token_endpoint_auth_method: credentials.authMethod ?? 'client_secret_basic',
          grant_types: ['client_credentials'],
          response_types: [],
          redirect_uris: [],
        },
      ],
      features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
      ttl: { ClientCredentials: LIFETIME_SECONDS },
      jwks: { keys: [signingKey()] },
      cookies: { keys: ['only-for-tests'] },
    });
    const answer = provider.callback();
    return (req, res) => void answer(req, res);
  }, '/token');
}

/** The provider's own memory store says on the console that it is no good; this grant needs no more than this. */
function createMemoryAdapter(): Adapter {
  const stored = new Map<string, AdapterPayload>();
  return {
    upsert: async (id, payload) => void stored.set(id, payload),
    find: async (id) => stored.get(id),
    findByUid: async () => undefined,
    findByUserCode: async () => undefined,
    consume: async () => undefined,
    destroy: async (id) => void stored.delete(id),
    revokeByGrantId: async () => undefined,
  };
}

function signingKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kty: 'RSA', use: 'sig', alg: 'RS256' } as const;
}

async function listen(
  createListener: (url: string) => RequestListener,
  tokenPath: string,
): Promise<SignInServer> {
  const server = http.createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  server.on('request', createListener(url));
  return {
    url,
    tokenUrl: `${url}${tokenPath}`,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
