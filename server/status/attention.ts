/** What needs a person, the most pressing first. Pure. */
import type { ConnectionOverview } from './connection-overview.ts';

export interface Attention {
  /** Absent: it is about the bridge itself. */
  connection?: string;
  title: string;
  remedy: string;
}

interface Ranked extends Attention {
  rank: number;
}

const SECRETS_REMEDY =
  'Start the bridge with the BRIDGE_SECRET_KEY that they were sealed with, or enter the secrets of the connection again.';
const EXCEPTIONS_REMEDY =
  'Give the bridge the authority with BRIDGE_CA_FILE, or have the certificate replaced, and switch the exceptions off: whoever can redirect the traffic can read the credential.';

function attentionTo(connection: ConnectionOverview): Ranked[] {
  const { name, status, failure, deprecation, certificateExceptions } = connection;
  const found: Ranked[] = [];
  const add = (rank: number, title: string, remedy: string) =>
    found.push({ rank, connection: name, title, remedy });
  if (!connection.areSecretsReadable) add(1, 'The stored secrets cannot be opened', SECRETS_REMEDY);
  else if (failure !== undefined && status !== 'Healthy') {
    const title = failure.title ?? 'The sign-in fails';
    const remedy = failure.remedy ?? `Test the connection: POST /v1/connections/${name}/test.`;
    add(failure.isLatched ? 1 : status === 'Failed' ? 2 : 3, title, remedy);
  }
  if (deprecation !== undefined) add(4, deprecation.title, deprecation.remedy);
  if (certificateExceptions.length > 0) {
    add(5, `It forgives faults of certificates: ${certificateExceptions.join(', ')}`, EXCEPTIONS_REMEDY);
  }
  return found;
}

export function attentionOf(connections: readonly ConnectionOverview[], databaseFault?: string): Attention[] {
  const bridge: Ranked[] =
    databaseFault === undefined
      ? []
      : [
          {
            rank: 0,
            title: `The database is away: ${databaseFault}`,
            remedy:
              'Bring it back. Tokens in memory are served meanwhile; nothing can be changed, and nothing that restarts comes up.',
          },
        ];
  return [...bridge, ...connections.flatMap(attentionTo)]
    .sort((a, b) => a.rank - b.rank)
    .map(({ rank: _, ...attention }) => attention);
}
