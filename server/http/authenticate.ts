/** Who is asking: API key, JWT, client certificate or bridge token of a request -> its caller, within the limits. */
import type { IncomingMessage } from 'node:http';
import { hashApiKey } from '../callers/api-key.ts';
import type { CallLimit } from '../callers/call-limit.ts';
import type { Caller } from '../callers/caller.ts';
import type { CallerStore } from '../callers/caller-store.ts';
import { tooManyFailures, type FailedSignIns } from '../callers/failed-sign-ins.ts';
import { isJwtForm, type JwtSignIn } from '../callers/jwt-sign-in.ts';
import { requirePermission } from '../callers/permissions.ts';
import { BridgeError } from '../errors.ts';
import { Secret } from '../secret.ts';
import { isBridgeTokenForm, type BridgeTokens, type SignInCredential } from '../tokens/bridge-token.ts';
import { certificateOfHeader, certificateOfSocket } from './client-certificate.ts';
import type { CallerGate } from './mount-routes.ts';
import { presentedKeys, type PresentedKey } from './presented-key.ts';
import type { TrustedProxies } from './trusted-proxies.ts';

export interface GateParts {
  callers: Pick<CallerStore, 'authenticate' | 'byCertificate'>;
  jwt: JwtSignIn;
  bridgeTokens: Pick<BridgeTokens, 'verify'>;
  failedSignIns: FailedSignIns;
  callLimit: CallLimit;
  proxies: TrustedProxies;
  /** In which trusted proxies pass a client certificate on; absent: they pass on none. */
  clientCertificateHeader?: string;
  /** Epoch milliseconds. */
  now: () => number;
}

export interface SignIn {
  caller: Caller;
  /** What a bridge token is bound to. */
  credential(): SignInCredential;
}

export interface Gate extends CallerGate {
  /** At once where nothing has to be waited for, as for a key. */
  authenticate(request: IncomingMessage): Caller | Promise<Caller>;
  /** A bridge token of that connection, or a caller who may use its proxy. @throws BridgeError also `caller_forbidden` | `not_found`. */
  authenticateForProxy(request: IncomingMessage, connection: string): Caller | Promise<Caller>;
  /** @param keys Read from elsewhere than the Authorization header: client credentials in a form. */
  signIn(request: IncomingMessage, keys?: readonly PresentedKey[]): SignIn | Promise<SignIn>;
}

/** By an API key. A class: one of these is made for each request (see transport/dispatched-exchange.ts). */
class KeySignIn implements SignIn {
  readonly caller: Caller;
  readonly #key: Secret;

  constructor(caller: Caller, key: Secret) {
    this.caller = caller;
    this.#key = key;
  }

  credential(): SignInCredential {
    return { kind: 'key', sha256: hashApiKey(this.#key) };
  }
}

function unauthenticated(detail: string, remedy?: string): BridgeError {
  return new BridgeError('caller_unauthenticated', { detail, ...(remedy === undefined ? {} : { remedy }) });
}

function keyHashOf(signedIn: SignIn): string | undefined {
  const shown = signedIn.credential();
  return shown.kind === 'key' ? shown.sha256 : undefined;
}

/** What is known while someone tries to sign in. */
interface Attempted {
  request: IncomingMessage;
  keys: readonly PresentedKey[];
  address: string;
  /** What the address still has to wait for its failures. */
  waitMs: number;
}

export function createGate(parts: GateParts): Gate {
  const { callers, jwt, bridgeTokens, failedSignIns, callLimit, proxies, now } = parts;

  function byKeys(keys: readonly PresentedKey[]): SignIn | undefined {
    for (const { key, name } of keys) {
      const secret = new Secret(key);
      const caller = callers.authenticate(secret, name);
      if (caller !== undefined) return new KeySignIn(caller, secret);
    }
    return undefined;
  }

  /** Of the proxy's header where the peer is a trusted proxy, and else of the connection itself: never both. */
  function certificateOf(request: IncomingMessage) {
    if (!proxies.isBehind(request)) return certificateOfSocket(request.socket);
    const { clientCertificateHeader: name } = parts;
    return name === undefined ? undefined : certificateOfHeader(name, request.headers[name]);
  }

  function byCertificate(request: IncomingMessage): SignIn {
    const certificate = certificateOf(request);
    if (certificate === undefined) throw unauthenticated('The request carries no API key of the bridge');
    const { sha256, notBeforeMs = -Infinity, notAfterMs = Infinity } = certificate;
    const caller = callers.byCertificate(sha256);
    const remedy = 'Set certificateSha256 of the caller to the SHA-256 fingerprint of its certificate.';
    if (caller === undefined) throw unauthenticated('The client certificate is not that of a caller', remedy);
    if (now() < notBeforeMs || now() > notAfterMs) {
      throw unauthenticated(
        'The client certificate is not within its dates',
        `Renew the certificate of the client, then: ${remedy}`,
      );
    }
    return { caller, credential: () => ({ kind: 'certificate', sha256 }) };
  }

  async function byJwt(key: string): Promise<SignIn> {
    const caller = await jwt.signIn(new Secret(key));
    return { caller, credential: () => ({ kind: 'jwt', jwt: caller.jwt! }) };
  }

  function attempt(request: IncomingMessage, keys: readonly PresentedKey[]): SignIn | Promise<SignIn> {
    const found = byKeys(keys);
    if (found !== undefined) return found;
    const [first] = keys;
    if (first !== undefined && isBridgeTokenForm(first.key)) {
      throw unauthenticated(
        'The token of the bridge has ended, or is used for something else than its proxy',
        'Sign in again at /login/CONNECTION/oauth/token, and use the API key of the caller for everything but /proxy.',
      );
    }
    if (first !== undefined && first.name === undefined && isJwtForm(first.key)) return byJwt(first.key);
    if (first !== undefined) throw unauthenticated('The API key is not known, or no longer valid');
    if (request.headers.authorization === undefined) return byCertificate(request);
    throw unauthenticated('The Authorization header is neither "Bearer KEY" nor Basic of name and key');
  }

  /** Only what can be guessed is counted: not a request that brings nothing, a certificate that belongs to no one, or a token that has ended. */
  function isGuess(request: IncomingMessage, keys: readonly PresentedKey[]): boolean {
    if (keys.length === 0) return request.headers.authorization !== undefined;
    return keys.some(({ key }) => !isBridgeTokenForm(key));
  }

  /** Unknown credentials are not even looked at while an address waits, but for a few. */
  function mayTry(address: string, keys: readonly PresentedKey[]): boolean {
    const [first] = keys;
    if (first === undefined) return false;
    const isJwt = first.name === undefined && isJwtForm(first.key);
    if (isJwt) return failedSignIns.mayTry(address, undefined);
    return keys.some(({ key }) => failedSignIns.mayTry(address, hashApiKey(new Secret(key))));
  }

  function refusal(error: unknown, attempted: Attempted): unknown {
    const { request, keys, address, waitMs } = attempted;
    const isRefusal = error instanceof BridgeError && error.code === 'caller_unauthenticated';
    if (!isRefusal || !isGuess(request, keys)) return error;
    if (waitMs > 0) return tooManyFailures(waitMs);
    failedSignIns.failed(address);
    return error;
  }

  function letIn(signedIn: SignIn, { address, waitMs }: Attempted): SignIn {
    const { name } = signedIn.caller;
    if (waitMs > 0 && !failedSignIns.isKnown(address, name)) throw tooManyFailures(waitMs);
    failedSignIns.succeeded(address, name, () => keyHashOf(signedIn));
    callLimit.take(signedIn.caller);
    return signedIn;
  }

  /**
   * While an address waits for its failures, only those are let in who signed in from there before: others behind the same address
   * need not suffer for one, and to guess the key of a caller that never was there is in vain.
   */
  function signIn(
    request: IncomingMessage,
    keys: readonly PresentedKey[] = presentedKeys(request.headers.authorization),
  ): SignIn | Promise<SignIn> {
    const address = proxies.clientAddress(request);
    const waitMs = failedSignIns.waitMs(address);
    const attempted = { request, keys, address, waitMs };
    if (waitMs > 0 && isGuess(request, keys) && !mayTry(address, keys)) throw tooManyFailures(waitMs);
    try {
      const signedIn = attempt(request, keys);
      if (!(signedIn instanceof Promise)) return letIn(signedIn, attempted);
      return signedIn.then(
        (known) => letIn(known, attempted),
        (error: unknown) => {
          throw refusal(error, attempted) as Error;
        },
      );
    } catch (error) {
      throw refusal(error, attempted);
    }
  }

  function callerOf(signedIn: SignIn | Promise<SignIn>): Caller | Promise<Caller> {
    return signedIn instanceof Promise ? signedIn.then(({ caller }) => caller) : signedIn.caller;
  }

  function admittedToProxy(caller: Caller, connection: string): Caller {
    requirePermission(caller.permissions, `proxy:${connection}`);
    return caller;
  }

  async function byBridgeToken(
    request: IncomingMessage,
    keys: readonly PresentedKey[],
    connection: string,
  ): Promise<Caller> {
    const token = await bridgeTokens.verify(keys[0]!.key);
    if (token === undefined) return admittedToProxy((await signIn(request, keys)).caller, connection);
    callLimit.take(token.caller);
    if (token.connection === connection) return token.caller;
    throw new BridgeError('caller_forbidden', {
      detail: 'The token was issued for the proxy of another connection',
      remedy: `Sign in at /login/${connection}/oauth/token.`,
    });
  }

  return {
    signIn,
    authenticate: (request) => callerOf(signIn(request)),
    authenticateForProxy(request, connection) {
      const keys = presentedKeys(request.headers.authorization);
      const [first] = keys;
      if (first?.name === undefined && first !== undefined && isBridgeTokenForm(first.key))
        return byBridgeToken(request, keys, connection);
      const caller = callerOf(signIn(request, keys));
      if (!(caller instanceof Promise)) return admittedToProxy(caller, connection);
      return caller.then((known) => admittedToProxy(known, connection));
    },
  };
}
