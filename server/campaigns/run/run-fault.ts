/** What ends a run before it is done, in words for the person who started it. */

export const RUN_FAULT_CODES = [
  'field_unknown',
  'field_not_writable',
  'campaign_not_found',
  'campaign_empty',
  'member_status_unknown',
  'result_mapped_twice',
  'contact_list_not_found',
  'contact_list_mismatch',
  'members_out_of_order',
  'sync_changed',
] as const;
export type RunFaultCode = (typeof RUN_FAULT_CODES)[number];

/** Expected and final: starting the same run again ends the same way until someone does what `remedy` says. */
export class RunFault extends Error {
  readonly code: RunFaultCode;
  readonly remedy: string;

  constructor(code: RunFaultCode, message: string, remedy: string) {
    super(message);
    this.name = 'RunFault';
    this.code = code;
    this.remedy = remedy;
  }
}
