/** What each Apex controller of the page asks the bridge for. Pure: the page's browser adapter and its tests read it. */

export interface BridgeCall {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** With its query. */
  path: string;
  /** JSON as text. */
  body?: string;
}

type Params = Readonly<Record<string, string>>;

function part(params: Params, name: string): string {
  return encodeURIComponent(params[name] ?? '');
}

function withBody(params: Params): Pick<BridgeCall, 'body'> {
  return params.body === undefined || params.body === '' ? {} : { body: params.body };
}

function withQuery(path: string, { query }: Params): string {
  return query === undefined || query === '' ? path : `${path}?${query}`;
}

/** Class and method -> the call. `BridgeSetupController.getSetup` is not among them: it asks the org. */
export const APEX_CALLS: Readonly<Record<string, (params: Params) => BridgeCall>> = {
  'BridgeStatusController.getStatus': () => ({ method: 'GET', path: '/v1/status' }),

  'BridgeConnectionController.listConnections': () => ({ method: 'GET', path: '/v1/connections' }),
  'BridgeConnectionController.putConnection': (params) => ({
    method: 'PUT',
    path: `/v1/connections/${part(params, 'name')}`,
    ...withBody(params),
  }),
  'BridgeConnectionController.deleteConnection': (params) => ({
    method: 'DELETE',
    path: `/v1/connections/${part(params, 'name')}`,
  }),
  'BridgeConnectionController.testConnection': (params) => ({
    method: 'POST',
    path: `/v1/connections/${part(params, 'name')}/test`,
  }),
  'BridgeConnectionController.resetConnection': (params) => ({
    method: 'POST',
    path: `/v1/connections/${part(params, 'name')}/reset`,
  }),

  'BridgeRequestController.requestBearerToken': (params) => ({
    method: 'POST',
    path: '/v1/bearer-token-requests',
    ...withBody(params),
  }),
  'BridgeRequestController.diagnose': (params) => ({
    method: 'POST',
    path: '/v1/diagnoses',
    ...withBody(params),
  }),

  'BridgeSyncController.listSyncs': () => ({ method: 'GET', path: '/v1/syncs' }),
  'BridgeSyncController.putSync': (params) => ({
    method: 'PUT',
    path: `/v1/syncs/${part(params, 'name')}`,
    ...withBody(params),
  }),
  'BridgeSyncController.deleteSync': (params) => ({
    method: 'DELETE',
    path: `/v1/syncs/${part(params, 'name')}`,
  }),
  'BridgeSyncController.startRun': (params) => ({
    method: 'POST',
    path: `/v1/syncs/${part(params, 'syncName')}/runs`,
    ...withBody(params),
  }),
  'BridgeSyncController.listSyncRuns': (params) => ({
    method: 'GET',
    path: `/v1/syncs/${part(params, 'syncName')}/runs`,
  }),
  'BridgeSyncController.checkSync': (params) => ({
    method: 'POST',
    path: `/v1/syncs/${part(params, 'name')}/check`,
    ...withBody(params),
  }),

  'BridgeRunController.listRuns': (params) => ({ method: 'GET', path: withQuery('/v1/runs', params) }),

  'BridgeRunController.getRun': (params) => ({ method: 'GET', path: `/v1/runs/${part(params, 'id')}` }),
  'BridgeRunController.pauseRun': (params) => ({
    method: 'POST',
    path: `/v1/runs/${part(params, 'id')}/pause`,
  }),
  'BridgeRunController.resumeRun': (params) => ({
    method: 'POST',
    path: `/v1/runs/${part(params, 'id')}/resume`,
  }),
  'BridgeRunController.cancelRun': (params) => ({
    method: 'POST',
    path: `/v1/runs/${part(params, 'id')}/cancel`,
  }),
  'BridgeRunController.listRows': (params) => ({
    method: 'GET',
    path: withQuery(`/v1/runs/${part(params, 'id')}/rows`, params),
  }),
  'BridgeRunController.rowsCsv': (params) => ({
    method: 'GET',
    path: withQuery(`/v1/runs/${part(params, 'id')}/rows.csv`, params),
  }),

  'BridgeActivityController.listActivity': (params) => ({
    method: 'GET',
    path: withQuery('/v1/activity', params),
  }),
};

/** Members of an answer that Apex keeps to itself: the components are given the length of a token. */
function withoutToken(json: string): string {
  const { bearerAccessToken, ...answer } = JSON.parse(json) as { bearerAccessToken?: string };
  return JSON.stringify({ ...answer, tokenCharacters: bearerAccessToken?.length });
}

/** Class and method -> what it makes of the answer, where it does not hand it on as it came. */
export const APEX_ANSWERS: Readonly<Record<string, (json: string) => string>> = {
  'BridgeRequestController.requestBearerToken': withoutToken,
};
