/** A connection <-> its row: which part is sealed, and for which place. No queries. */
import type { Selectable } from 'kysely';
import type { SealedColumn } from '../database/rotate-secrets.ts';
import { openSecret, sealSecret, type KeyRing } from '../database/sealed-secret.ts';
import type { ConnectionsTable } from '../database/tables.ts';
import { BridgeError } from '../errors.ts';
import { Secret } from '../secret.ts';
import {
  SECRET_FIELDS,
  type ConnectionContent,
  type ConnectionSecrets,
  type ConnectionSettings,
} from './connection.ts';
import type { ViewableConnection } from './connection-view.ts';
import { joinProxyUri, splitProxyUri } from './proxy-password.ts';

// Sealed like a secret, but shown as part of proxyUri.
const PROXY_PASSWORD = 'proxyPassword';

function identityOf(name: string, field: string): string {
  return `connection|${name}|${field}`;
}

/** For `rotateSecrets`. */
export const CONNECTION_SECRETS: SealedColumn = {
  table: 'connections',
  keyColumn: 'name',
  column: 'secrets',
  identityOf,
};

/** A connection in memory. `secrets` is an error where they cannot be opened: the connection is shown, and does not sign in. */
export interface StoredConnection extends ViewableConnection {
  secrets: ConnectionSecrets | BridgeError;
}

export function toRow(ring: KeyRing, name: string, { settings, secrets }: ConnectionContent) {
  const { uri, password } = splitProxyUri(settings.proxyUri ?? '');
  const all: Readonly<Record<string, Secret | undefined>> = {
    ...secrets,
    [PROXY_PASSWORD]: password === undefined ? undefined : new Secret(password),
  };
  const sealed = Object.entries(all)
    .filter((entry): entry is [string, Secret] => entry[1] !== undefined)
    .map(([field, value]) => [field, sealSecret(ring, identityOf(name, field), value)]);
  return {
    name,
    settings: JSON.stringify(password === undefined ? settings : { ...settings, proxyUri: uri }),
    secrets: JSON.stringify(Object.fromEntries(sealed)),
  };
}

function openAll(
  ring: KeyRing,
  name: string,
  sealed: Readonly<Record<string, string>>,
): Record<string, Secret> {
  return Object.fromEntries(
    Object.entries(sealed).map(([field, envelope]) => [
      field,
      openSecret(ring, identityOf(name, field), envelope),
    ]),
  );
}

function openOrFault(ring: KeyRing, row: Selectable<ConnectionsTable>): Record<string, Secret> | BridgeError {
  try {
    return openAll(ring, row.name, row.secrets);
  } catch (error) {
    if (error instanceof BridgeError) return error;
    throw error;
  }
}

export function fromRow(ring: KeyRing, row: Selectable<ConnectionsTable>): StoredConnection {
  const opened = openOrFault(ring, row);
  const settings = row.settings as unknown as ConnectionSettings;
  const common = {
    name: row.name,
    secretFields: SECRET_FIELDS.filter((field) => field in row.secrets),
    version: row.version,
    credentialVersion: row.credential_version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
  if (opened instanceof BridgeError) return { ...common, settings, secrets: opened };
  const { [PROXY_PASSWORD]: proxyPassword, ...secrets } = opened;
  if (proxyPassword === undefined || settings.proxyUri === undefined) return { ...common, settings, secrets };
  const proxyUri = joinProxyUri(settings.proxyUri, proxyPassword.reveal());
  return { ...common, settings: { ...settings, proxyUri }, secrets };
}
