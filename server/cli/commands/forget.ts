/** pcbridge forget: takes one person out of everything that the bridge has kept. */
import type { Command } from 'commander';
import { z } from 'zod';
import { agreed } from '../agreement.ts';
import { pathTo } from '../bridge-api.ts';
import { CommandError } from '../command-error.ts';
import { EXIT_CODE } from '../exit-code.ts';
import type { CommandContext } from '../main.ts';
import { readSecret } from '../read-secret.ts';
import { openBridgeApi, withRemoteOptions, type RemoteOptions } from '../remote-options.ts';
import { printable } from '../table.ts';
import type { Terminal } from '../terminal.ts';

const forgottenSchema = z.looseObject({
  rowsErased: z.number(),
  resultsErased: z.number().optional(),
  ledgerErased: z.number(),
  stillListed: z.array(z.looseObject({ sync: z.string(), memberId: z.string() })),
  /** Of a bridge that knows of it. */
  remedy: z.string().optional(),
});
type Forgotten = z.output<typeof forgottenSchema>;

interface ForgetOptions extends RemoteOptions {
  yes?: boolean;
}

const EXAMPLES = `
Examples:
  $ pcbridge forget 00Q5g00000ABCDeEAP
  $ pcbridge forget --person-from prompt
  $ pcbridge forget --person-from file:person.txt --yes

An id of Salesforce (member, lead or contact) may stand in the command. An email address or a phone number is read from a
prompt, standard input, a file or the variable PCBRIDGE_PERSON: arguments are kept in the shell's history.`;

const ID = /^[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?$/;
/** What the first three characters of an id say: Salesforce, "Salesforce Field Reference: key prefixes". */
const FIELD_OF_PREFIX: Record<string, string> = { '00v': 'memberId', '00Q': 'leadId', '003': 'contactId' };

/** @returns as the API takes it: by its shape, an email address, an id or a phone number. */
export function personOf(text: string): Record<string, string> {
  const trimmed = text.trim();
  if (trimmed.includes('@')) return { email: trimmed };
  if (ID.test(trimmed) && /[A-Za-z]/.test(trimmed))
    return { [FIELD_OF_PREFIX[trimmed.slice(0, 3)] ?? 'memberId']: trimmed };
  return { phone: trimmed };
}

async function readPerson(
  id: string | undefined,
  from: string | undefined,
  terminal: Terminal,
): Promise<Record<string, string>> {
  if (id !== undefined) {
    if (ID.test(id) && !/^\d+$/.test(id)) return personOf(id);
    throw new CommandError('Only an id of Salesforce may stand in the command', {
      exitCode: EXIT_CODE.usage,
      lines: ["  An argument is seen by every user of this machine and kept in the shell's history."],
      remedy: 'pcbridge forget --person-from prompt (or stdin, file:PATH, env:NAME)',
    });
  }
  const source = {
    field: 'person',
    label: 'Email address, phone number or id of the person',
    variable: 'PCBRIDGE_PERSON',
    ...(from === undefined ? {} : { from }),
  };
  return personOf(await readSecret(source, terminal));
}

function say(
  { rowsErased, resultsErased = 0, ledgerErased, stillListed, remedy }: Forgotten,
  terminal: Terminal,
): void {
  terminal.data(
    `Erased: ${rowsErased} rows, ${resultsErased} results, ${ledgerErased} notes of what was sent.`,
  );
  for (const { sync, memberId } of stillListed)
    terminal.data(printable(`Still on a contact list: member ${memberId} of the sync ${sync}`));
  if (stillListed.length > 0)
    terminal.say(
      'Remove the person in Salesforce; the next run of the sync then takes the contact off the list.',
    );
  if (remedy !== undefined)
    terminal.say(printable(`There may be more on contact lists than is known here. ${remedy}`));
}

export function registerForget(program: Command, { terminal, finish }: CommandContext): void {
  withRemoteOptions(
    program
      .command('forget')
      .description('erase what runs have kept of one person')
      .argument('[id]', 'Salesforce id of the member, lead or contact'),
  )
    .option(
      '--person-from <source>',
      'email address, phone number or id: env:NAME, file:PATH, stdin or prompt',
    )
    .option('--yes', 'erase without asking')
    .addHelpText('after', EXAMPLES)
    .action(async (id: string | undefined, options: ForgetOptions & { personFrom?: string }) => {
      const person = await readPerson(id, options.personFrom, terminal);
      const api = await openBridgeApi(options, terminal);
      if (await agreed('Erase what is kept of this person? It does not come back.', options.yes, terminal)) {
        const forgotten = await api.ask('POST', pathTo('forget'), forgottenSchema, person);
        if (options.json === true) terminal.data(JSON.stringify(forgotten, null, 2));
        else say(forgotten, terminal);
      }
      finish(EXIT_CODE.clean);
    });
}
