/** The page's one way to Apex: every controller method as a typed call, every refusal as a BridgeProblem. */
import getStatus from '@salesforce/apex/BridgeStatusController.getStatus';
import listConnections from '@salesforce/apex/BridgeConnectionController.listConnections';
import putConnection from '@salesforce/apex/BridgeConnectionController.putConnection';
import deleteConnection from '@salesforce/apex/BridgeConnectionController.deleteConnection';
import testConnection from '@salesforce/apex/BridgeConnectionController.testConnection';
import resetConnection from '@salesforce/apex/BridgeConnectionController.resetConnection';
import requestBearerToken from '@salesforce/apex/BridgeRequestController.requestBearerToken';
import diagnose from '@salesforce/apex/BridgeRequestController.diagnose';
import listSyncs from '@salesforce/apex/BridgeSyncController.listSyncs';
import putSync from '@salesforce/apex/BridgeSyncController.putSync';
import deleteSync from '@salesforce/apex/BridgeSyncController.deleteSync';
import startRun from '@salesforce/apex/BridgeSyncController.startRun';
import listSyncRuns from '@salesforce/apex/BridgeSyncController.listSyncRuns';
import checkSync from '@salesforce/apex/BridgeSyncController.checkSync';
import listRuns from '@salesforce/apex/BridgeRunController.listRuns';
import getRun from '@salesforce/apex/BridgeRunController.getRun';
import pauseRun from '@salesforce/apex/BridgeRunController.pauseRun';
import resumeRun from '@salesforce/apex/BridgeRunController.resumeRun';
import cancelRun from '@salesforce/apex/BridgeRunController.cancelRun';
import listRows from '@salesforce/apex/BridgeRunController.listRows';
import rowsCsv from '@salesforce/apex/BridgeRunController.rowsCsv';
import listActivity from '@salesforce/apex/BridgeActivityController.listActivity';
import getSetup from '@salesforce/apex/BridgeSetupController.getSetup';
import { BridgeProblem, problemOf } from './problem';
import type {
  ActivityPage,
  BearerTokenAnswer,
  BridgeStatus,
  Check,
  ConnectionView,
  Findings,
  Run,
  RunRows,
  Runs,
  SetupStep,
  Sync,
  TestResult,
} from './types';

export { BridgeProblem, missing, problemOf } from './problem';
export { EXIT_PATHS, RUN_PHASES } from './types';
export type * from './types';

type Input = Readonly<Record<string, unknown>>;

/** Sent with a change, so that it is refused over a change in between; 0 where there must be nothing of that name yet. */
export function versionOf(stored: { version?: number } | undefined): { version?: number } {
  if (stored === undefined) return { version: 0 };
  return stored.version === undefined ? {} : { version: stored.version };
}

async function askText(answer: Promise<string>): Promise<string> {
  try {
    return await answer;
  } catch (error) {
    throw new BridgeProblem(problemOf(error));
  }
}

/** An answer without a body (a deletion) is undefined. */
async function ask<T>(answer: Promise<string>): Promise<T> {
  const body = await askText(answer);
  try {
    return (body ? JSON.parse(body) : undefined) as T;
  } catch (error) {
    throw new BridgeProblem(problemOf(error));
  }
}

/** Empty members are left out. */
function query(members: Readonly<Record<string, string | number | undefined>>): string {
  return Object.entries(members)
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([name, value]) => `${name}=${encodeURIComponent(value!)}`)
    .join('&');
}

interface SyncReport {
  checks: readonly (Omit<Check, 'outcome'> & { outcome: keyof typeof SYNC_OUTCOMES })[];
}

/** A check of a sync ends in words of its own. */
const SYNC_OUTCOMES = { passed: 'ok', failed: 'failed', skipped: 'notRun' } as const;

export const bridge = {
  status: () => ask<BridgeStatus>(getStatus()),

  connections: async () =>
    (await ask<{ connections: readonly ConnectionView[] }>(listConnections())).connections,
  saveConnection: (name: string, input: Input) =>
    ask<ConnectionView>(putConnection({ name, body: JSON.stringify(input) })),
  removeConnection: (name: string) => ask<void>(deleteConnection({ name })),
  testConnection: (name: string) => ask<TestResult>(testConnection({ name })),
  resetConnection: (name: string) => ask<void>(resetConnection({ name })),

  requestBearerToken: (input: Input) =>
    ask<BearerTokenAnswer>(requestBearerToken({ body: JSON.stringify(input) })),
  diagnose: (input: Input) => ask<Findings>(diagnose({ body: JSON.stringify(input) })),

  syncs: async () => (await ask<{ syncs: readonly Sync[] }>(listSyncs())).syncs,
  saveSync: (name: string, input: Input) => ask<Sync>(putSync({ name, body: JSON.stringify(input) })),
  removeSync: (name: string) => ask<void>(deleteSync({ name })),
  startRun: (syncName: string, input: { dryRun?: boolean; retryFailedOf?: string; planOf?: string }) =>
    ask<Run>(startRun({ syncName, body: JSON.stringify(input) })),
  /** The last runs of one sync, the newest first. */
  runsOf: async (syncName: string) => (await ask<Runs>(listSyncRuns({ syncName }))).runs,
  /** Whether both sides have what the sync names; of settings that are not saved yet, where they are given. */
  checkSync: async (name: string, unsaved?: Input): Promise<TestResult> => {
    const body = unsaved === undefined ? '' : JSON.stringify(unsaved);
    const { checks } = await ask<SyncReport>(checkSync({ name, body }));
    return { checks: checks.map((check) => ({ ...check, outcome: SYNC_OUTCOMES[check.outcome] })) };
  },

  /** Of all syncs, the newest first. */
  runs: (filter: { after?: string; limit?: number }) => ask<Runs>(listRuns({ query: query(filter) })),
  run: (id: string) => ask<Run>(getRun({ id })),
  pauseRun: (id: string) => ask<Run | undefined>(pauseRun({ id })),
  resumeRun: (id: string) => ask<Run | undefined>(resumeRun({ id })),
  cancelRun: (id: string) => ask<Run | undefined>(cancelRun({ id })),
  rows: (id: string, filter: { outcome?: string; after?: number }) =>
    ask<RunRows>(listRows({ id, query: query(filter) })),
  rowsCsv: (id: string, filter: { outcome?: string }) => askText(rowsCsv({ id, query: query(filter) })),

  activity: (filter: { connection?: string; result?: string; after?: string; limit?: number }) =>
    ask<ActivityPage>(listActivity({ query: query(filter) })),

  setup: async () => (await ask<{ steps: readonly SetupStep[] }>(getSetup())).steps,
};
