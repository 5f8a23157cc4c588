import { sql } from 'kysely';
import type { Migration } from '../migrate.ts';

export const usedJwts: Migration = {
  name: '0009-used-jwts',
  async up(db) {
    // The "jti" is chosen by whoever signs: hashed, it has one length and no surprises.
    await sql`create table used_jwts (
      caller text not null,
      jti_sha256 text not null,
      expires_at timestamptz not null,
      primary key (caller, jti_sha256)
    )`.execute(db);
    await sql`create index used_jwts_by_expiry on used_jwts (expires_at)`.execute(db);
  },
};
