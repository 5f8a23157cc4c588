/** Is there room for calls, upstream and in the bridge's own budget? */
import type { Check, CheckContext, Finding } from './check.ts';
import { answerDiagnosis, faultFinding } from './fault-finding.ts';
import { SALESFORCE_API, TOKENS_ME } from './permissions-check.ts';

const USED_WARNING_SHARE = 0.8;
const PLATFORM_LIMITS = '/api/v2/organizations/limits/namespaces/platform.api';
const TOKEN_RATE = 'client.credentials.token.rate.per.minute';

/** @param what Completes "… used". Pure. */
export function judgeUse(used: number, max: number, what: string): Finding {
  const percent = max > 0 ? Math.round((used / max) * 100) : 100;
  const sentence = `${used} of ${max} ${what} used (${percent} %).`;
  if (used < max * USED_WARNING_SHARE) return { outcome: 'ok', sentence };
  return { outcome: 'warning', sentence: `${sentence} Little is left.` };
}

/** The limit of a token out of PureCloud's list of limits; undefined where it has none. Pure. */
export function tokenRateOf(json: unknown): number | undefined {
  const entities = (json as { entities?: unknown } | null | undefined)?.entities;
  if (!Array.isArray(entities)) return undefined;
  const entry = (entities as { key?: unknown; value?: unknown }[]).find((each) => each?.key === TOKEN_RATE);
  return typeof entry?.value === 'number' ? entry.value : undefined;
}

/** Without the permission to read limits, an answer's own headers may tell. */
async function allowedByPureCloud({ probe }: CheckContext): Promise<number | undefined> {
  const limits = await probe.get(PLATFORM_LIMITS);
  if (limits.status === 200) return tokenRateOf(limits.json);
  const { headers } = await probe.get(TOKENS_ME);
  const told = Number(headers['inin-ratelimit-allowed']);
  return Number.isInteger(told) && told > 0 ? told : undefined;
}

async function ofPureCloud(context: CheckContext): Promise<Finding> {
  const { connection, budget } = context;
  const allowed = await allowedByPureCloud(context);
  const own = await budget.state(connection);
  const used = own?.usedLastMinute ?? 0;
  const limit = own?.limitPerMinute ?? connection.requestsPerMinute ?? 0;
  const use = judgeUse(used, limit, 'calls of the last minute');
  const configured = connection.requestsPerMinute ?? limit;
  if (allowed !== undefined && allowed < configured) {
    const sentence = `${use.sentence} PureCloud allows ${allowed} a minute, and requestsPerMinute is ${configured}: lower it to ${allowed}.`;
    return { outcome: 'warning', sentence };
  }
  const told =
    allowed === undefined ? 'PureCloud does not tell its limit.' : `PureCloud allows ${allowed} a minute.`;
  return { ...use, sentence: `${use.sentence} ${told}` };
}

async function ofSalesforce({ connection, probe }: CheckContext): Promise<Finding> {
  const limits = await probe.get(`${SALESFORCE_API}limits`);
  if (limits.status !== 200) {
    const diagnosis = answerDiagnosis(limits, connection, limits.url, limits.redact);
    return { outcome: 'warning', sentence: 'The limits of the org cannot be read.', diagnosis };
  }
  const daily = (limits.json as { DailyApiRequests?: { Max?: unknown; Remaining?: unknown } } | null)
    ?.DailyApiRequests;
  if (typeof daily?.Max !== 'number' || typeof daily.Remaining !== 'number')
    return { outcome: 'notRun', sentence: 'The org does not tell its daily API calls.' };
  return judgeUse(daily.Max - daily.Remaining, daily.Max, 'API calls of the day');
}

export const rateRoomCheck: Check = async (context) => {
  const { provider } = context.connection;
  if (provider === 'other')
    return { outcome: 'notRun', sentence: 'The limits of this upstream are not known to the bridge.' };
  try {
    return await (provider === 'purecloud' ? ofPureCloud(context) : ofSalesforce(context));
  } catch (error) {
    return faultFinding(error, context.connection);
  }
};
