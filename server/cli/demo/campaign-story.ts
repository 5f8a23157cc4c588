/** The last part of the story: a campaign becomes a contact list, is called, and has its results. */
import { setTimeout as wait } from 'node:timers/promises';
import { DEMO_SALESFORCE_APP } from '../../../sandbox/salesforce/create-salesforce-sandbox.ts';
import type { Dialing } from '../../../sandbox/purecloud/outbound/dialing/dialing.ts';
import { startRun, type RunWish } from '../begin-run.ts';
import { pathTo } from '../bridge-api.ts';
import { followRun } from '../follow-run.ts';
import { maskValue } from '../mask.ts';
import { shortCounts } from '../print-run.ts';
import { grouped, progressBar } from '../progress-line.ts';
import { rowsSchema, type Run } from '../run-schema.ts';
import { wrapped } from '../terminal.ts';
import { heading, STORY_WIDTH, type Stage } from './stage.ts';

export const DEMO_SYNC = 'spring-offer';
export const DEMO_MEMBERS = 5_000;
const RESULTS = {
  Interested: 'Interested',
  'Not Interested': 'Declined',
  'Do Not Call Again': 'Declined',
  'Call Back Later': 'Called',
  'Wrong Number': 'Not Reached',
  'ININ-OUTBOUND-NO-ANSWER': 'Not Reached',
  'ININ-OUTBOUND-MACHINE': 'Not Reached',
  'ININ-OUTBOUND-BUSY': 'Not Reached',
  'ININ-OUTBOUND-DISCONNECT': 'Not Reached',
  'ININ-OUTBOUND-SIT-UNCALLABLE': 'Not Reached',
  'ININ-OUTBOUND-FAX': 'Not Reached',
} as const;

// A busy call center, for as long as someone likes to watch.
const CALLS_PER_SECOND = 200;
const WATCHED_MS = 5_000;
const FRAME_MS = 200;
const POLL_MS = 150;

function tell({ terminal }: Stage, text: string): void {
  terminal.data(wrapped(text, '     ', STORY_WIDTH).replace(/^ {5}/, '  -> '));
}

async function expectOk(asked: Promise<{ status: number; body: Record<string, unknown> }>) {
  const { status, body } = await asked;
  if (status >= 300) throw new Error(`The demo's bridge answers with HTTP ${status}: ${String(body.detail)}`);
  return body;
}

/** The connection to PureCloud is there from before. */
async function setUp({ bridge, sandbox }: Stage): Promise<void> {
  const { tokenUrl, url } = sandbox.salesforce;
  const { clientId, clientSecret } = DEMO_SALESFORCE_APP;
  const connection = { provider: 'salesforce', url: tokenUrl, apiUrl: url, clientId, clientSecret };
  await expectOk(bridge.ask('PUT', '/v1/connections/salesforce', connection));
  const sync = {
    salesforceConnection: 'salesforce',
    purecloudConnection: 'purecloud',
    campaignId: sandbox.campaignId,
    contactListName: 'Spring Offer',
    columns: [
      { field: 'FirstName', column: 'First name' },
      { field: 'LastName', column: 'Last name' },
    ],
    phones: [
      { field: 'MobilePhone', column: 'Mobile', type: 'Cell' },
      { field: 'Phone', column: 'Phone', type: 'Work' },
    ],
    results: Object.entries(RESULTS).map(([result, memberStatus]) => ({ result, memberStatus })),
    resultFields: { lastResult: 'Bridge_Last_Result__c', lastAttempt: 'Bridge_Last_Attempt__c' },
  };
  await expectOk(bridge.ask('PUT', `/v1/syncs/${DEMO_SYNC}`, sync));
}

/** As `pcbridge sync run` does it, with the same bar. */
async function run({ api, terminal, signalled }: Stage, wish: RunWish): Promise<Run> {
  const started = await startRun(api, DEMO_SYNC, wish);
  const screen = terminal.live === undefined ? {} : { live: terminal.live };
  const quiet = { say: () => undefined, ...screen };
  const ended = await followRun(api, started, quiet, signalled, { intervalMs: POLL_MS });
  if (ended.status === 'Healthy') return ended;
  throw new Error(`The demo's run ended ${ended.status}: ${ended.failure?.detail ?? shortCounts(ended)}`);
}

function command({ terminal }: Stage, text: string): void {
  terminal.data(terminal.paint('dim', `  $ pcbridge ${text}`));
}

async function showInvalid(stage: Stage, { id }: Run): Promise<void> {
  const { rows } = await stage.api.ask(
    'GET',
    `${pathTo('runs', id, 'rows')}?outcome=invalid&limit=1`,
    rowsSchema,
  );
  const [row] = rows;
  if (row === undefined) return;
  const value = row.field === undefined ? null : maskValue(row.original[row.field] ?? null);
  const shown = value === null ? '' : ` (${value})`;
  stage.terminal.data(
    wrapped(`One of the invalid${shown}: ${row.sentence} ${row.remedy}`, '     ', STORY_WIDTH),
  );
}

async function send(stage: Stage): Promise<Run> {
  heading(stage, `9. A campaign of ${grouped(DEMO_MEMBERS)} members becomes a contact list`);
  await setUp(stage);
  command(stage, `sync plan ${DEMO_SYNC}`);
  const plan = await run(stage, { dryRun: true });
  tell(stage, `${shortCounts(plan)}; nothing is written yet.`);
  await showInvalid(stage, plan);
  command(stage, `sync run ${DEMO_SYNC} --plan ${plan.id.slice(0, 8)}…`);
  const startedAtMs = performance.now();
  const sent = await run(stage, { planOf: plan.id });
  const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
  const asPlanned = shortCounts({ ...sent, dryRun: true }) === shortCounts(plan) ? ', as planned' : '';
  tell(stage, `${shortCounts(sent)}${asPlanned}, in ${seconds} s.`);
  return sent;
}

/** What stands in the org itself, past the bridge. */
function statusCounts({ sandbox }: Stage): Map<string, number> {
  const { CampaignMember } = sandbox.org.state.tables;
  const counts = new Map<string, number>();
  for (let row = 0; row < CampaignMember.rows; row += 1) {
    const status = String(CampaignMember.value(row, 'Status'));
    counts.set(status, (counts.get(status) ?? 0) + 1);
  }
  return counts;
}

function statusWords(stage: Stage): string {
  const known = [...new Set(Object.values(RESULTS))];
  const counts = statusCounts(stage);
  return known.map((status) => `${grouped(counts.get(status) ?? 0)} ${status}`).join(', ');
}

function resultsIn(stage: Stage): number {
  const counts = statusCounts(stage);
  return [...new Set<string>(Object.values(RESULTS))].reduce(
    (sum, status) => sum + (counts.get(status) ?? 0),
    0,
  );
}

async function watch(stage: Stage, dialing: Dialing, contacts: number): Promise<void> {
  const { live } = stage.terminal;
  const endsAtMs = performance.now() + WATCHED_MS;
  while (performance.now() < endsAtMs && !stage.signalled.aborted) {
    const facts = `${grouped(dialing.calls)} calls  ${grouped(resultsIn(stage))} results in Salesforce`;
    live?.draw(progressBar('Calling', dialing.calls / contacts, facts, live.columns()));
    await wait(FRAME_MS);
  }
  live?.draw('');
}

async function call(stage: Stage): Promise<void> {
  const { bridge, sandbox } = stage;
  heading(stage, '10. PureCloud calls them; results reach the members while it does');
  const webhook = await expectOk(bridge.ask('GET', `/v1/syncs/${DEMO_SYNC}/webhook`));
  const [listId, list] = [...sandbox.outbound.state.lists].at(-1)!;
  const dialing = sandbox.outbound.dial({
    listId,
    callsPerSecond: CALLS_PER_SECOND,
    postContact: {
      url: `${bridge.url}${String(webhook.path)}`,
      headers: { Authorization: `Bearer ${String(webhook.secret)}` },
    },
  });
  await watch(stage, dialing, list.contacts.size);
  dialing.stop();
  const { calls, posted } = await dialing.done;
  tell(
    stage,
    `${grouped(calls)} calls, ${grouped(posted)} events to the bridge. Members by now: ${statusWords(stage)}.`,
  );

  heading(stage, '11. The other calls send no event; the next run fetches their results');
  await sandbox.outbound.dial({ listId, callsPerSecond: Infinity }).done;
  command(stage, `sync run ${DEMO_SYNC}`);
  const fetched = await run(stage, {});
  tell(stage, `${shortCounts(fetched)}. Members now: ${statusWords(stage)}.`);
}

async function runAgain(stage: Stage): Promise<void> {
  const { sandbox } = stage;
  heading(stage, '12. Once more: next to nothing to do');
  command(stage, `sync run ${DEMO_SYNC}`);
  const callsOf = () =>
    [sandbox.salesforce.state.counts.calls, sandbox.purecloud.state.counts.calls] as const;
  const before = callsOf();
  const again = await run(stage, {});
  const [salesforce, purecloud] = callsOf().map((calls, index) => calls - before[index]!);
  const { added, changed, removed, membersUpdated } = again.counts;
  const writes = added + changed + removed + membersUpdated;
  tell(
    stage,
    `${shortCounts(again)}, ${writes} written. It took ${salesforce} calls to Salesforce and ${purecloud} to PureCloud.`,
  );
}

/** @returns the run that sent the members: later ones have next to no rows. */
export async function tellOfCampaign(stage: Stage): Promise<Run> {
  const sent = await send(stage);
  await call(stage);
  await runAgain(stage);
  return sent;
}
