/** What someone sends for a sync -> its settings, or one error that names every field that is wrong. Pure. */
import type { FieldError } from '../errors.ts';
import { fieldErrorsOf, invalidRequest, withoutBlanks } from '../validation.ts';
import { COLUMNS_MAX, syncName, syncSchema, syncShape, type SyncSettings } from './sync.ts';

export interface ParsedSyncInput {
  settings: SyncSettings;
  /** The `version` that was read and sent back; a change is refused where it is no longer the present one. */
  expectedVersion?: number;
}

/** Members of an answer that set nothing: what was read can be changed and sent back whole. */
const READ_ONLY_MEMBERS: ReadonlySet<string> = new Set([
  'name',
  'version',
  'createdAt',
  'updatedAt',
  'webhookSecretSet',
  'webhookPath',
  'status',
  'lastRun',
  'nextRunAt',
  'freshAt',
]);

/** All member names, for "did you mean". */
const KNOWN_MEMBERS = [
  ...Object.keys(syncShape),
  'field',
  'column',
  'type',
  'result',
  'memberStatus',
  'lastResult',
  'lastAttempt',
];

function repeated(path: string, member: string, texts: readonly string[]): FieldError[] {
  const first = new Map<string, number>();
  return texts.flatMap((text, index) => {
    const key = text.toLowerCase();
    const before = first.get(key);
    if (before === undefined) {
      first.set(key, index);
      return [];
    }
    return [{ field: `${path}[${index}].${member}`, detail: `is there already, at ${path}[${before}]` }];
  });
}

function columnFaults({ columns, phones }: SyncSettings): FieldError[] {
  const total = columns.length + phones.length;
  const tooMany: FieldError[] =
    total > COLUMNS_MAX
      ? [{ field: 'columns', detail: `must, with the phones, be at most ${COLUMNS_MAX}; there are ${total}` }]
      : [];
  const phoneColumns = new Set(phones.map(({ column }) => column.toLowerCase()));
  const clashes = columns.flatMap(({ column }, index) =>
    phoneColumns.has(column.toLowerCase())
      ? [{ field: `columns[${index}].column`, detail: 'is a phone column already; remove one of the two' }]
      : [],
  );
  return [
    ...tooMany,
    ...repeated(
      'columns',
      'column',
      columns.map(({ column }) => column),
    ),
    ...repeated(
      'phones',
      'column',
      phones.map(({ column }) => column),
    ),
    ...clashes,
  ];
}

function listFaults({ contactListId, contactListName }: SyncSettings): FieldError[] {
  if ((contactListId === undefined) !== (contactListName === undefined)) return [];
  return contactListId === undefined
    ? [{ field: 'contactListName', detail: 'is required where there is no contactListId' }]
    : [{ field: 'contactListName', detail: 'must be left out where contactListId says which list it is' }];
}

function resultFaults({ results, resultFields }: SyncSettings): FieldError[] {
  const { lastResult, lastAttempt } = resultFields;
  const same = lastResult !== undefined && lastResult.toLowerCase() === lastAttempt?.toLowerCase();
  const foreign = Object.entries(resultFields).filter(([, field]) => field?.includes('.') ?? false);
  const status = Object.entries(resultFields).filter(([, field]) => field?.toLowerCase() === 'status');
  return [
    ...repeated(
      'results',
      'result',
      results.map(({ result }) => result),
    ),
    ...(same ? [{ field: 'resultFields.lastAttempt', detail: 'must not be the field of lastResult' }] : []),
    ...foreign.map(([name]) => ({
      field: `resultFields.${name}`,
      detail: 'must be a field of the campaign member itself: those of leads and contacts are not written',
    })),
    ...status.map(([name]) => ({
      field: `resultFields.${name}`,
      detail: 'must not be Status: map results to statuses in "results"',
    })),
  ];
}

function combinationFaults(settings: SyncSettings): FieldError[] {
  const { salesforceConnection, purecloudConnection } = settings;
  const sameConnection: FieldError[] =
    salesforceConnection === purecloudConnection
      ? [{ field: 'purecloudConnection', detail: 'must be another connection than salesforceConnection' }]
      : [];
  return [...sameConnection, ...listFaults(settings), ...columnFaults(settings), ...resultFaults(settings)];
}

function writable(body: unknown): unknown {
  const members = withoutBlanks(body);
  if (typeof members !== 'object' || members === null || Array.isArray(members)) return members;
  const { resultFields, ...others } = members as Record<string, unknown>;
  const kept = Object.entries(others).filter(([field]) => !READ_ONLY_MEMBERS.has(field));
  return {
    ...Object.fromEntries(kept),
    ...(resultFields === undefined ? {} : { resultFields: withoutBlanks(resultFields) }),
  };
}

function versionIn(body: unknown): number | undefined {
  const version = typeof body === 'object' && body !== null && 'version' in body ? body.version : undefined;
  return typeof version === 'number' ? version : undefined;
}

/** @throws BridgeError `invalid_request` naming every field that is wrong. */
export function parseSyncInput(name: string, body: unknown): ParsedSyncInput {
  const parsed = syncSchema.safeParse(writable(body), { reportInput: true });
  const named = syncName.safeParse(name);
  const errors: FieldError[] = named.success
    ? []
    : [{ field: 'name', detail: named.error.issues[0]!.message }];
  errors.push(
    ...(parsed.success ? combinationFaults(parsed.data) : fieldErrorsOf(parsed.error, KNOWN_MEMBERS)),
  );
  if (!parsed.success || errors.length > 0) throw invalidRequest(errors);
  const expectedVersion = versionIn(body);
  return {
    // Through JSON, so that members that are undefined are gone.
    settings: JSON.parse(JSON.stringify(parsed.data)) as SyncSettings,
    ...(expectedVersion === undefined ? {} : { expectedVersion }),
  };
}
