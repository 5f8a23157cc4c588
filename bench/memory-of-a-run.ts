/** `npm run bench:memory`: what a bridge holds in memory over its idle self while it syncs a campaign. Both databases; sizes in members. */
import { parseArgs } from 'node:util';
import { startPostgres } from '../test/support/databases.ts';
import { measureRun, type MeasuredRun } from './memory/measure-run.ts';

const { values } = parseArgs({
  options: {
    members: { type: 'string', default: '1000000' },
    database: { type: 'string', default: 'server,embedded' },
    'node-options': { type: 'string' },
  },
});

const megabytes = (bytes: number) => `${(bytes / 1_000_000).toFixed(0)} MB`;

function print(title: string, { idleBytes, steps }: MeasuredRun): void {
  console.log(`\n${title}: idle ${megabytes(idleBytes)}`);
  console.table(
    steps.map(({ step, seconds, peakBytes, counts }) => ({
      run: step,
      seconds: Math.round(seconds),
      peak: megabytes(peakBytes),
      'over idle': megabytes(peakBytes - idleBytes),
      ...counts,
    })),
  );
}

for (const members of values.members.split(',').map(Number)) {
  for (const kind of values.database.split(',')) {
    const server = kind === 'server' ? await startPostgres() : undefined;
    const databaseUrl = await server?.createDatabase();
    const measured = await measureRun({
      members,
      ...(databaseUrl === undefined ? {} : { databaseUrl }),
      ...(values['node-options'] === undefined ? {} : { nodeOptions: values['node-options'] }),
    });
    print(`${members.toLocaleString('en')} members, ${kind} database`, measured);
    await server?.stop();
  }
}
