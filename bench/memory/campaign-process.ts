/** The org and the dialler of a measurement, in a process of their own: what they hold is not the bridge's. */
import { startCampaignStage } from '../../test/support/campaign-stage.ts';

export type CampaignOrder = { kind: 'save'; url: string } | { kind: 'dial' } | { kind: 'close' };
export type CampaignAnswer =
  { kind: 'ready' } | { kind: 'saved' } | { kind: 'dialled'; calls: number; contacts: number };

const stage = await startCampaignStage(Number(process.argv[2]));
stage.org.state.limits.max = Number.MAX_SAFE_INTEGER;
const answer = (message: CampaignAnswer) => process.send!(message);

/** What the campaign is mapped to: results, so that a run has something to bring back. */
const RESULTS = [
  { result: 'Interested', memberStatus: 'Interested' },
  { result: 'Not Interested', memberStatus: 'Declined' },
  { result: 'ININ-OUTBOUND-NO-ANSWER', memberStatus: 'Not Reached' },
  { result: 'ININ-OUTBOUND-MACHINE', memberStatus: 'Not Reached' },
];

async function obey(order: CampaignOrder): Promise<void> {
  if (order.kind === 'save') {
    await stage.save(order.url, {
      results: RESULTS,
      resultFields: { lastResult: 'Bridge_Last_Result__c', lastAttempt: 'Bridge_Last_Attempt__c' },
    });
    answer({ kind: 'saved' });
  } else if (order.kind === 'dial') {
    const [listId = ''] = stage.outbound.state.lists.keys();
    const keepAlive = setInterval(() => undefined, 1_000);
    const { calls } = await stage.outbound.dial({ listId, callsPerSecond: Infinity }).done;
    clearInterval(keepAlive);
    answer({ kind: 'dialled', calls, contacts: stage.outbound.state.lists.get(listId)!.contacts.size });
  } else {
    await stage.close();
    process.disconnect();
  }
}

process.on('message', (order: CampaignOrder) => void obey(order));
answer({ kind: 'ready' });
