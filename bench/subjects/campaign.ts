/** The org and the dialler of a campaign: what they hold and what they cost is not the bridge's. */
import { DEMO_PURECLOUD_CLIENT } from '../../sandbox/purecloud/create-purecloud-sandbox.ts';
import { DEMO_SALESFORCE_APP } from '../../sandbox/salesforce/create-salesforce-sandbox.ts';
import { startCampaignStage } from '../../test/support/campaign-stage.ts';
import { serveSubject, settings } from './serve-subject.ts';

interface CampaignSettings {
  members: number;
  /** Of the dialler. Absent: as many as anyone likes. */
  requestsPerMinute?: number;
}

export interface CampaignReady {
  salesforce: { url: string; tokenUrl: string; clientId: string; clientSecret: string };
  purecloud: { url: string; tokenUrl: string; clientId: string; clientSecret: string };
  campaignId: string;
}

const { members, requestsPerMinute } = settings<CampaignSettings>();
const stage = await startCampaignStage(members, { requestsPerMinute });
const { state } = stage.org;
state.limits.max = Number.MAX_SAFE_INTEGER;

/** What the campaign is mapped to: results, so that a run has something to bring back. */
const RESULTS = [
  { result: 'Interested', memberStatus: 'Interested' },
  { result: 'Not Interested', memberStatus: 'Declined' },
  { result: 'ININ-OUTBOUND-NO-ANSWER', memberStatus: 'Not Reached' },
  { result: 'ININ-OUTBOUND-MACHINE', memberStatus: 'Not Reached' },
];

/** As the stage names it. */
const LIST = 'Spring';

let calls: number[] = [];
stage.letIn(() => {
  calls.push(performance.now());
  return undefined;
});

interface SaveCommand {
  kind: 'save';
  /** Of the bridge. */
  url: string;
  withResults: boolean;
}

async function save({ url, withResults }: SaveCommand): Promise<void> {
  await stage.save(
    url,
    !withResults
      ? {}
      : {
          results: RESULTS,
          resultFields: { lastResult: 'Bridge_Last_Result__c', lastAttempt: 'Bridge_Last_Attempt__c' },
        },
  );
}

/** Part of the people, leads and contacts alike, have another name from now on. */
function change(part: number): number {
  const { CampaignMember, Lead, Contact } = state.tables;
  const every = Math.round(1 / part);
  const nowMs = Date.now();
  let changed = 0;
  for (let at = 0; at < CampaignMember.rows; at += every) {
    const row = at + (changed % 2);
    const person = row % 2 === 0 ? Lead : Contact;
    person.write(row >> 1, { FirstName: `Renamed ${nowMs.toString(36)}` }, nowMs);
    changed += 1;
  }
  return changed;
}

async function dial(): Promise<object> {
  const lists = [...stage.outbound.state.lists.values()];
  const listId = lists.find(({ list }) => list.name === LIST)!.list.id;
  const keepAlive = setInterval(() => undefined, 1_000);
  const { calls } = await stage.outbound.dial({ listId, callsPerSecond: Infinity }).done;
  clearInterval(keepAlive);
  return { calls, contacts: stage.outbound.state.lists.get(listId)!.contacts.size };
}

/** Calls of the dialler's API since the last question: when each came. */
function takeCalls(): object {
  const atMs = calls;
  calls = [];
  return { atMs };
}

type Command = SaveCommand | { kind: 'change'; part: number } | { kind: 'dial' } | { kind: 'calls' };

async function obey(command: Command): Promise<object> {
  switch (command.kind) {
    case 'save':
      await save(command);
      return {};
    case 'change':
      return { changed: change(command.part) };
    case 'dial':
      return await dial();
    case 'calls':
      return takeCalls();
  }
}

const { purecloud, salesforce } = stage.sandbox;
const ready: CampaignReady = {
  salesforce: { ...DEMO_SALESFORCE_APP, url: salesforce.url, tokenUrl: salesforce.tokenUrl },
  purecloud: {
    clientId: DEMO_PURECLOUD_CLIENT.id,
    clientSecret: DEMO_PURECLOUD_CLIENT.secret,
    url: purecloud.url,
    tokenUrl: purecloud.tokenUrl,
  },
  campaignId: state.tables.Campaign.idOf(0),
};
serveSubject(
  { port: Number(new URL(purecloud.url).port), ...ready },
  { stop: () => stage.close(), answer: (command) => obey(command as unknown as Command) },
);
