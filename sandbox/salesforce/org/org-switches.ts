/** What can be tried with the fake org by curl: each way in which reading and writing members goes wrong. */
import { z } from 'zod';
import { sandboxSwitch, SwitchRefused, type SandboxSwitch } from '../../switches.ts';
import type { OrgState } from './org-state.ts';

/** @throws SwitchRefused. */
function memberRow(org: OrgState, id: string): number {
  const row = org.tables.CampaignMember.rowOfSent(id);
  if (!org.tables.CampaignMember.exists(row)) throw new SwitchRefused(`There is no campaign member ${id}.`);
  return row;
}

export function orgSwitches(org: OrgState, bulk: { polls: number }): readonly SandboxSwitch[] {
  return [
    sandboxSwitch({
      name: 'rowRefused',
      effect:
        'Writes to these rows, or to any, are refused with a status code: a lock that passes, a rule that stays.',
      example: { statusCode: 'UNABLE_TO_LOCK_ROW', timesEach: 2 },
      schema: z.strictObject({
        statusCode: z.string(),
        message: z.string().optional(),
        fields: z.array(z.string()).optional(),
        ids: z.array(z.string()).optional(),
        timesEach: z.int().min(1).optional(),
      }),
      switchOn: ({ statusCode, message, fields, ids, timesEach }) =>
        org.rowFaults.switchOn({
          statusCode,
          ...(message === undefined ? {} : { message }),
          ...(fields === undefined ? {} : { fields }),
          ...(ids === undefined ? {} : { ids: new Set(ids) }),
          ...(timesEach === undefined ? {} : { timesEach }),
        }),
    }),
    sandboxSwitch({
      name: 'apiCalls',
      effect: 'So many calls of the day are used; at the maximum every further call is refused.',
      example: { used: 15000, max: 15000 },
      schema: z.strictObject({ used: z.int().min(0).optional(), max: z.int().min(1).optional() }),
      switchOn({ used, max }) {
        const before = { ...org.limits };
        Object.assign(org.limits, {
          ...(used === undefined ? {} : { used }),
          ...(max === undefined ? {} : { max }),
        });
        return () => Object.assign(org.limits, before);
      },
    }),
    sandboxSwitch({
      name: 'deletionsForgotten',
      effect:
        'The org tells no more of deletions up to now: whoever asks for earlier ones has to compare everything.',
      example: {},
      schema: z.strictObject({}),
      switchOn() {
        org.deletionsKnownFromMs = org.now();
      },
    }),
    sandboxSwitch({
      name: 'bulkNotReady',
      effect: 'A Bulk job is asked for in vain this often before it is done.',
      example: { polls: 1000 },
      schema: z.strictObject({ polls: z.int().min(0) }),
      switchOn({ polls }) {
        const before = bulk.polls;
        bulk.polls = polls;
        return () => {
          bulk.polls = before;
        };
      },
    }),
    sandboxSwitch({
      name: 'fieldRights',
      effect: 'The user does not see these fields, or may not write them.',
      example: { hidden: [], readOnly: ['CampaignMember.Status'] },
      schema: z.strictObject({
        username: z.string().default('bridge@sandbox.example'),
        hidden: z.array(z.string()).default([]),
        readOnly: z.array(z.string()).default([]),
      }),
      switchOn({ username, hidden, readOnly }) {
        const before = org.fieldRights[username] ?? {};
        org.fieldRights[username] = { hidden, readOnly };
        return () => {
          org.fieldRights[username] = before;
        };
      },
    }),
    sandboxSwitch({
      name: 'memberRemoved',
      effect: 'The members are deleted.',
      example: { ids: ['00v5g00000AbCdEAAV'] },
      schema: z.strictObject({ ids: z.array(z.string()).min(1) }),
      switchOn({ ids }) {
        const rows = ids.map((id) => memberRow(org, id));
        for (const row of rows) org.tables.CampaignMember.remove(row, org.now());
      },
    }),
    sandboxSwitch({
      name: 'doNotCall',
      effect: 'The persons behind the members refuse calls.',
      example: { ids: ['00v5g00000AbCdEAAV'] },
      schema: z.strictObject({ ids: z.array(z.string()).min(1) }),
      switchOn({ ids }) {
        const rows = ids.map((id) => memberRow(org, id));
        const write = (doNotCall: boolean) => rows.forEach((row) => setDoNotCall(org, row, doNotCall));
        write(true);
        return () => write(false);
      },
    }),
  ];
}

function setDoNotCall({ tables, now }: OrgState, row: number, doNotCall: boolean): void {
  const { CampaignMember, Lead, Contact } = tables;
  const contactId = CampaignMember.value(row, 'ContactId');
  const [table, id] = contactId === null ? [Lead, CampaignMember.value(row, 'LeadId')] : [Contact, contactId];
  table.write(table.rowOf(id), { DoNotCall: doNotCall }, now());
}
