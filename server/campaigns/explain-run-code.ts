/** What a code of a run, or of a row of one, means without any run at hand: for `pcbridge explain CODE` and docs/errors.md. Pure. */
import type { Diagnosis } from '../diagnosis/facts.ts';
import { textOfReason, type RowReason, type RowReasonCode } from './row-reason.ts';
import type { RunFaultCode } from './run/run-fault.ts';
import type { CONTACTS_REFUSED } from './run/run-verdict.ts';

/** Why a run ended before it was done, or was not whole: `failure.code` of a run. */
export type RunEndCode = RunFaultCode | typeof CONTACTS_REFUSED | 'cancelled';

/** A new code does not compile until it has its words. */
const RUN_ENDS: Readonly<Record<RunEndCode, Omit<Diagnosis, 'code'>>> = {
  field_unknown: {
    title: 'Salesforce does not show a field that the sync needs',
    causes: [
      'The user of the connection lacks read access to the field.',
      'The name is misspelt, or the field was deleted or renamed.',
      'The fields by which people refuse calls cannot be seen any more, so that nobody could tell who is not to be called.',
    ],
    remedy:
      'Give the user of the connection read access to the field that the run names (permission set PureCloud Bridge Sync User), or correct the name in the sync.',
  },
  field_not_writable: {
    title: 'The results of calls cannot be written to a field',
    causes: [
      'The user of the connection lacks edit access to it.',
      'It is a formula, or filled by Salesforce itself.',
    ],
    remedy: 'Give the user of the connection edit access to the field, or choose another in resultFields.',
  },
  campaign_not_found: {
    title: 'Salesforce shows no campaign with the id of the sync',
    causes: [
      'campaignId is of another org, or a sandbox of it.',
      'The user of the connection may not see the campaign.',
      'The campaign was deleted.',
    ],
    remedy:
      'Correct campaignId, or give the user of the connection access to the campaign. Where it was deleted, remove the sync, and clear the contact list in PureCloud.',
  },
  campaign_empty: {
    title: 'Salesforce shows no member of a campaign whose contacts are on the list',
    causes: [
      'The user of the connection lost access to the leads and contacts of the campaign.',
      'The campaign was emptied on purpose.',
    ],
    remedy:
      'Give the user of the connection access to the leads and contacts again. Where the campaign was emptied on purpose, stop the PureCloud campaign, remove the sync and clear the contact list.',
  },
  member_status_unknown: {
    title: 'The campaign has no member status of a name that the sync gives',
    causes: ['The status was renamed or removed in the campaign.', 'It is misspelt in the sync.'],
    remedy:
      'Correct memberStatuses or results of the sync, or add the status to the campaign (Campaign > Campaign Member Statuses).',
  },
  result_mapped_twice: {
    title: 'One wrap-up is mapped to two statuses',
    causes: ['"results" of the sync names it twice, such as by its name and by its id.'],
    remedy: 'Keep one of the two in "results" of the sync.',
  },
  contact_list_not_found: {
    title: 'PureCloud shows no contact list with the id of the sync',
    causes: [
      'contactListId is misspelt, or of another organisation.',
      'The list was deleted.',
      'It is in a division that the OAuth client may not see.',
    ],
    remedy:
      'Correct contactListId, or name a list in contactListName instead: it is created when missing. For a list of another division, give the role of the OAuth client that division.',
  },
  contact_list_mismatch: {
    title: 'The contact list does not fit the columns of the sync',
    causes: ['The mapping of the sync has changed.', 'The list was made by hand or by something else.'],
    remedy:
      'Set another contactListName, and a list is made that fits; then put it into the PureCloud campaign. Or bring the mapping back to the columns of the list: PureCloud lets no one change those.',
  },
  members_out_of_order: {
    title: 'Salesforce gave the members in another order than that of their ids',
    causes: ['This is a fault of the bridge or of Salesforce.'],
    remedy: 'Report it. The bridge cannot tell which members are gone, and leaves the contact list as it is.',
  },
  sync_changed: {
    title: 'The sync was changed while one of its runs was paused or under way',
    causes: ['Its mapping, campaign or contact list is another by now.'],
    remedy: 'Start another run: it takes the new settings, and sends only what they change.',
  },
  contacts_refused: {
    title: 'Contacts that PureCloud refused earlier have not changed since',
    causes: ['The run itself had nothing to correct; an earlier one names each of these contacts and why.'],
    remedy:
      'Read why with pcbridge run rows RUN --outcome failed, for the run that is named. Correct them in Salesforce, or offer them again with pcbridge run retry RUN.',
  },
  cancelled: {
    title: 'Somebody cancelled the run',
    causes: ['What it had done until then stays done.'],
    remedy: 'Start another run: it goes on with what is left.',
  },
};

const field = 'The field';
const upstreamCode = 'CODE';

/** One of each, for its words; a new code does not compile until it is here. */
const REASON_EXAMPLES: { readonly [Code in RowReasonCode]: RowReason & { code: Code } } = {
  phone_missing: { code: 'phone_missing', field: 'the field' },
  phone_no_country: { code: 'phone_no_country', field },
  phone_country_unknown: { code: 'phone_country_unknown', field },
  phone_too_short: { code: 'phone_too_short', field },
  phone_too_long: { code: 'phone_too_long', field },
  phone_not_a_number: { code: 'phone_not_a_number', field },
  phone_extension: { code: 'phone_extension', field },
  phone_invalid: { code: 'phone_invalid', field },
  do_not_call: { code: 'do_not_call', field: 'DoNotCall' },
  opted_out: { code: 'opted_out', field: 'HasOptedOutSolicit' },
  status_not_selected: { code: 'status_not_selected' },
  member_gone: { code: 'member_gone' },
  value_too_long: { code: 'value_too_long', field, column: 'COLUMN', length: 900, lengthMax: 512 },
  contact_refused: { code: 'contact_refused', upstreamCode },
  contact_not_confirmed: { code: 'contact_not_confirmed' },
  contact_not_removed: { code: 'contact_not_removed' },
  update_refused: { code: 'update_refused', upstreamCode },
  update_not_confirmed: { code: 'update_not_confirmed' },
};

export const RUN_END_CODES: readonly Diagnosis[] = Object.entries(RUN_ENDS).map(([code, words]) => ({
  code,
  ...words,
}));

export const ROW_REASON_CODES: readonly Diagnosis[] = Object.values(REASON_EXAMPLES).map((example) => {
  const { sentence, remedy } = textOfReason(example);
  return { code: example.code, title: sentence.replace(/\.$/, ''), causes: [], remedy };
});
