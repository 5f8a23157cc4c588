/** What the bridge answers, as far as the page reads it. Null members are left out, and newer members may come. */

export type StatusWord =
  'Healthy' | 'Running' | 'Paused' | 'Late' | 'Part failed' | 'Failed' | 'Action needed' | 'Unknown';

export interface FieldFault {
  /** Name of the member of the request. */
  field: string;
  detail: string;
}

/** An error of the bridge, or one made in Apex where no answer came. */
export interface Problem {
  code: string;
  title: string;
  detail: string;
  /** What to do, in plain words. */
  remedy: string;
  retryable: boolean;
  status?: number;
  retryAfterSeconds?: number;
  correlationId?: string;
  errors?: readonly FieldFault[];
}

export interface Diagnosis {
  code: string;
  title: string;
  /** Most likely first. */
  causes: readonly string[];
  remedy: string;
}

export interface Deprecation {
  code: string;
  title: string;
  endsOn?: string;
  detail: string;
  remedy: string;
}

export interface ConnectionStatus {
  name: string;
  provider: string;
  grantType: string;
  region?: string;
  status: StatusWord;
  areSecretsReadable?: boolean;
  token?: { hasToken: boolean; expiresInSeconds?: number; generation?: number };
  failure?: {
    failureClass?: string;
    isLatched: boolean;
    failures?: number;
    retryAfterSeconds?: number;
    code?: string;
    title?: string;
    remedy?: string;
  };
  lastUsedAt?: string;
  usesToday?: number;
  certificateExceptions?: readonly string[];
  deprecation?: Deprecation;
  /** API calls of the org in 24 hours, those of others included. */
  apiUsage?: { used: number; max: number };
}

export interface SyncStatus {
  name: string;
  status: StatusWord;
  /** Since the list was last known to be as the campaign; absent: never. */
  freshnessSeconds?: number;
}

export interface Attention {
  connection?: string;
  sync?: string;
  title: string;
  remedy: string;
}

export interface BridgeStatus {
  bridge: {
    status: StatusWord;
    version: string;
    startedAt?: string;
    database?: { isHealthy: boolean; latencyMs?: number; reason?: string };
  };
  connections: readonly ConnectionStatus[];
  /** Absent from an older bridge. */
  syncs?: readonly SyncStatus[];
  attention: readonly Attention[];
}

/** Every setting of a connection; of a secret only that it is set. */
export interface ConnectionView {
  name: string;
  provider: string;
  url: string;
  grantType: string;
  region?: string;
  apiUrl?: string;
  clientId?: string;
  username?: string;
  clientSecretSet?: boolean;
  passwordSet?: boolean;
  securityTokenSet?: boolean;
  privateKeySet?: boolean;
  version?: number;
  updatedAt?: string;
  deprecation?: Deprecation;
  [setting: string]: unknown;
}

export type CheckOutcome = 'ok' | 'warning' | 'failed' | 'notRun';

export interface Check {
  name: string;
  outcome: CheckOutcome;
  /** Plain words, one sentence or a few. */
  sentence?: string;
  durationMs?: number;
  diagnosis?: Diagnosis;
  /** What to do, where there is no diagnosis. */
  remedy?: string;
}

export interface TestResult {
  checks: readonly Check[];
}

export type ExitPath = 'Success' | 'UnknownHost' | 'Timeout' | 'ConnectionFailure' | 'Failure';
export const EXIT_PATHS: readonly ExitPath[] = [
  'Success',
  'UnknownHost',
  'Timeout',
  'ConnectionFailure',
  'Failure',
];

/** Apex takes the token itself out: the components are given its length. */
export interface BearerTokenAnswer {
  exitPath: ExitPath;
  tokenCharacters?: number;
  tokenType?: string;
  expiresInSeconds?: number;
  instanceUrl?: string;
  upstreamStatus?: number;
  upstreamHeaders?: Readonly<Record<string, string>>;
  upstreamBody?: string;
  diagnosis?: Diagnosis;
  durationMs: number;
  correlationId: string;
  upstreamCorrelationId?: string;
}

export interface Findings {
  diagnosis?: Diagnosis;
  findings: readonly Diagnosis[];
}

export interface SyncColumn {
  field: string;
  column: string;
  type?: string;
}

export interface SyncResult {
  result: string;
  memberStatus: string;
}

export interface Sync {
  name: string;
  salesforceConnection: string;
  purecloudConnection: string;
  campaignId: string;
  contactListId?: string;
  contactListName?: string;
  columns?: readonly SyncColumn[];
  phones?: readonly SyncColumn[];
  defaultCountry?: string;
  memberStatuses?: readonly string[];
  excludeDoNotCall?: boolean;
  keepBlankValues?: boolean;
  results?: readonly SyncResult[];
  resultFields?: { lastResult?: string; lastAttempt?: string };
  schedule?: string;
  timeZone?: string;
  paused?: boolean;
  status?: StatusWord;
  /** Sent back with a change: a change of a sync that someone else has changed since is refused. */
  version?: number;
  updatedAt?: string;
  lastRun?: Run;
  nextRunAt?: string;
  /** When the list was last known to be as the campaign. */
  freshAt?: string;
  [setting: string]: unknown;
}

export type RunPhase = 'read' | 'check' | 'send' | 'confirm' | 'writeBack' | 'done';
export const RUN_PHASES: readonly RunPhase[] = ['read', 'check', 'send', 'confirm', 'writeBack', 'done'];

export interface RunCounts {
  membersRead: number;
  added: number;
  changed: number;
  removed: number;
  unchanged: number;
  skipped: number;
  invalid: number;
  failed: number;
  resultsRead: number;
  membersUpdated: number;
}

export interface Run {
  id: string;
  sync: string;
  status: StatusWord;
  phase: RunPhase;
  dryRun?: boolean;
  counts: RunCounts;
  /** Absent until it is known. */
  membersTotal?: number;
  ratePerSecond?: number;
  secondsLeft?: number;
  createdAt?: string;
  /** Absent while it waits for its turn. */
  startedAt?: string;
  finishedAt?: string;
  startedBy?: string;
  /** Of a run that goes on: why it waits for its next try. */
  failure?: { code: string; detail?: string; remedy?: string };
  /** When that is. */
  retryAt?: string;
  /** Result that the sync maps to no member status -> how many members had it. */
  unmapped?: Readonly<Record<string, number>>;
  /** What was asked of a run that has not come to it yet. */
  wanted?: 'pause' | 'cancel';
}

export interface Runs {
  runs: readonly Run[];
  nextAfter?: string;
}

export interface RunRow {
  /** Place in the run. */
  seq: number;
  memberId: string;
  outcome: 'skipped' | 'invalid' | 'failed' | 'removed' | 'warning';
  reasonCode: string;
  /** What is the matter, in plain words. */
  sentence: string;
  /** What to do about it. */
  remedy: string;
  /** Salesforce field that it is about. */
  field?: string;
  /** What Salesforce had, by field. */
  original?: Readonly<Record<string, string | number | boolean | null>>;
}

export interface RunRows {
  rows: readonly RunRow[];
  nextAfter?: number;
}

export interface ActivityEntry {
  id: string;
  at: string;
  kind: string;
  result: string;
  connection?: string;
  caller?: string;
  status?: number;
  durationMs?: number;
  correlationId?: string;
  upstreamCorrelationId?: string;
  summary?: string;
}

export interface ActivityPage {
  entries: readonly ActivityEntry[];
  nextAfter?: string;
}

export type StepOutcome = 'done' | 'todo' | 'failed' | 'unknown';

export interface SetupStep {
  name: string;
  outcome: StepOutcome;
  detail?: string;
  remedy?: string;
}
