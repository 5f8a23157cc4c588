/** A connection as anyone may see it: every setting, and of a secret only that it is set. Pure. */
import { SECRET_FIELDS, type ConnectionSettings, type SecretField } from './connection.ts';
import { deprecationOf, type Deprecation } from './deprecation.ts';
import { maskProxyUri } from './proxy-password.ts';

export interface ConnectionView extends ConnectionSettings, Partial<Record<`${SecretField}Set`, boolean>> {
  name: string;
  version: number;
  credentialVersion: number;
  /** ISO 8601, UTC. */
  createdAt: string;
  updatedAt: string;
  /** What of it will stop working. */
  deprecation?: Deprecation;
}

/** What a view needs: it is made without opening a secret, so that a connection whose secrets cannot be read is still shown. */
export interface ViewableConnection {
  name: string;
  settings: ConnectionSettings;
  secretFields: readonly SecretField[];
  version: number;
  credentialVersion: number;
  createdAt: Date;
  updatedAt: Date;
}

export function toConnectionView(stored: ViewableConnection): ConnectionView {
  const { name, settings, secretFields, version, credentialVersion, createdAt, updatedAt } = stored;
  const flags = SECRET_FIELDS.filter((field) => secretFields.includes(field)).map((field) => [
    `${field}Set`,
    true,
  ]);
  const deprecation = deprecationOf(settings);
  return {
    name,
    ...settings,
    ...(settings.proxyUri === undefined ? {} : { proxyUri: maskProxyUri(settings.proxyUri) }),
    ...(Object.fromEntries(flags) as Partial<Record<`${SecretField}Set`, boolean>>),
    version,
    credentialVersion,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
    ...(deprecation === undefined ? {} : { deprecation }),
  };
}
