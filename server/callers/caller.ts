/** A caller: who may use the bridge, and for what. Its keys and rules; pure. */
import { X509Certificate } from 'node:crypto';
import { z } from 'zod';
import type { FieldError } from '../errors.ts';
import { Secret } from '../secret.ts';
import { fieldErrorsOf, invalidRequest, withoutBlanks } from '../validation.ts';
import { isPermission } from './permissions.ts';
import { proxyRuleSchema, type ProxyRule } from './proxy-rules.ts';

export const ADMIN_CALLER = 'admin';
// A key that someone chose must not be one that someone guesses.
export const CHOSEN_KEY_LENGTH_MIN = 24;
const REQUESTS_PER_MINUTE_MAX = 10_000_000;

const callerName = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{0,62}$/,
    'must begin with a small letter and hold small letters, digits and "-" only, at most 63',
  );

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).publicKey.asymmetricKeyType !== undefined;
  } catch {
    return false;
  }
}

const jwtSchema = z
  .strictObject({
    issuer: z.string().min(1).max(512, 'must be at most 512 characters').describe('The "iss" of its tokens.'),
    audience: z
      .string()
      .min(1)
      .max(512, 'must be at most 512 characters')
      .describe('The "aud" of its tokens.'),
    subject: z
      .string()
      .max(512, 'must be at most 512 characters')
      .optional()
      .describe('The "sub", where only one is welcome.'),
    certificate: z
      .string()
      .max(16_384, 'must be at most 16,384 characters')
      .refine(isCertificate, 'must be a certificate in PEM form')
      .optional()
      .describe('Certificate whose key signs, PEM.'),
    jwksUrl: z
      .url({ protocol: /^https?$/, error: 'must be an http or https address' })
      .max(2048, 'must be at most 2,048 characters')
      .optional()
      .describe('Where its public keys are published.'),
  })
  .refine(({ certificate, jwksUrl }) => (certificate === undefined) !== (jwksUrl === undefined), {
    error: 'must hold one of certificate and jwksUrl',
  });

const permission = z
  .string()
  .refine(
    isPermission,
    'must be admin, read, request, token:CONNECTION, proxy:CONNECTION or sync:SYNC; "*" stands for any name',
  );

const certificateSha256 = z
  .string()
  .transform((text) => text.replaceAll(/[:\s]/g, '').toLowerCase())
  .refine(
    (text) => /^[0-9a-f]{64}$/.test(text),
    'must be a SHA-256 fingerprint: 64 hexadecimal digits, colons allowed',
  );

export const callerShape = {
  permissions: z
    .array(permission)
    .max(100, 'must be at most 100')
    .describe('admin, read, request, token:NAME, proxy:NAME, sync:NAME.'),
  proxyRules: z
    .array(proxyRuleSchema)
    .max(100, 'must be at most 100')
    .optional()
    .describe('Proxied calls that are allowed; absent: all that the permission allows.'),
  jwt: jwtSchema.optional().describe('Sign in with a signed JWT.'),
  certificateSha256: certificateSha256
    .optional()
    .describe('Sign in with the TLS client certificate of this SHA-256 fingerprint.'),
  requestsPerMinute: z
    .int('must be a whole number from 1 to 10000000')
    .min(1, 'must be a whole number from 1 to 10000000')
    .max(REQUESTS_PER_MINUTE_MAX, 'must be a whole number from 1 to 10000000')
    .optional()
    .describe('Requests a minute that the caller may make of each process of the bridge. Default 120000.'),
  key: z
    .string()
    .min(CHOSEN_KEY_LENGTH_MIN, `must be at least ${CHOSEN_KEY_LENGTH_MIN} characters`)
    .max(512, 'must be at most 512 characters')
    .regex(/^[\x21-\x7e]+$/, 'must be visible ASCII characters without spaces')
    .transform((text) => new Secret(text))
    .optional()
    .describe('Own API key instead of a generated one. Write-only.'),
} as const;

export const callerSchema = z.strictObject(callerShape);

export interface CallerSettings {
  permissions: readonly string[];
  proxyRules?: readonly ProxyRule[];
  jwt?: CallerJwt;
  certificateSha256?: string;
  requestsPerMinute?: number;
}
export type CallerJwt = z.output<typeof jwtSchema>;

export interface CallerKey {
  /** SHA-256, hexadecimal. */
  sha256: string;
  createdAt: Date;
  /** Undefined: works until it is replaced. */
  expiresAt?: Date;
}

export interface Caller extends CallerSettings {
  name: string;
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

export interface CallerView extends CallerSettings {
  name: string;
  version: number;
  createdAt: string;
  updatedAt: string;
  /** When each key was made and, after a rotation, until when it still works; ISO 8601, UTC. */
  keys: { createdAt: string; expiresAt?: string }[];
}

export interface ParsedCallerInput {
  settings: CallerSettings;
  key?: Secret;
  expectedVersion?: number;
}

/** Members of an answer that set nothing: what was read can be changed and sent back whole. */
const READ_ONLY_MEMBERS: ReadonlySet<string> = new Set(['name', 'version', 'createdAt', 'updatedAt', 'keys']);

/** @throws BridgeError `invalid_request` naming every field that is wrong. */
export function parseCallerInput(name: string, body: unknown): ParsedCallerInput {
  const members = withoutBlanks(body) as Readonly<Record<string, unknown>> | null | undefined;
  const isObject = typeof members === 'object' && members !== null && !Array.isArray(members);
  const input = isObject
    ? Object.fromEntries(Object.entries(members).filter(([field]) => !READ_ONLY_MEMBERS.has(field)))
    : members;
  const parsed = callerSchema.safeParse(input, { reportInput: true });
  const errors: FieldError[] = parsed.success ? [] : fieldErrorsOf(parsed.error, Object.keys(callerShape));
  const named = callerName.safeParse(name);
  if (!named.success) errors.unshift({ field: 'name', detail: named.error.issues[0]!.message });
  if (parsed.success) errors.push(...adminFaults(name, parsed.data.permissions));
  if (!parsed.success || errors.length > 0) throw invalidRequest(errors);
  const { key, ...settings } = parsed.data;
  const version = isObject ? members.version : undefined;
  return {
    // Through JSON, so that members that are undefined are gone.
    settings: JSON.parse(JSON.stringify(settings)) as CallerSettings,
    ...(key === undefined ? {} : { key }),
    ...(typeof version === 'number' ? { expectedVersion: version } : {}),
  };
}

/** The one caller that can always mend the others. */
function adminFaults(name: string, permissions: readonly string[]): FieldError[] {
  return name === ADMIN_CALLER && !permissions.includes('admin')
    ? [
        {
          field: 'permissions',
          detail: 'must hold "admin" for the caller admin, or no one could change anything any more',
        },
      ]
    : [];
}
