/** Looks at both sides of a sync, as the next run would find them, and says of each part whether it fits. Writes nothing. */
import { BridgeError, type ErrorCode } from '../errors.ts';
import { didYouMean } from '../validation.ts';
import { DO_NOT_CALL_FIELDS, DO_NOT_CALL_UNSEEN, seesDoNotCall } from './consent.ts';
import type { ContactList, ListCheck, MemberSource } from './ports.ts';
import { findMeantList } from './meant-list.ts';
import type { SyncProgress } from './run/checkpoint.ts';
import { findMappingFaults } from './results.ts';
import { fieldsOf, writesBack, writtenFieldsOf, type SyncSettings } from './sync.ts';

/** In the order in which they are shown. */
export const SYNC_CHECK_NAMES = [
  'campaign',
  'fields',
  'memberStatuses',
  'contactList',
  'wrapUps',
  'results',
  'resultFields',
] as const;
export type SyncCheckName = (typeof SYNC_CHECK_NAMES)[number];
export const SYNC_CHECK_OUTCOMES = ['passed', 'failed', 'skipped'] as const;

export interface SyncFinding {
  outcome: (typeof SYNC_CHECK_OUTCOMES)[number];
  sentence: string;
  remedy?: string;
  /** Of the error, where one of the two sides could not be asked. */
  code?: ErrorCode;
}

export interface SyncCheck extends SyncFinding {
  name: SyncCheckName;
}

export interface SyncCheckReport {
  outcome: SyncFinding['outcome'];
  checks: SyncCheck[];
  /** Members of the campaign; absent where it was not found. */
  membersTotal?: number;
  /** The contact list is not there, and the first run makes it. */
  createsContactList?: boolean;
}

export interface SyncCheckPorts {
  source: Pick<MemberSource, 'memberStatuses' | 'countMembers' | 'describeFields'>;
  contacts: Pick<ContactList, 'check' | 'wrapUps'>;
}

const passed = (sentence: string): SyncFinding => ({ outcome: 'passed', sentence });
const skipped = (sentence: string): SyncFinding => ({ outcome: 'skipped', sentence });
const failed = (sentence: string, remedy: string): SyncFinding => ({ outcome: 'failed', sentence, remedy });

function listed(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ');
}

/** What a port threw: the other side, or another part of this one, may still have something to say. */
function failureOf(error: unknown): SyncFinding {
  if (!(error instanceof BridgeError)) throw error;
  return { ...failed(error.message, error.options.remedy ?? error.entry.remedy), code: error.code };
}

async function tried(work: () => Promise<SyncFinding>): Promise<SyncFinding> {
  try {
    return await work();
  } catch (error) {
    return failureOf(error);
  }
}

/** Statuses, or why they cannot be had. A campaign without a status is none: Salesforce gives each two. */
async function readLabels(source: SyncCheckPorts['source']): Promise<readonly string[] | SyncFinding> {
  try {
    const labels = await source.memberStatuses();
    if (labels.length > 0) return labels;
    return failed(
      'Salesforce has no campaign with this id, or its user may not see it.',
      'Copy the id from the address of the campaign, and give the user of the connection access to the campaign.',
    );
  } catch (error) {
    return failureOf(error);
  }
}

async function readNames(contacts: SyncCheckPorts['contacts']) {
  try {
    return await contacts.wrapUps();
  } catch (error) {
    return failureOf(error);
  }
}

function judgeFields(
  described: readonly { field: string; exists: boolean; writable: boolean }[],
  toWrite: boolean,
): SyncFinding {
  const missing = described.filter(({ exists }) => !exists).map(({ field }) => field);
  if (missing.length > 0) {
    return failed(
      `Salesforce has no field ${listed(missing)}, or its user may not see it.`,
      'Correct the name in the sync, or give the user of the connection access to the field.',
    );
  }
  const readOnly = described.filter(({ writable }) => !writable).map(({ field }) => field);
  if (toWrite && readOnly.length > 0) {
    return failed(
      `The user of the connection may not write ${listed(readOnly)}.`,
      'Give the user of the connection edit access to the field, or choose another in resultFields.',
    );
  }
  return passed(`${described.length} ${toWrite ? 'can be written' : 'can be read'}.`);
}

function judgeStatuses(
  { memberStatuses }: Pick<SyncSettings, 'memberStatuses'>,
  labels: readonly string[],
): SyncFinding {
  if (memberStatuses === undefined) return passed('Members of every status are sent.');
  const known = new Set(labels.map((label) => label.toLowerCase()));
  const unknown = memberStatuses.filter((status) => !known.has(status.toLowerCase()));
  if (unknown.length === 0) return passed(`The campaign has all ${memberStatuses.length}.`);
  return failed(
    `The campaign has no member status ${listed(unknown)}.`,
    `Choose among those that it has: ${labels.join(', ')}.`,
  );
}

function isSystemCode(result: string): boolean {
  return /^(ININ-|Default Wrap-up Code$)/i.test(result.trim());
}

function judgeWrapUps(
  { results }: Pick<SyncSettings, 'results'>,
  wrapUps: ReadonlyMap<string, string>,
): SyncFinding {
  const known = new Set([...wrapUps].flat().map((text) => text.trim().toLowerCase()));
  const unknown = results
    .map(({ result }) => result)
    .filter((result) => !isSystemCode(result) && !known.has(result.trim().toLowerCase()));
  if (unknown.length === 0) return passed(`PureCloud has all ${results.length} results.`);
  const meant = didYouMean(unknown[0]!, [...wrapUps.values()]);
  const hint = meant === undefined ? '' : ` Did you mean "${meant}"?`;
  return failed(
    `PureCloud has no wrap-up code ${listed(unknown)}.${hint}`,
    'Use the name or the id of a wrap-up code (Admin > Contact Center > Wrap-up Codes), or a system code that begins with ININ-.',
  );
}

function judgeResults(
  settings: Pick<SyncSettings, 'results'>,
  wrapUps: ReadonlyMap<string, string>,
  labels: readonly string[],
): SyncFinding {
  const [fault] = findMappingFaults(settings, wrapUps, labels);
  if (fault === undefined)
    return passed(`Results lead to a status that there is: ${settings.results.length}.`);
  if (fault.kind === 'mapped_twice') {
    return failed(
      `"${fault.other}" and "${fault.result}" are the same wrap-up, with different statuses.`,
      'Keep one of the two in results.',
    );
  }
  const meant = fault.meant === undefined ? '' : ` Did you mean "${fault.meant}"?`;
  return failed(
    `"${fault.result}" leads to "${fault.memberStatus}", which is no status of the campaign.${meant}`,
    `Add the status to the campaign, or choose among those that it has: ${labels.join(', ')}.`,
  );
}

function judgeList(check: ListCheck): SyncFinding {
  switch (check.state) {
    case 'ready':
      return passed('The contact list is there and has every column.');
    case 'missing':
      return passed('There is no contact list of this name yet: the first run makes it.');
    case 'notFound':
      return failed(
        'PureCloud has no contact list with this id, or its client may not see it.',
        'Copy the id from the address of the contact list, or give a contactListName instead: it is created when missing.',
      );
    case 'mismatch':
      return failed(
        `The contact list does not fit: ${check.detail}.`,
        'PureCloud lets no one change the columns of a list. Give another contactListName, and a list is made that fits; then put it into the PureCloud campaign. Or bring the mapping back to the columns of the list.',
      );
  }
}

function isFinding(value: unknown): value is SyncFinding {
  return typeof value === 'object' && value !== null && 'outcome' in value;
}

/** A new campaign is no fault; of one whose contacts are on the list already the run says what to do. */
const NO_MEMBERS =
  'The campaign is there and has no member that its user may see. Where it has members, give the user of the connection access to their leads and contacts.';
const NO_SALESFORCE = skipped('Not looked at: the campaign could not be read.');
const NOTHING_BACK = skipped('The sync brings nothing of a call back.');

async function checkSalesforce(settings: SyncSettings, source: SyncCheckPorts['source']) {
  const labels = await readLabels(source);
  if (isFinding(labels)) return { campaign: labels };
  let membersTotal: number | undefined;
  const campaign = await tried(async () => {
    membersTotal = await source.countMembers({});
    return passed(membersTotal === 0 ? NO_MEMBERS : `The campaign is there and has ${membersTotal} members.`);
  });
  const fields = await tried(async () => {
    const finding = judgeFields(await source.describeFields(fieldsOf(settings)), false);
    if (finding.outcome === 'failed' || !settings.excludeDoNotCall) return finding;
    const { sentence, remedy } = DO_NOT_CALL_UNSEEN;
    return seesDoNotCall(await source.describeFields(DO_NOT_CALL_FIELDS))
      ? finding
      : failed(sentence, remedy);
  });
  const resultChecks = writesBack(settings)
    ? await tried(async () => judgeFields(await source.describeFields(writtenFieldsOf(settings)), true))
    : NOTHING_BACK;
  return {
    labels,
    campaign,
    fields,
    membersTotal,
    resultFields: resultChecks,
    memberStatuses: judgeStatuses(settings, labels),
  };
}

async function checkPureCloud(
  settings: SyncSettings,
  contacts: SyncCheckPorts['contacts'],
  progress: Partial<SyncProgress>,
) {
  let createsContactList: boolean | undefined;
  const contactList = await tried(async () => {
    const check = await findMeantList(settings, progress, contacts);
    createsContactList = check.state === 'missing';
    return judgeList(check);
  });
  const names = settings.results.length === 0 ? new Map<string, string>() : await readNames(contacts);
  return { contactList, names, createsContactList };
}

function overall(checks: readonly SyncFinding[]): SyncFinding['outcome'] {
  return checks.some(({ outcome }) => outcome === 'failed') ? 'failed' : 'passed';
}

/**
 * A check that fails is an answer too; nothing is thrown but for a mistake of the bridge.
 * @param progress How far the sync has come; of one that is new or only tried out: nothing.
 */
export async function checkSync(
  settings: SyncSettings,
  { source, contacts }: SyncCheckPorts,
  progress: Partial<SyncProgress> = {},
): Promise<SyncCheckReport> {
  const [salesforce, purecloud] = await Promise.all([
    checkSalesforce(settings, source),
    checkPureCloud(settings, contacts, progress),
  ]);
  const { names, contactList, createsContactList } = purecloud;
  const { labels, membersTotal } = salesforce;
  const wrapUps =
    settings.results.length === 0 ? NOTHING_BACK : isFinding(names) ? names : judgeWrapUps(settings, names);
  const results =
    settings.results.length === 0
      ? NOTHING_BACK
      : labels === undefined || isFinding(names)
        ? skipped('Not looked at: statuses or wrap-up codes could not be read.')
        : judgeResults(settings, names, labels);
  const findings: Record<SyncCheckName, SyncFinding> = {
    campaign: salesforce.campaign,
    fields: salesforce.fields ?? NO_SALESFORCE,
    memberStatuses: salesforce.memberStatuses ?? NO_SALESFORCE,
    contactList,
    wrapUps,
    results,
    resultFields: salesforce.resultFields ?? NO_SALESFORCE,
  };
  const checks = SYNC_CHECK_NAMES.map((name) => ({ name, ...findings[name] }));
  return {
    outcome: overall(checks),
    checks,
    ...(membersTotal === undefined ? {} : { membersTotal }),
    ...(createsContactList === undefined ? {} : { createsContactList }),
  };
}
