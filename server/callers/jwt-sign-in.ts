/**
 * Sign-in by a JWT that the caller's own platform signs, as Salesforce does for a Named Credential (RFC 7519, RFC 8725).
 * The algorithm is one of two, the key is the one that was configured, and `jwk`, `jku`, `x5u` and `x5c` of the header are never read.
 *
 * A JWT with a `jti` signs in once. One without can be used again until it expires, by whoever has got hold of it:
 * let the issuer set a `jti`, or keep its life short.
 */
import { decodeJwt, errors, jwtVerify, type JWTPayload } from 'jose';
import { BridgeError } from '../errors.ts';
import type { Secret } from '../secret.ts';
import type { Caller, CallerJwt } from './caller.ts';
import { KeySetUnavailable, type JwtKeys } from './jwt-keys.ts';
import type { UsedJwts } from './used-jwts.ts';

const ALGORITHMS = ['RS256', 'ES256'];
/** Clocks of two machines that both keep time differ by less. */
export const SKEW_SECONDS = 30;
/** Salesforce's live 3 minutes, other issuers' an hour at most. */
export const LIFETIME_SECONDS_MAX = 3_600;
const CHARS_MAX = 8_192;
const JTI_CHARS_MAX = 256;
const FORM = /^[\w-]+\.[\w-]+\.[\w-]+$/;

export interface JwtSignInOptions {
  callers: { byJwtIssuer(issuer: string): readonly Caller[] };
  keys: JwtKeys;
  /** Epoch milliseconds. */
  now: () => number;
  used: UsedJwts;
}

export interface JwtSignIn {
  /** @throws BridgeError `caller_unauthenticated`; `unavailable` where the issuer's keys cannot be read now; `rate_limited`. */
  signIn(token: Secret): Promise<Caller>;
}

/** Whether the text has the form of a signed JWT; an API key may have it too, and so is looked up first. */
export function isJwtForm(text: string): boolean {
  return text.length <= CHARS_MAX && FORM.test(text);
}

function refused(detail: string, cause?: unknown): BridgeError {
  return new BridgeError('caller_unauthenticated', {
    detail,
    remedy:
      'Compare issuer, audience, subject and certificate of the JWT with the "jwt" of the caller, and the clocks of both sides.',
    cause,
  });
}

/** All that a stranger gets to know: not which of issuer, key and signature is wrong. */
function notAccepted(cause?: unknown): BridgeError {
  return refused('The JWT is not accepted: its issuer, key or signature is not the one of a caller', cause);
}

function unverifiedClaims(text: string): JWTPayload {
  try {
    return decodeJwt(text);
  } catch (error) {
    throw notAccepted(error);
  }
}

type JwtCaller = Caller & { jwt: CallerJwt };

/** One for this subject before those for any, and then by name: in whichever order they were saved, the same JWT is of the same caller. */
function byPrecedence(a: JwtCaller, b: JwtCaller): number {
  const rank = ({ jwt }: JwtCaller) => (jwt.subject === undefined ? 1 : 0);
  return rank(a) - rank(b) || (a.name < b.name ? -1 : 1);
}

/** Those that the JWT says it is for; else the first of that issuer, so that its signer, and no one else, is told what does not fit. */
function candidatesOf(callers: readonly Caller[], claims: JWTPayload): readonly JwtCaller[] {
  const ofIssuer = callers.filter((caller): caller is JwtCaller => caller.jwt !== undefined);
  const audiences = [claims.aud].flat();
  const fitting = ofIssuer.filter(
    ({ jwt }) =>
      audiences.includes(jwt.audience) && (jwt.subject === undefined || jwt.subject === claims.sub),
  );
  return (fitting.length > 0 ? fitting : ofIssuer.slice(0, 1)).toSorted(byPrecedence);
}

const CLAIM_WORDS: Readonly<Record<string, string>> = {
  aud: 'it is for another audience',
  sub: 'it is for another subject',
  exp: 'it says not when it expires ("exp")',
  nbf: 'it is not valid yet ("nbf")',
  iat: 'its "iat" is not a time in the past',
};

/** The signature was good: its signer may know what is wrong. */
function claimFault(error: unknown): BridgeError | undefined {
  if (error instanceof errors.JWTExpired) return refused('The JWT has expired', error);
  if (!(error instanceof errors.JWTClaimValidationFailed)) return undefined;
  return refused(
    `The JWT is not accepted: ${CLAIM_WORDS[error.claim] ?? 'one of its claims does not fit'}`,
    error,
  );
}

async function verify(text: string, jwt: CallerJwt, { keys, now }: JwtSignInOptions): Promise<JWTPayload> {
  const options = {
    algorithms: ALGORITHMS,
    issuer: jwt.issuer,
    audience: jwt.audience,
    ...(jwt.subject === undefined ? {} : { subject: jwt.subject }),
    clockTolerance: SKEW_SECONDS,
    requiredClaims: ['exp'],
    currentDate: new Date(now()),
  };
  const key = keys.keyFor(jwt);
  const { payload } =
    typeof key === 'function' ? await jwtVerify(text, key, options) : await jwtVerify(text, key, options);
  return payload;
}

/** What the library does not look at. */
function checkTimes({ exp = 0, iat }: JWTPayload, nowMs: number): void {
  const nowSeconds = nowMs / 1000;
  if (exp - nowSeconds > LIFETIME_SECONDS_MAX + SKEW_SECONDS)
    throw refused(`The JWT is not accepted: it is valid for more than ${LIFETIME_SECONDS_MAX} seconds`);
  if (iat !== undefined && !(iat <= nowSeconds + SKEW_SECONDS))
    throw refused(`The JWT is not accepted: ${CLAIM_WORDS.iat!}`);
}

export function createJwtSignIn(options: JwtSignInOptions): JwtSignIn {
  const { used } = options;

  async function verifiedBy(text: string, { jwt }: JwtCaller): Promise<JWTPayload | BridgeError> {
    try {
      return await verify(text, jwt, options);
    } catch (error) {
      if (error instanceof KeySetUnavailable) {
        return new BridgeError('unavailable', {
          detail: 'The keys of the issuer of the JWT cannot be read now',
          remedy:
            'Check that the bridge can reach the jwksUrl of the caller and may call it (BRIDGE_EGRESS_ALLOW).',
          retryAfterSeconds: 10,
          cause: error,
        });
      }
      return claimFault(error) ?? notAccepted(error);
    }
  }

  async function checkReplay(caller: JwtCaller, { jti, exp = 0 }: JWTPayload): Promise<void> {
    if (jti === undefined) return;
    if (typeof jti !== 'string' || jti.length > JTI_CHARS_MAX)
      throw refused('The "jti" of the JWT is too long');
    const nowMs = options.now();
    const seen = await used.use(caller.name, jti, (exp + SKEW_SECONDS) * 1000, nowMs);
    if (seen === 'again') throw refused('The JWT was used before, and signs in once');
    if (seen === 'full') {
      throw new BridgeError('rate_limited', {
        detail: `The caller ${caller.name} has more JWTs in use than the bridge remembers`,
        remedy: 'Sign in with JWTs that live shorter, or use an API key.',
        retryAfterSeconds: 10,
      });
    }
  }

  return {
    async signIn(token) {
      const text = token.reveal();
      if (!isJwtForm(text)) throw notAccepted();
      const claims = unverifiedClaims(text);
      const callers = typeof claims.iss === 'string' ? options.callers.byJwtIssuer(claims.iss) : [];
      let fault = notAccepted();
      for (const caller of candidatesOf(callers, claims)) {
        const payload = await verifiedBy(text, caller);
        if (payload instanceof BridgeError) {
          fault = payload;
          continue;
        }
        if (!options.keys.isInDate(caller.jwt, options.now())) {
          throw refused('The certificate that signs for this caller is not within its dates');
        }
        checkTimes(payload, options.now());
        await checkReplay(caller, payload);
        return caller;
      }
      throw fault;
    },
  };
}
