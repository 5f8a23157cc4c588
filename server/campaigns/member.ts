/** A campaign member as Salesforce gives it. Shapes only. */

/** What a field may hold; a date is the text that Salesforce wrote. */
export type FieldValue = string | number | boolean | null;

export interface Member {
  /** 18 characters. */
  id: string;
  /** ISO 8601, UTC. */
  systemModstamp: string;
  status: string;
  leadId?: string;
  contactId?: string;
  /** Of the lead or contact: a name or an ISO code, as the org writes it. */
  country?: string;
  /** Consent fields that are true: `DoNotCall`, `Individual.HasOptedOutProcessing`. Names with or without the object before them. */
  refusals: readonly string[];
  /** Field as the sync names it -> value, `Status` too where it is mapped. A field that is absent is blank. */
  fields: Readonly<Record<string, FieldValue>>;
}

/** Shown where a row could not be sent: what Salesforce had, under its own names. */
export function originalOf(member: Member): Record<string, FieldValue> {
  const { id, status, leadId, contactId, country, fields } = member;
  return {
    Id: id,
    Status: status,
    ...(leadId === undefined ? {} : { LeadId: leadId }),
    ...(contactId === undefined ? {} : { ContactId: contactId }),
    ...(country === undefined ? {} : { Country: country }),
    ...fields,
  };
}
