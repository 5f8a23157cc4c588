/** Whether a token may be used by whoever began its work with a connection as it was before. */
import { BridgeError } from '../errors.ts';
import type { TokenHandout } from '../tokens/held-token.ts';
import { OF_ITS_USE, SECRET_FIELDS, type Connection } from './connection.ts';

/** Members that say nothing of whose account it is, nor of the way there: a secret that was renewed is that of the same one. */
const OF_NO_ACCOUNT: ReadonlySet<string> = new Set<keyof Connection>([
  ...SECRET_FIELDS,
  ...OF_ITS_USE,
  'version',
  'credentialVersion',
  'createdAt',
  'updatedAt',
]);

function isOfSameAccount(one: Connection, other: Connection): boolean {
  const fields = new Set([...Object.keys(one), ...Object.keys(other)]) as Set<keyof Connection>;
  return [...fields].every((field) => OF_NO_ACCOUNT.has(field) || one[field] === other[field]);
}

/**
 * A token is asked for by the name of its connection, and a call may wait long for one: for its body, for a permit, for a repetition; a
 * run of a sync for hours. Where the connection is another account's by then, its token must not go where the calls of the first one go.
 * @param begun The connection whose address and way the call takes.
 * @throws BridgeError `conflict`, retryable: begun anew, it takes the connection as it is.
 */
export function assertTokenOf(
  begun: Connection,
  token: Pick<TokenHandout, 'credentialVersion'>,
  connections: { find(name: string): Connection | undefined },
): void {
  if (token.credentialVersion <= begun.credentialVersion) return;
  const present = connections.find(begun.name);
  if (present?.credentialVersion === token.credentialVersion && isOfSameAccount(begun, present)) return;
  throw new BridgeError('conflict', {
    detail: `The connection ${begun.name} was changed to another account, or to another way there, while it was in use. Nothing more was sent.`,
    remedy: 'Send the call again: it is then made with the connection as it is now.',
    retryable: true,
  });
}
