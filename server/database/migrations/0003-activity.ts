import { sql } from 'kysely';
import type { Migration } from '../migrate.ts';

export const activity: Migration = {
  name: '0003-activity',
  async up(db) {
    await sql`create table activity (
      id bigint generated always as identity primary key,
      at timestamptz not null,
      kind text not null,
      connection text,
      caller text,
      result text not null,
      status integer,
      duration_ms integer,
      correlation_id text,
      upstream_correlation_id text,
      summary text
    )`.execute(db);
    await sql`create index activity_at on activity (at)`.execute(db);
    await sql`create index activity_connection on activity (connection, id desc)`.execute(db);
    await sql`create index activity_result on activity (lower(result), id desc)`.execute(db);
  },
};
