/** `npm run bench`: every suite but `memory`, or those that are named; prints the tables and writes bench/results.md. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startPostgres } from '../test/support/databases.ts';
import { describeMachine, leaveServerCore } from './machine.ts';
import { toMarkdown, toReport, type Table } from './report.ts';
import { runSuite, type Suite } from './suite.ts';
import { coldKeySuite } from './suites/cold-key.ts';
import { grantsSuite } from './suites/grants.ts';
import { handOutSuite } from './suites/hand-out.ts';
import { memorySuite } from './suites/memory.ts';
import { proxySuite } from './suites/proxy.ts';
import { rolloverSuite } from './suites/rollover.ts';
import { startSuite } from './suites/start.ts';
import { syncSuite } from './suites/sync.ts';
import { twoProcessesSuite } from './suites/two-processes.ts';

const SUITES: Readonly<Record<string, Suite>> = {
  'hand-out': handOutSuite,
  'two-processes': twoProcessesSuite,
  rollover: rolloverSuite,
  proxy: proxySuite,
  grants: grantsSuite,
  'cold-key': coldKeySuite,
  start: startSuite,
  sync: syncSuite,
  memory: memorySuite,
};

/** Takes as long as all the others. */
const BY_NAME_ONLY = 'memory';

/** A server is run for weeks. V8 compiles the last of what a request passes through after some 10,000 of them. */
const WARM_UP_SECONDS = 8;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '5' },
    members: { type: 'string', default: '10000,200000' },
    profile: { type: 'string' },
    embedded: { type: 'boolean', default: false },
    out: { type: 'string', default: join(import.meta.dirname, 'results.md') },
  },
});

leaveServerCore();
const names =
  positionals.length === 0 ? Object.keys(SUITES).filter((name) => name !== BY_NAME_ONLY) : positionals;
const unknown = names.filter((name) => SUITES[name] === undefined);
if (unknown.length > 0)
  throw new Error(`There is no suite ${unknown.join(', ')}; there are ${Object.keys(SUITES).join(', ')}`);

const members = values.members.split(',').map(Number);
if (!members.every((size) => Number.isInteger(size) && size > 0))
  throw new Error(`--members takes whole numbers, as 10000,200000, and not ${values.members}`);

const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)];
if (!Number.isInteger(rounds) || rounds < 1 || !(seconds > 0))
  throw new Error(
    `--rounds takes a whole number and --seconds a number, not ${values.rounds} and ${values.seconds}`,
  );

const postgres = values.embedded || values.quick ? undefined : await startPostgres();
const tables: Table[] = [];
let errors = 0;
let requests = 0;
try {
  for (const name of names) {
    const result = await runSuite(SUITES[name]!, {
      isQuick: values.quick,
      rounds: values.quick ? 1 : rounds,
      seconds: values.quick ? 0.2 : seconds,
      warmUpSeconds: values.quick ? 0 : WARM_UP_SECONDS,
      ...(values.profile === undefined ? {} : { profileDirectory: values.profile }),
      members,
      ...(postgres === undefined
        ? {}
        : { databaseUrl: await postgres.createDatabase(), createDatabase: postgres.createDatabase }),
    });
    tables.push(...result.tables);
    errors += result.errors;
    requests += result.requests;
    console.log(result.tables.map(toMarkdown).join('\n'));
  }
} finally {
  await postgres?.stop();
}
console.log(`${requests} requests, ${errors} errors`);
if (!values.quick && positionals.length === 0) {
  const date = new Date().toISOString().slice(0, 10);
  const given = process.argv.slice(2);
  const command = ['npm run bench', ...(given.length === 0 ? [] : ['--', ...given])].join(' ');
  const head = { date, machine: describeMachine(), node: process.version, command };
  await writeFile(values.out, toReport(head, tables));
}
process.exitCode = errors === 0 ? 0 : 1;
