/** What can be tried with the fake PureCloud by curl: dialling, and each way in which a list gives trouble. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { sandboxSwitch, SwitchRefused, type SandboxSwitch } from '../../switches.ts';
import type { Dialing, DialOptions } from './dialing/dialing.ts';
import type { OutboundState, StoredContactList } from './outbound-state.ts';

const list = z.string().optional().describe('Id or name; absent: the only one, or the newest.');

/** @throws SwitchRefused where there is none. */
function listOf(state: OutboundState, wanted: string | undefined): StoredContactList {
  const all = [...state.lists.values()];
  const found =
    wanted === undefined
      ? all.at(-1)
      : all.find(({ list: { id, name } }) => id === wanted || name.toLowerCase() === wanted.toLowerCase());
  if (found !== undefined) return found;
  const names = all.map(({ list: { name } }) => name).join(', ');
  throw new SwitchRefused(`There is no such contact list. There are: ${names === '' ? 'none yet' : names}.`);
}

const dialSchema = z.strictObject({
  list,
  callsPerSecond: z.number().positive().max(100_000).optional(),
  seed: z.int().optional(),
  recallsMax: z.int().min(0).max(10).optional(),
  agentSeconds: z.number().min(0).max(600).optional(),
  wrapUpsAs: z.enum(['name', 'id']).optional(),
  alwaysRunning: z.boolean().default(true),
  postContact: z
    .strictObject({ url: z.url(), headers: z.record(z.string(), z.string()).optional() })
    .optional(),
});

function defined<T extends object>(members: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as never;
}

export function outboundSwitches(
  state: OutboundState,
  dial: (options: DialOptions) => Dialing,
): readonly SandboxSwitch[] {
  return [
    sandboxSwitch({
      name: 'dialing',
      effect:
        'Calls the contacts of a list at a rate and writes the results into them, until it is switched off.',
      example: { callsPerSecond: 20, seed: 1 },
      schema: dialSchema,
      switchOn({ list: wanted, postContact, ...settings }) {
        const { id: listId } = listOf(state, wanted).list;
        const target = postContact === undefined ? {} : { postContact: defined(postContact) };
        const dialing = dial({ listId, ...(defined(settings) as object), ...target });
        return () => dialing.stop();
      },
    }),
    sandboxSwitch({
      name: 'contactRefused',
      effect:
        'Any batch with one of these contacts is refused as a whole, and the answer does not say for which.',
      example: { ids: ['00v5g00000AbCdEAAV'], code: 'invalid.contact.columns' },
      schema: z.strictObject({
        ids: z.array(z.string()).min(1),
        code: z.string().default('invalid.contact.columns'),
      }),
      switchOn({ ids, code }) {
        for (const id of ids) state.faults.refusedContacts.set(id, code);
        return () => ids.forEach((id) => state.faults.refusedContacts.delete(id));
      },
    }),
    sandboxSwitch({
      name: 'batchRefused',
      effect: 'The next batches of contacts are refused, whatever is in them.',
      example: { times: 1, status: 400, code: 'bad.request' },
      schema: z.strictObject({
        times: z.int().min(1).default(1),
        status: z.int().min(400).max(599).default(400),
        code: z.string().default('bad.request'),
      }),
      switchOn({ times, ...refusal }) {
        Object.assign(state.faults.refusedBatches, { ...refusal, left: times });
        return () => {
          state.faults.refusedBatches.left = 0;
        };
      },
    }),
    sandboxSwitch({
      name: 'exportNotReady',
      effect: 'An export is asked for in vain this often before it is there.',
      example: { polls: 1000 },
      schema: z.strictObject({ polls: z.int().min(0) }),
      switchOn({ polls }) {
        const before = state.faults.exportPolls;
        state.faults.exportPolls = polls;
        return () => {
          state.faults.exportPolls = before;
        };
      },
    }),
    sandboxSwitch({
      name: 'otherColumns',
      effect: 'Somebody made the list anew under its name, with other columns: columns never change.',
      example: { columnNames: ['Name', 'Phone'], phoneColumns: [{ columnName: 'Phone', type: 'Work' }] },
      schema: z.strictObject({
        list,
        columnNames: z.array(z.string()).min(1),
        phoneColumns: z.array(z.object({ columnName: z.string(), type: z.string() })).min(1),
      }),
      switchOn({ list: wanted, columnNames, phoneColumns }) {
        const { list: old } = listOf(state, wanted);
        state.lists.delete(old.id);
        state.addList({ id: randomUUID(), name: old.name, columnNames, phoneColumns });
      },
    }),
    sandboxSwitch({
      name: 'listRemoved',
      effect: 'Somebody deleted the list, and all contacts with it.',
      example: {},
      schema: z.strictObject({ list }),
      switchOn({ list: wanted }) {
        state.lists.delete(listOf(state, wanted).list.id);
      },
    }),
    sandboxSwitch({
      name: 'uncallable',
      effect: 'The contacts are uncallable, as after a wrap-up that says so.',
      example: { ids: ['00v5g00000AbCdEAAV'] },
      schema: z.strictObject({ list, ids: z.array(z.string()).min(1) }),
      switchOn({ list: wanted, ids }) {
        const { contacts } = listOf(state, wanted);
        for (const id of ids) contacts.setCallable(id, false);
        return () => ids.forEach((id) => contacts.setCallable(id, true));
      },
    }),
  ];
}
