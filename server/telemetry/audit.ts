/** The audit in the database: appended in the transaction that writes the activity of a change, and never removed. */
import { sql, type Kysely, type Transaction } from 'kysely';
import type { Database } from '../database/database.ts';
import { AUDIT_START, chained, type AuditEntry, type AuditFacts, type AuditHead } from './audit-chain.ts';

/** Any fixed number: instances append one after the other. */
const AUDIT_LOCK = 9_112_026;
const PAGE_ROWS = 1_000;

type Queries = Kysely<never> | Transaction<never>;

interface Row {
  seq: number;
  at: Date;
  caller: string | null;
  action: string;
  connection: string | null;
  summary: string | null;
  correlation_id: string | null;
  hash: string;
}

async function headOf(db: Queries): Promise<AuditHead> {
  const { rows } = await sql<AuditHead>`
    select seq::float8 as seq, hash from audit_entries order by seq desc limit 1`.execute(db);
  return rows[0] ?? AUDIT_START;
}

/** @param trx The transaction that these changes are written down in. */
export async function appendAudit(trx: Transaction<never>, changes: readonly AuditFacts[]): Promise<void> {
  if (changes.length === 0) return;
  await sql`select pg_advisory_xact_lock(${sql.lit(AUDIT_LOCK)})`.execute(trx);
  let head = await headOf(trx);
  for (const facts of changes) {
    const entry = chained(head, facts);
    await sql`insert into audit_entries (seq, at, caller, action, connection, summary, correlation_id, hash)
      values (${entry.seq}, ${entry.at}::timestamptz, ${entry.caller}, ${entry.action}, ${entry.connection},
        ${entry.summary}, ${entry.correlationId}, ${entry.hash})`.execute(trx);
    head = entry;
  }
}

function toEntry({ at, correlation_id: correlationId, ...row }: Row): AuditEntry {
  return { ...row, at: at.toISOString(), correlationId };
}

/** In order, a page at a time. */
export async function* readAudit({ db }: Pick<Database, 'db'>): AsyncGenerator<AuditEntry> {
  for (let after = 0; ;) {
    const { rows } =
      await sql<Row>`select seq::float8 as seq, at, caller, action, connection, summary, correlation_id, hash
      from audit_entries where seq > ${after}::bigint order by seq limit ${PAGE_ROWS}`.execute(db);
    for (const row of rows) yield toEntry(row);
    if (rows.length < PAGE_ROWS) return;
    after = rows.at(-1)!.seq;
  }
}
