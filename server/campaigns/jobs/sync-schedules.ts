/** Which syncs start by themselves, and when: what is saved of the syncs, and what pg-boss has of it, kept in step. */
import type { PgBoss, Schedule } from 'pg-boss';
import type { Sync } from '../sync.ts';
import { PAYLOAD_VERSION, type QueueName } from './job-queues.ts';

const QUEUE = 'campaign-schedule' satisfies QueueName;

export interface WantedSchedule {
  sync: string;
  cron: string;
  timeZone: string;
}

/** A sync that is paused, or that has no schedule, starts only when it is asked to. Pure. */
export function wantedSchedules(syncs: readonly Sync[]): WantedSchedule[] {
  return syncs.flatMap(({ name, schedule, timeZone, paused }) =>
    schedule === undefined || paused ? [] : [{ sync: name, cron: schedule, timeZone }],
  );
}

type KnownSchedule = Pick<Schedule, 'key' | 'cron' | 'timezone'>;

/** What has to be written so that both are the same. Pure. */
export function planSchedules(wanted: readonly WantedSchedule[], known: readonly KnownSchedule[]) {
  const knownByKey = new Map(known.map((schedule) => [schedule.key, schedule]));
  const wantedNames = new Set(wanted.map(({ sync }) => sync));
  return {
    put: wanted.filter(({ sync, cron, timeZone }) => {
      const found = knownByKey.get(sync);
      return found?.cron !== cron || found.timezone !== timeZone;
    }),
    remove: known.flatMap(({ key }) => (wantedNames.has(key) ? [] : [key])),
  };
}

type Boss = Pick<PgBoss, 'getSchedules' | 'schedule' | 'unschedule'>;

/** Writing what is written already does no harm: every instance may do it. */
export async function alignSchedules(boss: Boss, syncs: readonly Sync[]): Promise<void> {
  const { put, remove } = planSchedules(wantedSchedules(syncs), await boss.getSchedules(QUEUE));
  for (const { sync, cron, timeZone } of put) {
    const data = { version: PAYLOAD_VERSION, sync };
    // `once`: what was missed while no instance ran is made good by one run, and not by one for each time.
    await boss.schedule(QUEUE, cron, data, { tz: timeZone, key: sync, missed: 'once' });
  }
  for (const key of remove) await boss.unschedule(QUEUE, key);
}
