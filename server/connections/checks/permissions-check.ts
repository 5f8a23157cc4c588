/** May the client do what the bridge will ask for? */
import { textAt } from '../upstream-identity.ts';
import type { Check, CheckContext, Finding } from './check.ts';
import { answerDiagnosis, faultFinding } from './fault-finding.ts';
import type { ProbeAnswer } from './probe.ts';

/** What a campaign sync reads first; each is asked for one entry. */
const PURECLOUD_PERMISSIONS: readonly { permission: string; path: string }[] = [
  { permission: 'outbound:contactList:view', path: '/api/v2/outbound/contactlists?pageSize=1' },
  { permission: 'routing:wrapupCode:view', path: '/api/v2/routing/wrapupcodes?pageSize=1' },
];
export const TOKENS_ME = '/api/v2/tokens/me';
const USER_INFO = '/services/oauth2/userinfo';
/** What the REST API has: asked for, since it takes no permission beyond the use of the API. A version that every org has since Spring ’26. */
export const SALESFORCE_API = '/services/data/v66.0/';

function refused({ connection }: CheckContext, answer: ProbeAnswer, sentence?: string): Finding {
  const diagnosis = answerDiagnosis(answer, connection, answer.url, answer.redact);
  return { outcome: 'failed', sentence: sentence ?? `${diagnosis.title}.`, diagnosis };
}

async function ofPureCloud(context: CheckContext): Promise<Finding> {
  const me = await context.probe.get(TOKENS_ME);
  if (me.status !== 200) return refused(context, me);
  const missing: { permission: string; answer: ProbeAnswer }[] = [];
  const untold: string[] = [];
  for (const { permission, path } of PURECLOUD_PERMISSIONS) {
    const answer = await context.probe.get(path);
    if (answer.status === 403) missing.push({ permission, answer });
    else if (answer.status !== 200) untold.push(`${permission} (${answer.status})`);
  }
  const names = missing.map(({ permission }) => permission);
  if (missing.length > 0) {
    const sentence = `Missing: ${names.join(', ')}. Campaign syncs need them; handing out tokens and the proxy work without.`;
    return refused(context, missing[0]!.answer, sentence);
  }
  const organisation = textAt(me.json, 'organization', 'name');
  const where = organisation === undefined ? '' : ` The client belongs to the organisation ${organisation}.`;
  if (untold.length > 0)
    return { outcome: 'warning', sentence: `Not to be told: ${untold.join(', ')}.${where}` };
  return { outcome: 'ok', sentence: `It may read contact lists and wrap-up codes.${where}` };
}

async function ofSalesforce(context: CheckContext): Promise<Finding> {
  const user = await context.probe.get(USER_INFO);
  if (user.status !== 200) return refused(context, user);
  const api = await context.probe.get(SALESFORCE_API);
  const who = textAt(user.json, 'preferred_username') ?? 'an unnamed user';
  const org = textAt(user.json, 'organization_id') ?? 'unknown';
  const as = `It acts as ${who} in the org ${org}.`;
  if (api.status === 200) return { outcome: 'ok', sentence: `${as} The REST API answers.` };
  return refused(context, api, `${as} But the REST API does not answer it.`);
}

export const permissionsCheck: Check = async (context) => {
  const { provider } = context.connection;
  if (provider === 'other')
    return { outcome: 'notRun', sentence: 'What this upstream permits is not known to the bridge.' };
  try {
    return await (provider === 'purecloud' ? ofPureCloud(context) : ofSalesforce(context));
  } catch (error) {
    return faultFinding(error, context.connection);
  }
};
