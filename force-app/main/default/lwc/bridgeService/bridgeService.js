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
export { BridgeProblem, missing, problemOf } from './problem';
export { EXIT_PATHS, RUN_PHASES } from './types';
/** Sent with a change, so that it is refused over a change in between; 0 where there must be nothing of that name yet. */
export function versionOf(stored) {
    if (stored === undefined)
        return { version: 0 };
    return stored.version === undefined ? {} : { version: stored.version };
}
async function askText(answer) {
    try {
        return await answer;
    }
    catch (error) {
        throw new BridgeProblem(problemOf(error));
    }
}
/** An answer without a body (a deletion) is undefined. */
async function ask(answer) {
    const body = await askText(answer);
    try {
        return (body ? JSON.parse(body) : undefined);
    }
    catch (error) {
        throw new BridgeProblem(problemOf(error));
    }
}
/** Empty members are left out. */
function query(members) {
    return Object.entries(members)
        .filter(([, value]) => value !== undefined && value !== '')
        .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
        .join('&');
}
/** A check of a sync ends in words of its own. */
const SYNC_OUTCOMES = { passed: 'ok', failed: 'failed', skipped: 'notRun' };
export const bridge = {
    status: () => ask(getStatus()),
    connections: async () => (await ask(listConnections())).connections,
    saveConnection: (name, input) => ask(putConnection({ name, body: JSON.stringify(input) })),
    removeConnection: (name) => ask(deleteConnection({ name })),
    testConnection: (name) => ask(testConnection({ name })),
    resetConnection: (name) => ask(resetConnection({ name })),
    requestBearerToken: (input) => ask(requestBearerToken({ body: JSON.stringify(input) })),
    diagnose: (input) => ask(diagnose({ body: JSON.stringify(input) })),
    syncs: async () => (await ask(listSyncs())).syncs,
    saveSync: (name, input) => ask(putSync({ name, body: JSON.stringify(input) })),
    removeSync: (name) => ask(deleteSync({ name })),
    startRun: (syncName, input) => ask(startRun({ syncName, body: JSON.stringify(input) })),
    /** The last runs of one sync, the newest first. */
    runsOf: async (syncName) => (await ask(listSyncRuns({ syncName }))).runs,
    /** Whether both sides have what the sync names; of settings that are not saved yet, where they are given. */
    checkSync: async (name, unsaved) => {
        const body = unsaved === undefined ? '' : JSON.stringify(unsaved);
        const { checks } = await ask(checkSync({ name, body }));
        return { checks: checks.map((check) => ({ ...check, outcome: SYNC_OUTCOMES[check.outcome] })) };
    },
    /** Of all syncs, the newest first. */
    runs: (filter) => ask(listRuns({ query: query(filter) })),
    run: (id) => ask(getRun({ id })),
    pauseRun: (id) => ask(pauseRun({ id })),
    resumeRun: (id) => ask(resumeRun({ id })),
    cancelRun: (id) => ask(cancelRun({ id })),
    rows: (id, filter) => ask(listRows({ id, query: query(filter) })),
    rowsCsv: (id, filter) => askText(rowsCsv({ id, query: query(filter) })),
    activity: (filter) => ask(listActivity({ query: query(filter) })),
    setup: async () => (await ask(getSetup())).steps,
};
