/** A connection: a bearer token request with a name and an API base. Its keys, rules and defaults; pure. */
import { z } from 'zod';
import { bearerTokenRequestShape, secret, type BearerTokenRequest } from '../bearer/request.ts';
import { Secret } from '../secret.ts';

export const CONNECTION_NAME = /^[a-z][a-z0-9-]{0,62}$/;
const TOKEN_LIFETIME_SECONDS_DEFAULT = 1800;
// PureCloud's limit client.credentials.token.rate.per.minute.
export const PURECLOUD_REQUESTS_PER_MINUTE = 300;
// PureCloud's clients live at most 48 hours; nothing longer has been seen elsewhere.
const TOKEN_LIFETIME_SECONDS_MAX = 172_800;
const REQUESTS_PER_MINUTE_MAX = 100_000;

const PROVIDERS = ['purecloud', 'salesforce', 'other'] as const;
export type Provider = (typeof PROVIDERS)[number];

/** Fields that are sealed at rest and never shown. */
export const SECRET_FIELDS = ['clientSecret', 'password', 'securityToken', 'privateKey'] as const;
export type SecretField = (typeof SECRET_FIELDS)[number];

export const connectionName = z
  .string()
  .regex(
    CONNECTION_NAME,
    'must begin with a small letter and hold small letters, digits and "-" only, at most 63',
  );

// No control characters: it becomes a form member, never a header, but a line break is a paste error here too.
const scope = z
  .string()
  .max(2048, 'must be at most 2,048 characters')
  .regex(/^[\x21-\x7e]+( [\x21-\x7e]+)*$/, 'must be scopes with one space between them');

/** One member per key of contract §2 and §3. Defaults that depend on the provider are filled in by `completeSettings`. */
export const connectionShape = {
  provider: z.enum(PROVIDERS).describe('Kind of upstream: purecloud, salesforce or other.'),
  region: z
    .string()
    .max(255, 'must be at most 255 characters')
    .optional()
    .describe(
      'PureCloud: region key, domain or address in any form (us_west_2, usw2.pure.cloud); fills url and apiUrl.',
    ),
  ...bearerTokenRequestShape,
  url: bearerTokenRequestShape.url.optional(),
  credentialsInBody: z
    .boolean()
    .optional()
    .describe(`${bearerTokenRequestShape.credentialsInBody.description} Default for salesforce: true.`),
  apiUrl: bearerTokenRequestShape.url
    .optional()
    .describe(
      'Base of the API that the token is for. Salesforce: absent, the instance_url of the token answer.',
    ),
  securityToken: secret
    .optional()
    .describe('Salesforce security token; appended to the password once. Write-only.'),
  scope: scope.optional().describe('Scope to ask for.'),
  tokenLifetimeSeconds: z
    .int('must be a whole number of seconds from 60 to 172800')
    .min(60, 'must be a whole number of seconds from 60 to 172800')
    .max(TOKEN_LIFETIME_SECONDS_MAX, 'must be a whole number of seconds from 60 to 172800')
    .default(TOKEN_LIFETIME_SECONDS_DEFAULT)
    .describe('Life of a token in seconds where the answer does not say.'),
  allowTokenHandout: z
    .boolean()
    .default(true)
    .describe('false: the token is used by the proxy only and never given to a caller.'),
  requestsPerMinute: z
    .int('must be a whole number from 1 to 100000')
    .min(1, 'must be a whole number from 1 to 100000')
    .max(REQUESTS_PER_MINUTE_MAX, 'must be a whole number from 1 to 100000')
    .optional()
    .describe('API calls a minute to stay under. PureCloud: 300 where absent.'),
} as const;

export const connectionSchema = z.strictObject(connectionShape);
export type ConnectionInput = z.input<typeof connectionSchema>;
export type ConnectionValues = z.output<typeof connectionSchema>;

/** All of a connection but its secrets, complete: what is stored as JSON. */
export interface ConnectionSettings extends Omit<
  ConnectionValues,
  SecretField | 'url' | 'credentialsInBody'
> {
  url: string;
  credentialsInBody: boolean;
}

export type ConnectionSecrets = Partial<Record<SecretField, Secret>>;

export interface Connection extends ConnectionSettings, ConnectionSecrets {
  name: string;
  /** Rises with every change, never repeats, also when the connection is removed and made again. */
  version: number;
  /** The version at which anything last changed that takes part in signing in: a token or a latch of an older one is void. */
  credentialVersion: number;
  createdAt: Date;
  updatedAt: Date;
}

/** Members that say how a connection is used, and nothing of whose it is. */
export const OF_ITS_USE = [
  'allowTokenHandout',
  'requestsPerMinute',
  'tokenLifetimeSeconds',
  'timeoutSeconds',
] as const satisfies (keyof ConnectionSettings)[];

/** Members of a connection that its token does not depend on. */
const OUTSIDE_SIGN_IN: ReadonlySet<string> = new Set<keyof ConnectionSettings>([
  'provider',
  'region',
  'apiUrl',
  ...OF_ITS_USE,
]);

type Content = Readonly<Record<string, unknown>>;

function contentOf(settings: ConnectionSettings, secrets: ConnectionSecrets): Map<string, unknown> {
  const all: Content = { ...settings, ...secrets };
  return new Map(
    Object.entries(all).map(([field, value]) => [field, value instanceof Secret ? value.reveal() : value]),
  );
}

export interface ConnectionContent {
  settings: ConnectionSettings;
  secrets: ConnectionSecrets;
}

/** What a change of a connection means to those who hold a token of it. */
export function compareConnections(before: ConnectionContent, after: ConnectionContent) {
  const [old, present] = [
    contentOf(before.settings, before.secrets),
    contentOf(after.settings, after.secrets),
  ];
  const fields = [...new Set([...old.keys(), ...present.keys()])];
  const changed = fields.filter((field) => old.get(field) !== present.get(field));
  return {
    changed: changed.length > 0,
    credentialChanged: changed.some((field) => !OUTSIDE_SIGN_IN.has(field)),
  };
}

/** Salesforce takes the security token behind the password. Never twice: people also paste the two together. */
export function appendSecurityToken(password: Secret, securityToken: Secret | undefined): Secret {
  if (securityToken === undefined || password.reveal().endsWith(securityToken.reveal())) return password;
  return new Secret(password.reveal() + securityToken.reveal());
}

const REQUEST_FIELDS = Object.keys(bearerTokenRequestShape) as (keyof typeof bearerTokenRequestShape)[];

/** The bearer token request that signs this connection in. */
export function toBearerTokenRequest(connection: Connection): BearerTokenRequest {
  const known = Object.fromEntries(
    REQUEST_FIELDS.filter((field) => connection[field] !== undefined).map((field) => [
      field,
      connection[field],
    ]),
  ) as unknown as BearerTokenRequest;
  const { password, securityToken, scope: wanted } = connection;
  return {
    ...known,
    ...(password === undefined ? {} : { password: appendSecurityToken(password, securityToken) }),
    ...(wanted === undefined ? {} : { scope: wanted }),
  };
}
