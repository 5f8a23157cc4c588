/** A sync: one Salesforce campaign and one PureCloud contact list. Its keys, rules and defaults; pure. */
import { CronExpressionParser } from 'cron-parser';
import { z } from 'zod';
import { connectionName } from '../connections/connection.ts';
import { isCountryCode } from './country.ts';
import { hasKeyPrefix, toId18 } from './salesforce-id.ts';

// PureCloud's limits of a contact list: help page "Create a new contact list".
export const COLUMNS_MAX = 50;
const COLUMN_NAME_LENGTH_MAX = 128;
const LIST_NAME_LENGTH_MAX = 64;
// More results than an org has wrap-up codes that anyone tells apart.
const RESULTS_MAX = 1_000;
const STATUSES_MAX = 200;
// Salesforce: CampaignMemberStatus.Label.
const STATUS_LENGTH_MAX = 765;
const CAMPAIGN_PREFIX = '701';

export const syncName = connectionName;

/** `Email`, `Lead.Company`, `Contact.Account.Name`, `Score__c`, `Contact.Custom__r.Name`. */
const fieldPath = z
  .string()
  .trim()
  .max(255, 'must be at most 255 characters')
  .regex(
    /^[A-Za-z]\w*(\.[A-Za-z]\w*){0,4}$/,
    'must be the API name of a field, such as Email or Lead.Company',
  );

/** Names that PureCloud gives to columns of its own in exports: a column of that name could not be told from them. */
const SYSTEM_COLUMN =
  /^(inin-outbound-id|ContactCallable|ContactableBy\w+|ZipCodeAutomaticTimeZone|(CallRecordLast(Attempt|Result|AgentWrapup)|Sms(LastAttempt|LastResult)|Callable|AutomaticTimeZone)-.*)$/i;

const columnName = z
  .string()
  .trim()
  .min(1, 'must not be blank')
  .max(COLUMN_NAME_LENGTH_MAX, `must be at most ${COLUMN_NAME_LENGTH_MAX} characters`)
  .refine((name) => !SYSTEM_COLUMN.test(name), 'is a name that PureCloud keeps for a column of its own');

const statusLabel = z
  .string()
  .trim()
  .min(1, 'must not be blank')
  .max(STATUS_LENGTH_MAX, `must be at most ${STATUS_LENGTH_MAX} characters`);

function isTimeZone(text: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** Some readers take H for an instant of their own choice, another one each time they look. */
const CHOSEN_AT_RANDOM = /(?:^|[\s,/])H/i;

function isSchedule(text: string): boolean {
  try {
    return (
      !CHOSEN_AT_RANDOM.test(text) &&
      text.trim().split(/\s+/).length === 5 &&
      CronExpressionParser.parse(text).hasNext()
    );
  } catch {
    return false;
  }
}

export const syncShape = {
  salesforceConnection: connectionName.describe('Connection that reads the campaign and writes results.'),
  purecloudConnection: connectionName.describe('Connection that keeps the contact list.'),
  campaignId: z
    .string()
    .transform((text) => toId18(text) ?? '')
    .refine(
      (id) => hasKeyPrefix(id, CAMPAIGN_PREFIX),
      'must be the id of a campaign: 15 or 18 letters and digits that begin with 701, as in the address of its page',
    )
    .describe('Salesforce id of the campaign, 15 or 18 characters.'),
  contactListId: z
    .uuid('must be the id of a contact list, as in the address of its page in PureCloud')
    .transform((id) => id.toLowerCase())
    .optional()
    .describe('Contact list that is there already.'),
  contactListName: z
    .string()
    .trim()
    .min(1, 'must not be blank')
    .max(LIST_NAME_LENGTH_MAX, `must be at most ${LIST_NAME_LENGTH_MAX} characters`)
    .optional()
    .describe('Contact list by name; created when missing.'),
  columns: z
    .array(z.strictObject({ field: fieldPath, column: columnName }))
    .max(COLUMNS_MAX, `must be at most ${COLUMNS_MAX}`)
    .default([])
    .describe('Salesforce field -> column of the contact list.'),
  phones: z
    .array(
      z.strictObject({
        field: fieldPath,
        column: columnName,
        type: z.string().trim().min(1, 'must not be blank').max(50, 'must be at most 50 characters'),
      }),
    )
    .min(1, 'must hold at least one phone')
    .max(COLUMNS_MAX, `must be at most ${COLUMNS_MAX}`)
    .describe('Salesforce phone field -> phone column, and its type: Home, Work, Cell.'),
  defaultCountry: z
    .string()
    .transform((text) => text.trim().toUpperCase())
    .refine(isCountryCode, 'must be a country in two letters (ISO 3166-1): DE, for example')
    .optional()
    .describe('Country of numbers without one, where the record names none. ISO 3166-1 alpha-2.'),
  memberStatuses: z
    .array(statusLabel)
    .min(1, 'must hold at least one status, or be left out for all members')
    .max(STATUSES_MAX, `must be at most ${STATUSES_MAX}`)
    .optional()
    .describe('Statuses of the members to call. Absent: all members.'),
  excludeDoNotCall: z
    .boolean()
    .default(true)
    .describe('Leaves out, and takes off the list, whoever is not to be called.'),
  keepBlankValues: z
    .boolean()
    .default(true)
    .describe('A blank in Salesforce never wipes a value that is stored in the contact list.'),
  results: z
    .array(
      z.strictObject({
        result: z.string().trim().min(1, 'must not be blank').max(255, 'must be at most 255 characters'),
        memberStatus: statusLabel,
      }),
    )
    .max(RESULTS_MAX, `must be at most ${RESULTS_MAX}`)
    .default([])
    .describe('Wrap-up name, wrap-up id or system code -> status of the member.'),
  resultFields: z
    .strictObject({ lastResult: fieldPath.optional(), lastAttempt: fieldPath.optional() })
    .default({})
    .describe('Fields of the member that take the last result and the time of the last attempt.'),
  schedule: z
    .string()
    .trim()
    .max(200, 'must be at most 200 characters')
    .refine(
      isSchedule,
      'must be a cron expression of five fields, each within its range (minute 0-59, hour 0-23, day 1-31, month 1-12, weekday 0-7): "*/15 * * * *", for example',
    )
    .optional()
    .describe('When to run, as cron. Absent: only when asked.'),
  timeZone: z
    .string()
    .trim()
    .refine(isTimeZone, 'must be a time zone such as Europe/Berlin')
    .default('UTC')
    .describe('Time zone of the schedule.'),
  paused: z.boolean().default(false).describe('true: the schedule starts no run.'),
} as const;

export const syncSchema = z.strictObject(syncShape);
export type SyncInput = z.input<typeof syncSchema>;
export type SyncSettings = z.output<typeof syncSchema>;

export interface Sync extends SyncSettings {
  name: string;
  /** Rises with every change, never repeats, also when the sync is removed and made again. */
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

/** Whether anything of a call comes back to Salesforce. */
export function writesBack({ results, resultFields }: SyncSettings): boolean {
  return results.length > 0 || Object.values(resultFields).some((field) => field !== undefined);
}

/** Fields that a member's record is read with, each once. */
export function fieldsOf({ columns, phones }: SyncSettings): string[] {
  return [...new Set([...phones, ...columns].map(({ field }) => field))];
}

/** Fields of the member that results are written to. */
export function writtenFieldsOf({ results, resultFields }: SyncSettings): string[] {
  const written = Object.values(resultFields).filter((field) => field !== undefined);
  return [...written, ...(results.length > 0 ? ['Status'] : [])];
}

/** Fields whose change the sync itself causes: on their own they never make a contact "changed", or each result would come back as an update. */
export function ownFieldsOf(settings: SyncSettings): ReadonlySet<string> {
  return new Set(writtenFieldsOf(settings).map((field) => field.toLowerCase()));
}
