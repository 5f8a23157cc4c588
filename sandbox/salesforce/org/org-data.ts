/** The tables of the org, filled from a seed: campaigns, their statuses, and a lead or contact for every member. */
import { ORG_OBJECTS } from './objects.ts';
import type { Value } from './org-object.ts';
import { OrgTable, type Generate, type OrgTableOptions } from './org-table.ts';
import { createPeople, PEOPLE_SHARES, type PeopleShares, type Person } from './people.ts';

export interface OrgCampaignOptions {
  name: string;
  members: number;
  statuses?: readonly OrgMemberStatus[];
}

export interface OrgMemberStatus {
  label: string;
  hasResponded?: boolean;
  isDefault?: boolean;
}

const MEMBER_STATUSES: readonly OrgMemberStatus[] = [
  { label: 'Sent', isDefault: true },
  { label: 'Responded', hasResponded: true },
  { label: 'Called' },
  { label: 'Not Reached' },
  { label: 'Interested', hasResponded: true },
  { label: 'Declined', hasResponded: true },
];

export interface OrgDataOptions {
  campaigns: readonly OrgCampaignOptions[];
  seed: number;
  shares?: Partial<PeopleShares>;
  seededAtMs: number;
}

export type OrgTables = Readonly<
  Record<'Campaign' | 'CampaignMemberStatus' | 'CampaignMember' | 'Lead' | 'Contact' | 'Individual', OrgTable>
>;

interface SeededCampaign extends OrgCampaignOptions {
  /** Rows of its members. */
  from: number;
  to: number;
  statuses: readonly OrgMemberStatus[];
}

function layOut(campaigns: readonly OrgCampaignOptions[]): SeededCampaign[] {
  let from = 0;
  return campaigns.map((campaign) => {
    const to = from + campaign.members;
    const seeded = { statuses: MEMBER_STATUSES, ...campaign, from, to };
    from = to;
    return seeded;
  });
}

function definitionOf(name: string) {
  return ORG_OBJECTS.find((object) => object.name === name)!;
}

function personFields(personAt: (row: number) => Person): Record<string, Generate> {
  return {
    FirstName: (row) => personAt(row).firstName,
    LastName: (row) => personAt(row).lastName,
    Title: (row) => personAt(row).title,
    Phone: (row) => personAt(row).phone,
    MobilePhone: (row) => personAt(row).mobilePhone,
    Email: (row) => personAt(row).email,
    DoNotCall: (row) => personAt(row).doNotCall,
    HasOptedOutOfEmail: (row) => personAt(row).hasOptedOutOfEmail,
  };
}

function fullName(table: () => OrgTable): Generate {
  return (row) =>
    [table().value(row, 'FirstName'), table().value(row, 'LastName')]
      .filter((part) => part !== null)
      .join(' ');
}

/** Field of a member -> where it is on a lead and on a contact. */
const MIRRORED: Readonly<Record<string, readonly [lead: string, contact: string | undefined]>> = {
  FirstName: ['FirstName', 'FirstName'],
  LastName: ['LastName', 'LastName'],
  Name: ['Name', 'Name'],
  Title: ['Title', 'Title'],
  Phone: ['Phone', 'Phone'],
  MobilePhone: ['MobilePhone', 'MobilePhone'],
  Email: ['Email', 'Email'],
  DoNotCall: ['DoNotCall', 'DoNotCall'],
  HasOptedOutOfEmail: ['HasOptedOutOfEmail', 'HasOptedOutOfEmail'],
  HasOptedOutOfFax: ['HasOptedOutOfFax', 'HasOptedOutOfFax'],
  CompanyOrAccount: ['Company', undefined],
  City: ['City', 'MailingCity'],
  PostalCode: ['PostalCode', 'MailingPostalCode'],
  Country: ['Country', 'MailingCountry'],
};

function mirror(member: () => OrgTable, lead: OrgTable, contact: OrgTable): Record<string, Generate> {
  const personOf = (row: number): [OrgTable, number, 0 | 1] => {
    const contactRow = contact.rowOf(member().value(row, 'ContactId'));
    return contactRow >= 0 ? [contact, contactRow, 1] : [lead, lead.rowOf(member().value(row, 'LeadId')), 0];
  };
  const read =
    (fields: readonly [string, string | undefined]): Generate =>
    (row) => {
      const [table, personRow, side] = personOf(row);
      const field = fields[side];
      return field === undefined || personRow < 0 ? null : table.value(personRow, field);
    };
  return Object.fromEntries(Object.entries(MIRRORED).map(([field, sides]) => [field, read(sides)]));
}

/** Persons with an even number are leads, the others contacts; member and person have the same number. */
export function createOrgData({ campaigns: given, seed, shares, seededAtMs }: OrgDataOptions): OrgTables {
  const campaigns = layOut(given);
  const total = campaigns.at(-1)?.to ?? 0;
  const personAt = createPeople(seed, { ...PEOPLE_SHARES, ...shares });
  const campaignOf = (row: number) => campaigns.findIndex(({ to }) => row < to);
  const make = (name: string, options: Omit<OrgTableOptions, 'object' | 'seededAtMs'>) =>
    new OrgTable({ object: definitionOf(name), seededAtMs, ...options });

  const campaign = make('Campaign', {
    rows: campaigns.length,
    generate: {
      Name: (row) => campaigns[row]!.name,
      IsActive: () => true,
      Status: () => 'In Progress',
      Type: () => 'Telemarketing',
      NumberOfContacts: (row) => campaigns[row]!.members,
    },
  });
  const campaignIds = campaigns.map((_, row) => campaign.idOf(row));
  const statuses = campaigns.flatMap((one, index) =>
    one.statuses.map((status, order) => ({ ...status, campaignRow: index, order })),
  );
  const memberStatus = make('CampaignMemberStatus', {
    rows: statuses.length,
    generate: {
      CampaignId: (row) => campaign.idOf(statuses[row]!.campaignRow),
      Label: (row) => statuses[row]!.label,
      HasResponded: (row) => statuses[row]!.hasResponded ?? false,
      IsDefault: (row) => statuses[row]!.isDefault ?? false,
      SortOrder: (row) => statuses[row]!.order + 1,
    },
  });
  const lead: OrgTable = make('Lead', {
    rows: Math.ceil(total / 2),
    generate: {
      ...personFields((row) => personAt(row * 2)),
      Company: (row) => personAt(row * 2).company,
      City: (row) => personAt(row * 2).city,
      PostalCode: (row) => personAt(row * 2).postalCode,
      Country: (row) => personAt(row * 2).country,
    },
    compute: { Name: fullName(() => lead) },
  });
  const contact: OrgTable = make('Contact', {
    rows: Math.floor(total / 2),
    generate: {
      ...personFields((row) => personAt(row * 2 + 1)),
      MailingCity: (row) => personAt(row * 2 + 1).city,
      MailingPostalCode: (row) => personAt(row * 2 + 1).postalCode,
      MailingCountry: (row) => personAt(row * 2 + 1).country,
    },
    compute: { Name: fullName(() => contact) },
  });
  const respondedOf = (row: number) => {
    const status = member.value(row, 'Status');
    const campaignId = member.value(row, 'CampaignId');
    for (let at = 0; at < memberStatus.rows; at += 1)
      if (memberStatus.value(at, 'CampaignId') === campaignId && memberStatus.value(at, 'Label') === status)
        return memberStatus.value(at, 'HasResponded');
    return false;
  };
  const member: OrgTable = make('CampaignMember', {
    rows: total,
    spanOf: (field, text) => {
      if (field !== 'campaignid') return undefined;
      const found = campaigns[campaign.rowOf(text)];
      return found === undefined ? [0, 0] : [found.from, found.to];
    },
    generate: {
      CampaignId: (row) => campaignIds[campaignOf(row)]!,
      LeadId: (row) => (row % 2 === 0 ? lead.idOf(row / 2) : null),
      ContactId: (row) => (row % 2 === 1 ? contact.idOf((row - 1) / 2) : null),
      Status: (row) => campaigns[campaignOf(row)]!.statuses[0]!.label,
    },
    compute: {
      LeadOrContactId: (row): Value => member.value(row, 'ContactId') ?? member.value(row, 'LeadId'),
      Type: (row) => (member.value(row, 'ContactId') === null ? 'Lead' : 'Contact'),
      HasResponded: respondedOf,
      ...mirror(() => member, lead, contact),
    },
  });
  const individual = make('Individual', { rows: 0, generate: {} });
  return {
    Campaign: campaign,
    CampaignMemberStatus: memberStatus,
    CampaignMember: member,
    Lead: lead,
    Contact: contact,
    Individual: individual,
  };
}
