/** Members, syncs and contacts for tests: every number is a valid one, every id has its suffix. */
import { toId18 } from '../../../server/campaigns/salesforce-id.ts';
import type { Member } from '../../../server/campaigns/member.ts';
import { parseSyncInput } from '../../../server/campaigns/sync-input.ts';
import type { SyncSettings } from '../../../server/campaigns/sync.ts';

export const CAMPAIGN_ID = toId18('701000000000001')!;

export function memberId(number: number): string {
  return toId18(`00v0000000${String(number).padStart(5, '0')}`)!;
}

export function syncBody(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    salesforceConnection: 'crm',
    purecloudConnection: 'dialler',
    campaignId: CAMPAIGN_ID,
    contactListName: 'Spring',
    columns: [{ field: 'FirstName', column: 'First Name' }],
    phones: [{ field: 'Phone', column: 'Phone', type: 'Home' }],
    ...changes,
  };
}

export function settingsWith(changes: Record<string, unknown> = {}): SyncSettings {
  return parseSyncInput('spring', syncBody(changes)).settings;
}

export function memberWith(changes: Partial<Member> = {}): Member {
  return {
    id: memberId(1),
    systemModstamp: '2026-03-01T12:00:00.000Z',
    status: 'Sent',
    refusals: [],
    fields: { FirstName: 'Ada', Phone: '+16502530000' },
    ...changes,
  };
}
