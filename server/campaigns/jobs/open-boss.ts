/** pg-boss over the bridge's database: started with every queue, quiet while there is nothing to do. */
import type { PgBoss } from 'pg-boss';
import type { Database } from '../../database/database.ts';
import { createJobDatabase } from './job-database.ts';
import { JOBS_SCHEMA, QUEUE_NAMES, QUEUES } from './job-queues.ts';

export interface JobsLog {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

/** New jobs are told of by NOTIFY. This finds those whose message was lost, and those that were put off. */
export const POLL_SECONDS = 15;
/** A schedule has a resolution of minutes. */
const SCHEDULE_POLL_SECONDS = 10;
/** While the database is away every poll fails: once a minute is enough to know. */
const COMPLAIN_EVERY_MS = 60_000;

/** Loaded here and not with the program: it takes as long as all the rest, and the listener need not wait for it. */
async function createBoss(database: Database): Promise<PgBoss> {
  const { PgBoss: Boss } = await import('pg-boss');
  return new Boss({
    db: await createJobDatabase(database),
    backend: database.kind === 'embedded' ? 'pglite' : 'postgres',
    schema: JOBS_SCHEMA,
    useListenNotify: true,
    cronWorkerIntervalSeconds: SCHEDULE_POLL_SECONDS,
    // Jobs that wait for others: there are none.
    flowIntervalSeconds: 3_600,
    monitorVacuum: false,
  });
}

async function makeQueues(boss: PgBoss): Promise<void> {
  const present = new Set((await boss.getQueues()).map(({ name }) => name));
  for (const name of QUEUE_NAMES) {
    const { policy, ...options } = QUEUES[name];
    if (present.has(name)) await boss.updateQueue(name, options);
    else await boss.createQueue(name, { ...options, policy, notify: true });
  }
}

/** Started. Its failures are logged: none ends the process. */
export async function openBoss(database: Database, log: JobsLog): Promise<PgBoss> {
  const boss = await createBoss(database);
  let complainedAtMs = -Infinity;
  boss.on('error', (error) => {
    if (performance.now() - complainedAtMs < COMPLAIN_EVERY_MS) return;
    complainedAtMs = performance.now();
    log.warn({ err: error }, 'The job queue could not ask the database; it goes on trying.');
  });
  boss.on('warning', ({ message }) => {
    log.warn({}, message);
  });
  try {
    await boss.start();
    await makeQueues(boss);
    return boss;
  } catch (error) {
    await boss.stop({ graceful: false });
    throw error;
  }
}

/** Makes the tables of the queues ahead of the first start. */
export async function installJobs(database: Database, log: JobsLog): Promise<void> {
  const boss = await openBoss(database, log);
  await boss.stop({ graceful: false });
}
