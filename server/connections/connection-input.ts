/** What someone sends for a connection -> its whole content, with region, defaults and stored secrets filled in. Pure. */
import { combinationFaults, isRequiredByGrant } from '../bearer/request.ts';
import type { FieldError } from '../errors.ts';
import { fieldErrorsOf, invalidRequest, withoutBlanks } from '../validation.ts';
import {
  connectionName,
  connectionSchema,
  connectionShape,
  PURECLOUD_REQUESTS_PER_MINUTE,
  SECRET_FIELDS,
  type ConnectionContent,
  type ConnectionSecrets,
  type ConnectionSettings,
  type ConnectionValues,
} from './connection.ts';
import { isMaskedProxyUri, unmaskProxyUri } from './proxy-password.ts';
import { listRegions, resolveRegion, type ExtraRegion } from '../regions.ts';

export interface ConnectionInputContext {
  name: string;
  /** What is stored under the name now. */
  stored?: ConnectionContent;
  extraRegions?: readonly ExtraRegion[];
}

export interface ParsedConnectionInput extends ConnectionContent {
  /** The `version` that was read and sent back; a change is refused where it is no longer the present one. */
  expectedVersion?: number;
}

/** Members of an answer that say something and set nothing: what was read can be changed and sent back whole. */
const READ_ONLY_MEMBERS: ReadonlySet<string> = new Set([
  'name',
  'version',
  'credentialVersion',
  'createdAt',
  'updatedAt',
  'deprecation',
  ...SECRET_FIELDS.map((field) => `${field}Set`),
]);

type Members = Readonly<Record<string, unknown>>;

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function writable(members: unknown, stored: ConnectionContent | undefined): unknown {
  if (!isMembers(members)) return members;
  const kept = Object.fromEntries(Object.entries(members).filter(([field]) => !READ_ONLY_MEMBERS.has(field)));
  const { proxyUri } = kept;
  return typeof proxyUri === 'string'
    ? { ...kept, proxyUri: unmaskProxyUri(proxyUri, stored?.settings.proxyUri) }
    : kept;
}

function nameFaults(name: string, members: unknown): FieldError[] {
  const parsed = connectionName.safeParse(name);
  if (!parsed.success) return [{ field: 'name', detail: parsed.error.issues[0]!.message }];
  const sent = isMembers(members) ? members.name : undefined;
  return sent === undefined || sent === name
    ? []
    : [{ field: 'name', detail: `must be "${name}", as in the path` }];
}

/** The stored password is not sent to another address, and the mask is no password. */
function maskFaults(input: unknown): FieldError[] {
  if (!isMembers(input) || typeof input.proxyUri !== 'string' || !isMaskedProxyUri(input.proxyUri)) return [];
  const detail =
    'holds "***" where its password was, and none is stored for this address; give the password again';
  return [{ field: 'proxyUri', detail }];
}

/** Parameters of a token endpoint that a connection has a field for, sealed and never shown. */
const OF_OWN_FIELD = /^(?:client_?secret|password|assertion)$/i;

function credentialInQuery(address: string): string | undefined {
  if (!URL.canParse(address)) return undefined;
  return [...new URL(address).searchParams.keys()].find((name) => OF_OWN_FIELD.test(name));
}

/** An address is shown to whoever may read connections, and is stored as it is. */
function secretFaults(input: unknown): FieldError[] {
  if (!isMembers(input)) return [];
  return (['url', 'apiUrl'] as const).flatMap((field) => {
    const address = input[field];
    const name = typeof address === 'string' ? credentialInQuery(address) : undefined;
    const detail = `must not hold "${name}" in its query, where anybody can read it; give credentials in their own fields`;
    return name === undefined ? [] : [{ field, detail }];
  });
}

function tokenUrl(loginUrl: string): string {
  return `${loginUrl}/oauth/token`;
}

interface Addresses {
  region?: string;
  url?: string;
  apiUrl?: string;
}

/** A url that some region would have filled in is not a wish of its own: it follows the region when that changes. */
function ownAddresses(values: ConnectionValues, extra: readonly ExtraRegion[]): Addresses {
  const regions = listRegions(extra);
  const url = regions.some(({ loginUrl }) => tokenUrl(loginUrl) === values.url) ? undefined : values.url;
  const apiUrl = regions.some((region) => region.apiUrl === values.apiUrl) ? undefined : values.apiUrl;
  return { ...(url === undefined ? {} : { url }), ...(apiUrl === undefined ? {} : { apiUrl }) };
}

function addressesOf(
  values: ConnectionValues,
  extra: readonly ExtraRegion[],
): Addresses & { faults: FieldError[] } {
  const { provider, region, url, apiUrl } = values;
  const given: Addresses = {
    ...(url === undefined ? {} : { url }),
    ...(apiUrl === undefined ? {} : { apiUrl }),
  };
  if (region === undefined) {
    if (url !== undefined) return { ...given, faults: [] };
    return provider === 'purecloud'
      ? {
          ...given,
          faults: [{ field: 'region', detail: 'is required where there is no url: us_east_1, for example' }],
        }
      : { ...given, faults: [{ field: 'url', detail: 'is required: the address of the token endpoint' }] };
  }
  if (provider !== 'purecloud') {
    return {
      ...given,
      faults: [{ field: 'region', detail: 'is for the provider purecloud; give url instead' }],
    };
  }
  const resolved = resolveRegion(region, extra);
  if (!resolved.found) return { ...given, faults: [unknownRegion(resolved.suggestions)] };
  const filled = { url: tokenUrl(resolved.region.loginUrl), apiUrl: resolved.region.apiUrl };
  return { region: resolved.region.key, ...filled, ...ownAddresses(values, extra), faults: [] };
}

function unknownRegion(suggestions: readonly string[]): FieldError {
  const detail =
    suggestions.length === 0
      ? 'is not a region of PureCloud; give the key or the domain behind "login.", such as us_west_2 or usw2.pure.cloud'
      : `is not a region of PureCloud; did you mean ${suggestions.join(' or ')}?`;
  return { field: 'region', detail };
}

/**
 * What of the stored secrets stays: an explicit null clears one, unless the grant cannot do without it. Apex serialises members that
 * nobody set as null, and must not take the secret away that signs the connection in.
 */
function keptSecrets(body: unknown, stored: ConnectionSecrets): ConnectionSecrets {
  if (!isMembers(body)) return stored;
  const isCleared = (field: string) => body[field] === null && !isRequiredByGrant(body.grantType, field);
  return Object.fromEntries(Object.entries(stored).filter(([field]) => !isCleared(field)));
}

function secretsOf(values: ConnectionValues, stored: ConnectionSecrets): ConnectionSecrets {
  return Object.fromEntries(
    SECRET_FIELDS.map((field) => [field, values[field] ?? stored[field]]).filter(
      ([, value]) => value !== undefined,
    ),
  ) as ConnectionSecrets;
}

/** The defaults that depend on the provider. */
function completeSettings(values: ConnectionValues, addresses: Addresses): ConnectionSettings {
  const { provider, requestsPerMinute } = values;
  const rate = requestsPerMinute ?? (provider === 'purecloud' ? PURECLOUD_REQUESTS_PER_MINUTE : undefined);
  const settings = {
    ...values,
    ...addresses,
    // In the one spelling in which it comes back from the store, or sending it again would be a change.
    ...(values.proxyUri === undefined ? {} : { proxyUri: new URL(values.proxyUri).href }),
    credentialsInBody: values.credentialsInBody ?? provider === 'salesforce',
    ...(rate === undefined ? {} : { requestsPerMinute: rate }),
  };
  const isSecret = (field: string) => (SECRET_FIELDS as readonly string[]).includes(field);
  return Object.fromEntries(
    Object.entries(settings).filter(([field, value]) => !isSecret(field) && value !== undefined),
  ) as unknown as ConnectionSettings;
}

/** Rules between fields, over what will be there: an absent secret is the stored one. */
function combinations(members: unknown, stored: ConnectionSecrets): FieldError[] {
  if (!isMembers(members)) return [];
  const inBody = members.credentialsInBody ?? members.provider === 'salesforce';
  const sent = Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
  return combinationFaults({ ...stored, ...sent, credentialsInBody: inBody });
}

function expectedVersionOf(members: unknown): { expectedVersion?: number } {
  const version = isMembers(members) ? members.version : undefined;
  return typeof version === 'number' ? { expectedVersion: version } : {};
}

/**
 * Reads a connection as it is sent to the API, typed into the page, or written in the configuration file.
 * A PUT replaces everything but the secrets: an absent secret keeps the stored one, and null clears one that the grant does not need.
 * @throws BridgeError `invalid_request` naming every field that is wrong; no value of a field is repeated.
 */
export function parseConnectionInput(body: unknown, context: ConnectionInputContext): ParsedConnectionInput {
  const { name, stored, extraRegions = [] } = context;
  const storedSecrets = keptSecrets(body, stored?.secrets ?? {});
  const members = withoutBlanks(body);
  const input = writable(members, stored);
  const parsed = connectionSchema.safeParse(input, { reportInput: true });
  const errors = nameFaults(name, members);
  if (!parsed.success) errors.push(...fieldErrorsOf(parsed.error, Object.keys(connectionShape)));
  const { faults, ...addresses } = parsed.success
    ? addressesOf(parsed.data, extraRegions)
    : { faults: [] as FieldError[] };
  errors.push(...faults, ...maskFaults(input), ...secretFaults(input), ...combinations(input, storedSecrets));
  if (!parsed.success || errors.length > 0) throw invalidRequest(errors);
  return {
    settings: completeSettings(parsed.data, addresses),
    secrets: secretsOf(parsed.data, storedSecrets),
    ...expectedVersionOf(members),
  };
}
