/** The objects of the org, as far as campaigns need them. Names and rights as in the object reference of API 66. */
import type { OrgField, OrgObject } from './org-object.ts';

const SYSTEM: readonly OrgField[] = [
  { name: 'Id', type: 'id', length: 18, nillable: false },
  { name: 'IsDeleted', type: 'boolean' },
  { name: 'CreatedDate', type: 'datetime', nillable: false },
  { name: 'LastModifiedDate', type: 'datetime', nillable: false },
  { name: 'SystemModstamp', type: 'datetime', nillable: false },
];

const WRITABLE = { createable: true, updateable: true } as const;

function text(name: string, length: number, rest: Partial<OrgField> = WRITABLE): OrgField {
  return { name, type: 'string', length, ...rest };
}
function phone(name: string, rest: Partial<OrgField> = WRITABLE): OrgField {
  return { name, type: 'phone', length: 40, ...rest };
}
function flag(name: string, rest: Partial<OrgField> = WRITABLE): OrgField {
  return { name, type: 'boolean', ...rest };
}
function reference(
  name: string,
  to: string,
  rest: Partial<OrgField> = { createable: true },
  relationship = name.replace(/Id$/, ''),
): OrgField {
  return { name, type: 'reference', length: 18, to, relationship, ...rest };
}

/** What a lead and a contact have in common, and what a member shows of either. */
function person(rest: Partial<OrgField>): OrgField[] {
  return [
    text('FirstName', 40, rest),
    text('LastName', 80, rest),
    text('Name', 121, {}),
    text('Title', 128, rest),
    phone('Phone', rest),
    phone('MobilePhone', rest),
    { name: 'Email', type: 'email', length: 80, ...rest },
    flag('DoNotCall', rest),
    flag('HasOptedOutOfEmail', rest),
    flag('HasOptedOutOfFax', rest),
  ];
}

export const ORG_OBJECTS: readonly OrgObject[] = [
  {
    name: 'Campaign',
    label: 'Campaign',
    keyPrefix: '701',
    fields: [
      ...SYSTEM,
      text('Name', 80),
      flag('IsActive'),
      { name: 'Status', type: 'picklist', length: 255, ...WRITABLE },
      { name: 'Type', type: 'picklist', length: 255, ...WRITABLE },
      { name: 'NumberOfContacts', type: 'int' },
    ],
  },
  {
    name: 'CampaignMemberStatus',
    label: 'Campaign Member Status',
    keyPrefix: '01Y',
    fields: [
      ...SYSTEM,
      reference('CampaignId', 'Campaign'),
      text('Label', 765, WRITABLE),
      flag('HasResponded'),
      flag('IsDefault'),
      { name: 'SortOrder', type: 'int', ...WRITABLE },
    ],
  },
  {
    name: 'CampaignMember',
    label: 'Campaign Member',
    keyPrefix: '00v',
    fields: [
      ...SYSTEM,
      reference('CampaignId', 'Campaign'),
      reference('LeadId', 'Lead'),
      reference('ContactId', 'Contact'),
      { name: 'LeadOrContactId', type: 'id', length: 18 },
      text('Type', 40, {}),
      { name: 'Status', type: 'picklist', length: 40, ...WRITABLE },
      flag('HasResponded', {}),
      { name: 'FirstRespondedDate', type: 'datetime' },
      ...person({}),
      text('CompanyOrAccount', 255, {}),
      text('City', 40, {}),
      text('PostalCode', 20, {}),
      text('Country', 80, {}),
      text('Bridge_Last_Result__c', 255, { ...WRITABLE, custom: true }),
      { name: 'Bridge_Last_Attempt__c', type: 'datetime', ...WRITABLE, custom: true },
    ],
  },
  {
    name: 'Lead',
    label: 'Lead',
    keyPrefix: '00Q',
    fields: [
      ...SYSTEM,
      ...person(WRITABLE),
      text('Company', 255),
      text('City', 40),
      text('PostalCode', 20),
      text('Country', 80),
      reference('IndividualId', 'Individual', WRITABLE),
    ],
  },
  {
    name: 'Contact',
    label: 'Contact',
    keyPrefix: '003',
    fields: [
      ...SYSTEM,
      ...person(WRITABLE),
      phone('HomePhone'),
      phone('OtherPhone'),
      text('MailingCity', 40),
      text('MailingPostalCode', 20),
      text('MailingCountry', 80),
      reference('IndividualId', 'Individual', WRITABLE),
    ],
  },
  {
    name: 'Individual',
    label: 'Individual',
    keyPrefix: '0PK',
    fields: [
      ...SYSTEM,
      text('FirstName', 40),
      text('LastName', 80),
      flag('HasOptedOutSolicit'),
      flag('HasOptedOutProcessing'),
    ],
  },
];
