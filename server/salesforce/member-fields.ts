/** Which fields of a member are read: those that the sync names, and those that say who may be called where. */
import { SalesforceRefusal } from './salesforce-refusal.ts';
import type { FieldDescribe, SalesforceSession } from './salesforce-session.ts';
import { fieldPath } from './soql-text.ts';

export const MEMBER = 'CampaignMember';

/** What is known of a field by its path, such as `Lead.Company`. */
export interface KnownField {
  describe: FieldDescribe;
  /** Its own object, where the path leads elsewhere. */
  isOwn: boolean;
}

function relationshipIn(fields: readonly FieldDescribe[], name: string): FieldDescribe | undefined {
  return fields.find(({ relationshipName }) => relationshipName?.toLowerCase() === name.toLowerCase());
}

/** None where the user has no right to the object: then it is as if it were not there, for queries too. */
async function fieldsOf(session: SalesforceSession, object: string): Promise<readonly FieldDescribe[]> {
  try {
    return (await session.describe(object)).fields;
  } catch (error) {
    if (error instanceof SalesforceRefusal && error.errorCode === 'NOT_FOUND') return [];
    throw error;
  }
}

/** Follows the path from object to object. Undefined: there is no such field, or the user may not see it, which Salesforce does not tell apart. */
export async function findField(session: SalesforceSession, path: string): Promise<KnownField | undefined> {
  const steps = fieldPath(path).split('.');
  const name = steps.pop()!;
  let { fields } = await session.describe(MEMBER);
  for (const step of steps) {
    const object = relationshipIn(fields, step)?.referenceTo?.[0];
    if (object === undefined) return undefined;
    fields = await fieldsOf(session, object);
  }
  const describe = fields.find((field) => field.name.toLowerCase() === name.toLowerCase());
  return describe === undefined ? undefined : { describe, isOwn: steps.length === 0 };
}

/** Most said first: the first of them that has a value is the country. */
const COUNTRIES = ['Country', 'Lead.Country', 'Contact.MailingCountry'] as const;
const INDIVIDUAL_REFUSALS = ['HasOptedOutSolicit', 'HasOptedOutProcessing', 'ShouldForget'] as const;
/** Every field that can say that a person is not to be called; a sync decides by the same ones. */
export const REFUSALS = [
  'DoNotCall',
  'Lead.DoNotCall',
  'Contact.DoNotCall',
  ...['Lead', 'Contact'].flatMap((person) =>
    INDIVIDUAL_REFUSALS.map((field) => `${person}.Individual.${field}`),
  ),
] as const;
const ALWAYS = ['Id', 'SystemModstamp', 'Status', 'LeadId', 'ContactId'] as const;
/** Whose change is a change of the member, though its own stamp may not show it. */
const STAMPS = [
  'SystemModstamp',
  'Lead.SystemModstamp',
  'Contact.SystemModstamp',
  'Lead.Individual.SystemModstamp',
  'Contact.Individual.SystemModstamp',
] as const;

export interface MemberFields {
  /** Of the sync. */
  fields: readonly string[];
  countries: readonly string[];
  refusals: readonly string[];
  stamps: readonly string[];
  /** All that is read, each once. */
  selected: readonly string[];
  /** Type by path, in every spelling that is read: a Bulk job brings everything as text. */
  types: ReadonlyMap<string, string>;
}

async function present(session: SalesforceSession, paths: readonly string[]): Promise<string[]> {
  const found = await Promise.all(paths.map(async (path) => (await findField(session, path)) !== undefined));
  return paths.filter((_, at) => found[at]);
}

function eachOnce(paths: readonly string[]): string[] {
  const byName = new Map(paths.map((path) => [path.toLowerCase(), path]));
  return [...byName.values()];
}

/** Orgs differ: some have no Individual, in some the user may not see a country. What is not there is not asked for. */
export async function readMemberFields(
  session: SalesforceSession,
  fields: readonly string[],
): Promise<MemberFields> {
  const countries = await present(session, COUNTRIES);
  const refusals = await present(session, REFUSALS);
  const stamps = await present(session, STAMPS);
  const read = [...ALWAYS, ...countries, ...refusals, ...fields.map(fieldPath)];
  const types = new Map<string, string>();
  for (const path of new Set(read)) {
    const known = await findField(session, path);
    if (known !== undefined) types.set(path, known.describe.type);
  }
  return { fields, countries, refusals, stamps, selected: eachOnce(read), types };
}
