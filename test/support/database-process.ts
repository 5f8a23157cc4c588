/** A process of its own that opens a database, for tests of what happens between processes. Prints one line a step. */
import { sql } from 'kysely';
import pino from 'pino';
import { openDatabase } from '../../server/database/open-database.ts';
import { BridgeError } from '../../server/errors.ts';

const [mode, dataDir, databaseUrl] = process.argv.slice(2);

async function run(): Promise<void> {
  const database = await openDatabase({
    dataDir: dataDir!,
    log: pino({ level: 'silent' }),
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
  });
  console.log('open');
  if (mode === 'write') {
    await sql`create table if not exists written (n integer)`.execute(database.db);
    for (let n = 1; ; n += 1) {
      await sql`insert into written values (${n})`.execute(database.db);
      console.log(n);
    }
  }
  if (mode === 'hold') await new Promise((resolve) => process.stdin.once('end', resolve).resume());
  await database.close();
}

run().catch((error: unknown) => {
  console.log(error instanceof BridgeError ? `refused ${error.message}` : String(error));
  process.exitCode = 1;
});
