/** pcbridge init: asks for region, flow and names, and writes a configuration to begin with; never a secret. */
import { access, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { CONNECTION_NAME } from '../../connections/connection.ts';
import { resolveRegion } from '../../regions.ts';
import { CommandError } from '../command-error.ts';
import { EXIT_CODE } from '../exit-code.ts';
import { initFiles, SALESFORCE_FLOWS, type InitAnswers, type SalesforceFlow } from '../init/init-files.ts';
import type { CommandContext } from '../main.ts';
import { openQuestions, type Questions } from '../questions.ts';
import type { Terminal } from '../terminal.ts';

interface InitCommandOptions {
  region?: string;
  name?: string;
  salesforceUrl?: string;
  salesforceName?: string;
  flow?: string;
  directory: string;
  force?: boolean;
}

/** What is wrong with an answer, as the one thing to try instead; or the answer as it is kept. */
type Reading<Value> = { value: Value } | { fault: string };

function readRegion(text: string): Reading<string> {
  const resolved = resolveRegion(text);
  if (resolved.found) return { value: resolved.region.key };
  const near =
    resolved.suggestions.length === 0
      ? 'us_east_1 or usw2.pure.cloud, for example'
      : resolved.suggestions.join(' or ');
  return { fault: `"${text}" is no region of PureCloud; ${near}` };
}

function readName(text: string): Reading<string> {
  if (CONNECTION_NAME.test(text)) return { value: text };
  return { fault: `"${text}" is no name: small letters, digits and "-", beginning with a letter` };
}

function readSalesforceUrl(text: string): Reading<string> {
  const url = URL.parse(text.includes('://') ? text : `https://${text}`);
  if (url?.protocol === 'https:' && url.hostname.includes('.')) return { value: url.origin };
  return { fault: `"${text}" is no My Domain address such as https://acme.my.salesforce.com` };
}

function readFlow(text: string): Reading<SalesforceFlow> {
  const value = SALESFORCE_FLOWS.find((flow) => flow === text);
  return value === undefined ? { fault: `"${text}" is none of ${SALESFORCE_FLOWS.join(', ')}` } : { value };
}

/** Takes what was given as an option, asks a person for the rest, and takes the default where there is no one. */
type Take = <Value>(
  question: string,
  given: string | undefined,
  fallback: string,
  read: (text: string) => Reading<Value>,
) => Promise<Value>;

function refused(fault: string): CommandError {
  return new CommandError(fault, { exitCode: EXIT_CODE.usage, remedy: 'pcbridge init --help' });
}

/** Ctrl+D is no agreement with what would be asked next. */
function gone(): CommandError {
  return new CommandError('The questions were not answered to their end, and nothing was written', {
    exitCode: EXIT_CODE.interrupted,
    remedy: 'pcbridge init again, or with options: pcbridge init --help',
  });
}

function createTake(ask: Questions['ask'] | undefined, say: Terminal['say']): Take {
  return async (question, given, fallback, read) => {
    const shown = `${question}${fallback === '' ? '' : ` [${fallback}]`}`;
    for (;;) {
      const answer = given === undefined ? await ask?.(shown) : undefined;
      if (given === undefined && ask !== undefined && answer === undefined) throw gone();
      const reading = read(given ?? (answer || fallback));
      if ('value' in reading) return reading.value;
      // There is no one to ask, or no longer.
      if (answer === undefined) throw refused(reading.fault);
      say(reading.fault);
    }
  };
}

async function collectAnswers(take: Take, options: InitCommandOptions): Promise<InitAnswers> {
  const region = await take(
    'Region of PureCloud (key, domain or city)',
    options.region,
    'us_east_1',
    readRegion,
  );
  const name = await take('Name of the PureCloud connection', options.name, 'purecloud', readName);
  const url = await take(
    'My Domain address of the Salesforce org (blank: none)',
    options.salesforceUrl,
    '',
    (text) => (text === '' ? { value: '' } : readSalesforceUrl(text)),
  );
  if (url === '') return { region, name };
  const flow = await take(
    `Flow of Salesforce (${SALESFORCE_FLOWS.join(', ')})`,
    options.flow,
    'client_credentials',
    readFlow,
  );
  const own = (text: string) =>
    text === name ? { fault: `"${text}" is the name of the PureCloud connection` } : readName(text);
  const salesforceName = await take(
    'Name of the Salesforce connection',
    options.salesforceName,
    'salesforce',
    own,
  );
  return { region, name, salesforce: { name: salesforceName, url, flow } };
}

/** Not the name of the command: in a checkout only npx knows it. */
const LAUNCHER = join(import.meta.dirname, '..', 'pcbridge.js');

function quoted(path: string): string {
  return /\s/.test(path) ? `"${path}"` : path;
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

async function writeAll(
  answers: InitAnswers,
  { directory, force }: InitCommandOptions,
  terminal: Terminal,
): Promise<void> {
  const files = initFiles(answers).map(({ name, content }) => ({ path: resolve(directory, name), content }));
  for (const { path } of files) {
    if (force === true || !(await exists(path))) continue;
    throw new CommandError(`${path} is there already`, {
      exitCode: EXIT_CODE.usage,
      remedy: 'the same command with --force to replace it, or with --directory for another place',
    });
  }
  for (const { path, content } of files) {
    await writeFile(path, content).catch((cause: unknown) => {
      throw new CommandError(`${path} cannot be written (${(cause as NodeJS.ErrnoException).code})`, {
        exitCode: EXIT_CODE.usage,
        remedy: 'the same command with --directory and a directory that is there',
        cause,
      });
    });
    terminal.data(path);
  }
  terminal.say(
    `Next${directory === '.' ? '' : `, in ${directory}`}: copy .env.example to .env, fill it in, and try:`,
  );
  terminal.say(`  node --env-file=.env ${quoted(relative(resolve(directory), LAUNCHER))} serve`);
}

const EXAMPLES = `
Examples:
  $ pcbridge init
  $ pcbridge init --region us_west_2 --name genesys
  $ pcbridge init --region Frankfurt --salesforce-url acme.my.salesforce.com --flow jwt`;

export function registerInit(program: Command, { terminal, finish }: CommandContext): void {
  program
    .command('init')
    .description('write a bridge.yaml to begin with, and the variables that it needs')
    .option('--region <region>', 'region of PureCloud: key, domain or city')
    .option('--name <name>', 'name of the PureCloud connection')
    .option('--salesforce-url <url>', 'My Domain address of the Salesforce org')
    .addOption(new Option('--flow <flow>', 'how to sign in to Salesforce').choices(SALESFORCE_FLOWS))
    .option('--salesforce-name <name>', 'name of the Salesforce connection')
    .option('--directory <directory>', 'where to write', '.')
    .option('--force', 'replace files that are there')
    .addHelpText('after', EXAMPLES)
    .action(async (options: InitCommandOptions) => {
      const questions = terminal.interactive ? openQuestions(terminal) : undefined;
      try {
        const take = createTake(questions?.ask, terminal.say);
        await writeAll(await collectAnswers(take, options), options, terminal);
      } finally {
        questions?.close();
      }
      finish(EXIT_CODE.clean);
    });
}
