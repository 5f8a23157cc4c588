/** What needs a person, the most pressing first. Pure. */
import type { ConnectionOverview } from './connection-overview.ts';
import type { SyncOverview } from './sync-overview.ts';

export interface Attention {
  /** Both absent: it is about the bridge itself. */
  connection?: string;
  sync?: string;
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

const RANK_OF_SYNC = { 'Action needed': 1, Failed: 2, Late: 3, 'Part failed': 4 } as const;

function attentionToSync({ name, status, lastRun }: SyncOverview): Ranked[] {
  if (!Object.hasOwn(RANK_OF_SYNC, status)) return [];
  const rank = RANK_OF_SYNC[status as keyof typeof RANK_OF_SYNC];
  if (status === 'Late') {
    const remedy = `Start a run: POST /v1/syncs/${name}/runs. If it happens again, look whether the bridge runs at the times of the schedule.`;
    return [{ rank, sync: name, title: 'Its scheduled run did not begin', remedy }];
  }
  if (status === 'Part failed' && lastRun?.code === undefined) {
    const title = `${lastRun?.failedRows ?? 0} rows of its last run failed`;
    const remedy = `Read why in GET /v1/runs/${lastRun?.id}/rows?outcome=failed, and try them again with retryFailedOf.`;
    return [{ rank, sync: name, title, remedy }];
  }
  const title = lastRun?.title ?? 'Its last run failed';
  const remedy = lastRun?.remedy ?? `Read GET /v1/runs/${lastRun?.id}.`;
  return [{ rank, sync: name, title, remedy }];
}

export function attentionOf(
  connections: readonly ConnectionOverview[],
  syncs: readonly SyncOverview[],
  databaseFault?: string,
): Attention[] {
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
  return [...bridge, ...connections.flatMap(attentionTo), ...syncs.flatMap(attentionToSync)]
    .sort((a, b) => a.rank - b.rank)
    .map(({ rank: _, ...attention }) => attention);
}
