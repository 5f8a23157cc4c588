/**
 * The inputs of a bearer token request: every input of the Interaction Designer tool, its rule and its default.
 * One schema, from which the API, the CLI, saved connections and the OpenAPI document follow.
 */
import { createPrivateKey } from 'node:crypto';
import { z } from 'zod';
import type { FieldError } from '../errors.ts';
import { Secret } from '../secret.ts';
import { CERTIFICATE_FAULTS, type CertificateFault } from '../transport/transport-error.ts';
import { fieldErrorsOf, invalidRequest, withoutBlanks } from '../validation.ts';
import { GRANT_TYPES, JWT_BEARER, type GrantType } from './grant-types.ts';

const TIMEOUT_SECONDS_DEFAULT = 10;
const TIMEOUT_SECONDS_MAX = 120;
export const FORM = 'application/x-www-form-urlencoded';

// A line break in a credential is a paste error, and in a header it would start a new one.
// eslint-disable-next-line no-control-regex
const CONTROL_CHARACTER = /[\u0000-\u001f\u007f\u2028\u2029]/;
const NO_LINE_BREAK = 'holds a line break or another control character; copy it again without it';
// RFC 9110 §5.5: what a header may carry without an encoding of its own.
const HEADER_VALUE = /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/;

/** Why this text is not an absolute http or https address; undefined where it is one. */
function addressFault(text: string, allowUserInfo: boolean): string | undefined {
  if (CONTROL_CHARACTER.test(text) || /[\s\\]/.test(text)) {
    return 'holds a space, a line break or a backslash; copy the address again without it';
  }
  if (!/^https?:\/\//i.test(text)) return 'must begin with http:// or https://';
  const url = URL.parse(text);
  if (url === null || url.hostname === '') return 'is not a valid address; it looks like https://host/path';
  if (!allowUserInfo && (url.username !== '' || url.password !== '')) {
    return 'must not hold a user or password; give credentials in their own fields';
  }
  return undefined;
}

function address(allowUserInfo: boolean) {
  return z
    .string()
    .max(2048, 'must be at most 2,048 characters')
    .superRefine((text, context) => {
      const message = addressFault(text, allowUserInfo);
      if (message !== undefined) context.addIssue({ code: 'custom', message });
    });
}

const credential = z
  .string()
  .max(8192, 'must be at most 8,192 characters')
  .refine((text) => !CONTROL_CHARACTER.test(text), NO_LINE_BREAK);

export const secret = credential.transform((text) => new Secret(text));

/** RFC 7518 §3.3: RS256 needs this much, and signs with no less. */
const RSA_BITS_MIN = 2048;

function isPrivateKey(pem: string): boolean {
  try {
    const { asymmetricKeyType, asymmetricKeyDetails } = createPrivateKey(pem);
    return asymmetricKeyType === 'rsa' && (asymmetricKeyDetails?.modulusLength ?? 0) >= RSA_BITS_MIN;
  } catch {
    return false;
  }
}

const privateKey = z
  .string()
  .max(16_384, 'must be at most 16,384 characters')
  .refine(isPrivateKey, 'must be an RSA private key of at least 2,048 bits in PEM form, without a passphrase')
  .transform((pem) => new Secret(pem));

/** One member per input of contract §2; composed again by saved connections. Blank and null members are taken out before. */
export const bearerTokenRequestShape = {
  url: address(false).describe(
    'Token endpoint, absolute http or https: https://login.mypurecloud.com/oauth/token.',
  ),
  proxyUri: address(true)
    .optional()
    .describe('Forward proxy with its protocol: http://host:port; user info is allowed.'),
  clientId: credential.optional().describe('ID/Key of the client. Never pre-encoded.'),
  clientSecret: secret.optional().describe('Secret of the client. Never pre-encoded. Write-only.'),
  username: credential.optional().describe('User of the password grant.'),
  password: secret
    .optional()
    .describe('Password of the user, with the security token where Salesforce asks for it. Write-only.'),
  grantType: z
    .enum(GRANT_TYPES)
    .default('client_credentials')
    .describe('Grant; absent or blank: client_credentials.'),
  credentialsInBody: z
    .boolean()
    .default(false)
    .describe(
      'true: client_id and client_secret go in the body and there is no Authorization header. false: Basic header.',
    ),
  contentType: z
    .string()
    .max(255, 'must be at most 255 characters')
    .regex(HEADER_VALUE, 'must be visible ASCII characters in one line')
    .default(FORM)
    .describe(
      'Blank: form. application/json: the body is JSON. Any other value is sent as given over a form body.',
    ),
  timeoutSeconds: z
    .int('must be a whole number of seconds from 1 to 120')
    .min(1, 'must be a whole number of seconds from 1 to 120')
    .max(TIMEOUT_SECONDS_MAX, 'must be a whole number of seconds from 1 to 120')
    .default(TIMEOUT_SECONDS_DEFAULT)
    .describe('One deadline in seconds over name look-up, connect, TLS, send and the last byte received.'),
  clientCertificate: z
    .string()
    .max(255, 'must be at most 255 characters')
    .refine((name) => !/[/\\]/.test(name) && !CONTROL_CHARACTER.test(name) && name !== '.' && name !== '..', {
      error: 'must be the name of a file in the certificates directory, without a path',
    })
    .optional()
    .describe('Name of a PEM file with certificate and key in the certificates directory.'),
  ignoreUnknownCertificateAuthority: z
    .boolean()
    .default(false)
    .describe('Forgive a certificate of an unknown authority.'),
  ignoreWrongCertificateUsage: z
    .boolean()
    .default(false)
    .describe('Forgive a certificate that is not for a TLS server.'),
  ignoreCertificateNameMismatch: z
    .boolean()
    .default(false)
    .describe('Forgive a certificate for another name.'),
  ignoreInvalidCertificateDate: z
    .boolean()
    .default(false)
    .describe('Forgive a certificate that is expired or not yet valid.'),
  basicEncoding: z
    .enum(['raw', 'rfc6749'])
    .default('raw')
    .describe('Basic header: raw as the PureCloud SDKs do, or form-encoded first (RFC 6749 §2.3.1).'),
  privateKey: privateKey.optional().describe('JWT bearer: RSA private key, PEM. Write-only.'),
  subject: credential.optional().describe('JWT bearer: the user to act as.'),
  audience: credential
    .optional()
    .describe('JWT bearer: the authorization server; for Salesforce the My Domain address.'),
} as const;

export const bearerTokenRequestSchema = z.strictObject(bearerTokenRequestShape);

export type BearerTokenRequestInput = z.input<typeof bearerTokenRequestSchema>;
export type BearerTokenRequestValues = z.output<typeof bearerTokenRequestSchema>;

/** Values of a request that has all that its grant needs; `scope` comes from saved connections alone. */
export interface BearerTokenRequest extends BearerTokenRequestValues {
  scope?: string;
}

const REQUIRED_BY_GRANT: Record<GrantType, readonly (keyof BearerTokenRequestValues)[]> = {
  client_credentials: ['clientId', 'clientSecret'],
  password: ['clientId', 'clientSecret', 'username', 'password'],
  [JWT_BEARER]: ['clientId', 'privateKey', 'subject', 'audience'],
};

/** Whether a request of this grant cannot do without the field. */
export function isRequiredByGrant(grantType: unknown, field: string): boolean {
  const grant = GRANT_TYPES.find((known) => known === grantType) ?? 'client_credentials';
  return (REQUIRED_BY_GRANT[grant] as readonly string[]).includes(field);
}

/** What the rules between fields say of these members, whether or not each of them is right by itself. */
export function combinationFaults(input: Readonly<Record<string, unknown>>): FieldError[] {
  const grantType = GRANT_TYPES.find((grant) => grant === input.grantType) ?? 'client_credentials';
  const missing = REQUIRED_BY_GRANT[grantType]
    .filter((field) => input[field] === undefined)
    .map((field) => ({ field, detail: `is required for the grant ${grantType}` }));
  const usesRawBasic = input.credentialsInBody !== true && input.basicEncoding !== 'rfc6749';
  const clientId = input.clientId;
  if (
    usesRawBasic &&
    typeof clientId === 'string' &&
    clientId.includes(':') &&
    input.clientSecret !== undefined
  ) {
    missing.push({
      field: 'clientId',
      detail:
        'holds a colon, which ends the id in a raw Basic header; set basicEncoding to "rfc6749" or credentialsInBody to true',
    });
  }
  return missing;
}

/** @throws BridgeError `invalid_request` naming each field that is wrong, unknown members with "did you mean". */
export function parseBearerTokenRequest(input: unknown): BearerTokenRequest {
  const members = withoutBlanks(input);
  const parsed = bearerTokenRequestSchema.safeParse(members, { reportInput: true });
  const known = Object.keys(bearerTokenRequestShape);
  const errors = parsed.success ? [] : fieldErrorsOf(parsed.error, known);
  if (typeof members === 'object' && members !== null && !Array.isArray(members)) {
    errors.push(...combinationFaults(members as Record<string, unknown>));
  }
  if (!parsed.success || errors.length > 0) throw invalidRequest(errors);
  return parsed.data;
}

const FLAG_OF_FAULT = {
  unknownCertificateAuthority: 'ignoreUnknownCertificateAuthority',
  wrongCertificateUsage: 'ignoreWrongCertificateUsage',
  certificateNameMismatch: 'ignoreCertificateNameMismatch',
  invalidCertificateDate: 'ignoreInvalidCertificateDate',
} as const satisfies Record<CertificateFault, keyof BearerTokenRequestValues>;

export function forgivenFaults(request: BearerTokenRequestValues): ReadonlySet<CertificateFault> {
  return new Set(CERTIFICATE_FAULTS.filter((fault) => request[FLAG_OF_FAULT[fault]]));
}

/** Parameters that carry a secret, in a body or, against every advice, in the query of a URL. */
export function isSecretParameter(name: string): boolean {
  return /^(?:client_?secret|password|assertion|(?:access_|refresh_|id_)?token|code|api_?key|secret)$/i.test(
    name,
  );
}

/** Every secret that the request carries, to be taken out of whatever comes back. */
export function secretsOf(request: BearerTokenRequest): Secret[] {
  const proxyPassword = request.proxyUri === undefined ? '' : decodedPassword(request.proxyUri);
  return [
    request.clientSecret,
    request.password,
    request.privateKey,
    proxyPassword === '' ? undefined : new Secret(proxyPassword),
    ...secretsInQuery(request.url),
  ].filter((value) => value !== undefined);
}

function secretsInQuery(url: string): Secret[] {
  if (!url.includes('?')) return [];
  return [...new URL(url).searchParams]
    .filter(([name, value]) => isSecretParameter(name) && value !== '')
    .map(([, value]) => new Secret(value));
}

function decodedPassword(uri: string): string {
  const { password } = new URL(uri);
  try {
    return decodeURIComponent(password);
  } catch {
    return password;
  }
}
