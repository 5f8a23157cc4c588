/** What makes a campaign acceptable, and how far one has come. Pure. */
import { z } from 'zod';
import { ApiRefusal } from './api-refusal.ts';
import type { Campaign, OutboundState } from './outbound-state.ts';

export const CAMPAIGNS_URI = '/api/v2/outbound/campaigns';
const RECYCLE_PAUSE_MS = 5_000;

const DIALING_MODES = ['agentless', 'preview', 'power', 'predictive', 'progressive', 'external'] as const;
const ref = z.object({ id: z.string(), name: z.string().default('') });

const campaignSchema = z.object({
  name: z.string(),
  contactList: ref,
  dialingMode: z.enum(DIALING_MODES),
  phoneColumns: z.array(z.object({ columnName: z.string(), type: z.string() })).min(1),
  callerName: z.string(),
  callerAddress: z.string(),
  alwaysRunning: z.boolean().default(false),
  dncLists: z.array(ref).default([]),
  campaignStatus: z.string().optional(),
  version: z.int().optional(),
});
export type SentCampaign = z.output<typeof campaignSchema>;

/** @throws ApiRefusal. */
export function parseCampaign(state: OutboundState, body: unknown): SentCampaign {
  const parsed = campaignSchema.safeParse(body);
  if (!parsed.success) throw new ApiRefusal(400, 'bad.request');
  const { name, contactList, phoneColumns, dncLists } = parsed.data;
  if (name.trim() === '') throw new ApiRefusal(400, 'name.cannot.be.blank');
  const stored = state.lists.get(contactList.id);
  if (stored === undefined) throw new ApiRefusal(404, 'contact.list.not.found');
  const phones = stored.list.phoneColumns.map(({ columnName }) => columnName);
  if (phoneColumns.some(({ columnName }) => !phones.includes(columnName)))
    throw new ApiRefusal(400, 'invalid.campaign.phone.columns');
  if (dncLists.some(({ id }) => !state.dncLists.has(id))) throw new ApiRefusal(404, 'resource.not.found');
  return parsed.data;
}

function refTo(uri: string, { id, name }: { id: string; name?: string }) {
  return { id, ...(name === undefined ? {} : { name }), selfUri: `${uri}/${id}` };
}

export function progressOf(state: OutboundState, campaign: Campaign) {
  const { called, skipped } = state.countsOf(campaign.id);
  const stored = state.lists.get(campaign.contactList.id);
  const total = stored?.contacts.size ?? 0;
  const processed = total - (stored?.queue.length ?? 0);
  return {
    campaign: refTo(CAMPAIGNS_URI, campaign),
    contactList: refTo('/api/v2/outbound/contactlists', campaign.contactList),
    numberOfContactsCalled: called,
    numberOfContactsMessaged: 0,
    totalNumberOfContacts: total,
    percentage: total === 0 ? 0 : Math.floor((processed * 100) / total),
    numberOfContactsSkipped: skipped,
  };
}

/** Contacts that only the system has ended are called again; the others have their result. @throws ApiRefusal 429. */
export function recycle(state: OutboundState, campaign: Campaign): void {
  const counts = state.countsOf(campaign.id);
  if (state.now() - counts.recycledAtMs < RECYCLE_PAUSE_MS) throw new ApiRefusal(429, 'too.many.recycles');
  Object.assign(counts, { called: 0, skipped: {}, recycledAtMs: state.now() });
  const stored = state.lists.get(campaign.contactList.id);
  if (stored === undefined) return;
  for (const { id, callRecords } of stored.contacts.values()) {
    const isOpen = Object.values(callRecords).every(({ lastResult }) => /^ININ-/i.test(lastResult));
    if (isOpen && !stored.queue.has(id)) stored.queue.put(id, false);
  }
}
