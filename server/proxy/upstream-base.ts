/** Where the calls of a connection go. Pure. */
import type { Connection } from '../connections/connection.ts';
import { BridgeError } from '../errors.ts';

function noBase(detail: string): BridgeError {
  return new BridgeError('conflict', {
    detail: `${detail} Nothing was sent.`,
    remedy: 'Set apiUrl of the connection to the base address of the API that its token is for.',
  });
}

/** By connection as it is now: a changed one is another object. */
const bases = new WeakMap<Connection, URL>();

const instances = new WeakMap<Connection, { instanceUrl: string | undefined; base: URL }>();

/** Set on the connection by a person, so that it may also have a path; undefined where the token says where it belongs. */
export function configuredBase(connection: Connection): URL | undefined {
  const known = bases.get(connection);
  if (known !== undefined) return known;
  const { apiUrl, provider } = connection;
  if (apiUrl !== undefined) {
    const base = new URL(apiUrl);
    bases.set(connection, base);
    return base;
  }
  if (provider === 'salesforce') return undefined;
  throw noBase('The connection has no address of an API.');
}

/**
 * The instance that a Salesforce token is for. Only its origin counts, and never an open line where the sign-in was on a closed one.
 * @throws BridgeError `conflict` where the answer to the sign-in named none that can be used.
 */
export function instanceBase(connection: Connection, instanceUrl: string | undefined): URL {
  const known = instances.get(connection);
  if (known !== undefined && known.instanceUrl === instanceUrl) return known.base;
  const base = checkedInstance(connection, instanceUrl);
  instances.set(connection, { instanceUrl, base });
  return base;
}

function checkedInstance(connection: Connection, instanceUrl: string | undefined): URL {
  const url = instanceUrl !== undefined && URL.canParse(instanceUrl) ? new URL(instanceUrl) : undefined;
  if (url === undefined) throw noBase('The answer to the sign-in did not name the instance of the token.');
  const isAsSafe = url.protocol === 'https:' || url.protocol === new URL(connection.url).protocol;
  if (!['https:', 'http:'].includes(url.protocol) || !isAsSafe || url.username !== '' || url.password !== '')
    throw noBase('The answer to the sign-in named an instance that the bridge does not send a token to.');
  return new URL(url.origin);
}
