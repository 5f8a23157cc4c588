/** Before anything is sent: whether both sides are as the sync says, and what has to be read. */
import { consentFieldsOf, DO_NOT_CALL_UNSEEN, seesDoNotCall } from '../consent.ts';
import { listFingerprint } from '../contact-hash.ts';
import { findMeantList, layoutOf } from '../meant-list.ts';
import type { FieldDescription, ListCheck, MemberQuery } from '../ports.ts';
import {
  createResultReader,
  findMappingFaults,
  findUnknownStatus,
  type MappingFault,
  type ResultReader,
} from '../results.ts';
import { fieldsOf, writesBack, writtenFieldsOf, type SyncSettings } from '../sync.ts';
import {
  consentSeen,
  decideReading,
  lostConsent,
  mappingBegun,
  NO_MAPPING,
  type Reading,
  type SyncProgress,
} from './checkpoint.ts';
import { RunFault } from './run-fault.ts';
import { advance, type RunOrder, type RunPorts, type WalkContext } from './walk-context.ts';

function didYouMeanText(meant: string | undefined): string {
  return meant === undefined ? '' : ` Did you mean "${meant}"?`;
}

/**
 * @returns the statuses of the campaign. One without any is none that the user may see: Salesforce gives each two.
 * @throws RunFault where reading on would find no member, or not those that are meant, and take everybody else off the list.
 */
export async function readStatuses(
  { source }: Pick<RunPorts, 'source'>,
  { memberStatuses }: Pick<SyncSettings, 'memberStatuses'>,
): Promise<readonly string[]> {
  const labels = await source.memberStatuses();
  if (labels.length === 0) {
    throw new RunFault(
      'campaign_not_found',
      'Salesforce has no campaign with the id of the sync, or its user may not see it. The contact list is left as it is.',
      'Correct campaignId, or give the user of the connection access to the campaign. Where the campaign was deleted, remove the sync, and clear the contact list in PureCloud.',
    );
  }
  const unknown = findUnknownStatus(memberStatuses ?? [], labels);
  if (unknown === undefined) return labels;
  throw new RunFault(
    'member_status_unknown',
    `The campaign has no member status "${unknown.status}", which memberStatuses names.${didYouMeanText(unknown.meant)}`,
    `Correct memberStatuses of the sync: the campaign has ${labels.join(', ')}.`,
  );
}

function mappingFault(fault: MappingFault): RunFault {
  if (fault.kind === 'mapped_twice') {
    return new RunFault(
      'result_mapped_twice',
      `The results "${fault.other}" and "${fault.result}" are the same wrap-up, with different statuses.`,
      'Keep one of the two in "results" of the sync.',
    );
  }
  return new RunFault(
    'member_status_unknown',
    `The campaign has no member status "${fault.memberStatus}", to which "${fault.result}" is mapped.${didYouMeanText(fault.meant)}`,
    `Add the status to the campaign, or map the result to one that it has: ${fault.known.join(', ')}.`,
  );
}

/** @throws RunFault where a result is mapped to a status that the campaign does not have: Salesforce would store any text. */
export async function prepareResults(
  { contacts }: Pick<RunPorts, 'contacts'>,
  settings: SyncSettings,
  labels: readonly string[],
): Promise<ResultReader> {
  if (!writesBack(settings)) return createResultReader(settings, new Map(), []);
  const wrapUps = await contacts.wrapUps();
  const [fault] = findMappingFaults(settings, wrapUps, labels);
  if (fault !== undefined) throw mappingFault(fault);
  return createResultReader(settings, wrapUps, labels);
}

/**
 * Who has refused calls in a field that cannot be read any more looks like one who has not, and would be put on the list again. That it was
 * told of is noted, so that whoever saves the sync after it is known to have been told.
 * @returns what can be read now.
 */
async function consentSeenNow(
  context: WalkContext,
  described: readonly FieldDescription[],
): Promise<Pick<SyncProgress, 'consentFields'>> {
  const { settings, progress } = context.order;
  const wanted = consentFieldsOf(settings);
  const seen = described.filter(({ field, exists }) => exists && wanted.includes(field));
  const before = consentSeen(progress);
  const lost = before.filter((name) => wanted.includes(name) && !seen.some(({ field }) => field === name));
  if (lost.length === 0) return { consentFields: seen.map(({ field }) => field).join(',') };
  await advance(context, {}, { progress: { consentFields: lostConsent(before) } });
  throw new RunFault(
    'field_unknown',
    `Salesforce shows its user ${lost.join(', ')} no more, so that whoever refused calls there cannot be told from the others. The contact list is left as it is.`,
    'Give the user of the connection read access to these fields, and to the individuals of leads and contacts, again. Where the org has done away with them, save the sync with a change, such as another schedule: it then goes by the fields that are left.',
  );
}

/** @returns what can be read of consent. */
async function checkFields(context: WalkContext): Promise<Pick<SyncProgress, 'consentFields'>> {
  const { settings } = context.order;
  const { source } = context.ports;
  const written = writtenFieldsOf(settings);
  const named = [...fieldsOf(settings), ...written];
  const described = await source.describeFields([...new Set([...named, ...consentFieldsOf(settings)])]);
  const missing = described.filter(({ field, exists }) => !exists && named.includes(field));
  if (missing.length > 0) {
    throw new RunFault(
      'field_unknown',
      `Salesforce has no field ${missing.map(({ field }) => field).join(', ')}, or its user may not see it.`,
      'Correct the name in the sync, or give the user of the connection access to the field.',
    );
  }
  const readOnly = described.filter(({ field, writable }) => written.includes(field) && !writable);
  if (readOnly.length > 0) {
    throw new RunFault(
      'field_not_writable',
      `The user of the connection may not write ${readOnly.map(({ field }) => field).join(', ')}.`,
      'Give the user of the connection edit access to the field, or choose another in resultFields.',
    );
  }
  if (settings.excludeDoNotCall && !seesDoNotCall(described)) {
    const { sentence, remedy } = DO_NOT_CALL_UNSEEN;
    throw new RunFault('field_unknown', `${sentence} The contact list is left as it is.`, remedy);
  }
  return await consentSeenNow(context, described);
}

function assertUsable(check: ListCheck): void {
  if (check.state === 'notFound') {
    throw new RunFault(
      'contact_list_not_found',
      'PureCloud has no contact list with the id of the sync.',
      'Correct contactListId, or name a list in contactListName instead: it is created when missing.',
    );
  }
  if (check.state === 'mismatch') {
    throw new RunFault(
      'contact_list_mismatch',
      `The contact list does not fit the columns of the sync: ${check.detail}.`,
      'PureCloud lets no one change the columns of a list. Set another contactListName, and a list is made that fits; then put that list into the PureCloud campaign. Or bring the mapping back to the columns of the list.',
    );
  }
}

interface ListState {
  listId?: string;
  listChanged: boolean;
  wasThere: boolean;
}

async function prepareList(context: WalkContext): Promise<ListState> {
  const { order, ports } = context;
  const { settings, dryRun, progress } = order;
  const check = await findMeantList(settings, progress, ports.contacts);
  assertUsable(check);
  const found = check.state === 'ready' ? check.listId : undefined;
  const listId = found ?? (dryRun ? undefined : await ports.contacts.create(layoutOf(settings)));
  const listChanged = listId === undefined || listId !== progress.contactListId;
  if (listChanged && !dryRun) await ports.journal.startOver();
  return { listChanged, wasThere: found !== undefined, ...(listId === undefined ? {} : { listId }) };
}

/** Fills `context.deletedIds`; what Salesforce has forgotten turns the reading into a full one. */
export async function readDeletions(
  context: WalkContext,
  reading: Reading,
): Promise<{ reading: Reading; deletedUntil?: string }> {
  if (reading.kind !== 'incremental') return { reading };
  const deleted = await context.ports.source.deletedSince(reading.deletedSince);
  if (deleted.outcome === 'windowMissed') return { reading: { kind: 'full', reason: 'window_missed' } };
  context.deletedIds = [...new Set(deleted.ids)].sort();
  return { reading, deletedUntil: deleted.coveredUntil };
}

export function queryOf(reading: Reading): MemberQuery {
  return reading.kind === 'incremental' ? { since: reading.since } : {};
}

export async function countMembers(
  { ports }: WalkContext,
  reading: Reading,
): Promise<{ membersTotal?: number }> {
  if (reading.kind === 'retry') return {};
  return { membersTotal: await ports.source.countMembers(queryOf(reading)) };
}

/** The progress of another list, or of another mapping, says nothing: until a full run has ended, every run has to be full. */
function listProgress({ settings, progress }: RunOrder, { listId, listChanged }: ListState) {
  if (listId === undefined) return {};
  const mapping = listChanged ? { mappingFingerprint: NO_MAPPING } : mappingBegun(settings, progress);
  return { contactListId: listId, listFingerprint: listFingerprint(settings), ...mapping };
}

export async function checkStage(context: WalkContext): Promise<void> {
  const { order, ports } = context;
  const { settings, dryRun, progress, retryOf } = order;
  const consent = await checkFields(context);
  const list = await prepareList(context);
  const { listId, listChanged, wasThere } = list;
  const readStartedAt = await ports.source.readClock();
  const wanted = decideReading({
    progress,
    settings,
    listChanged,
    now: readStartedAt,
    ...(retryOf === undefined ? {} : { retryOf }),
  });
  const { reading, deletedUntil } = await readDeletions(context, wanted);
  const listMayHold = wasThere && reading.kind === 'full' && reading.reason === 'first';
  await advance(
    context,
    {
      stage: 'members',
      phase: 'read',
      reading,
      readStartedAt,
      ...(deletedUntil === undefined ? {} : { deletedUntil }),
      ...(listId === undefined ? {} : { listId }),
      ...(dryRun && listChanged ? { ledgerIsVoid: true } : {}),
      ...(listMayHold ? { listMayHold } : {}),
      // Of another list: what was called on this one before is all to be read.
      ...(progress.resultsWatermark === undefined || listChanged
        ? {}
        : { resultsSince: progress.resultsWatermark }),
    },
    {
      // Of a run that begins anew.
      resetCounts: true,
      ...(await countMembers(context, reading)),
      progress: { ...listProgress(order, list), ...consent },
    },
  );
}
