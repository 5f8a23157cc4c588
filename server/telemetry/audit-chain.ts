/**
 * Entries of the audit, each holding the hash of the one before: whoever changes, removes or reorders one has to change all that
 * follow, and cannot change a head that someone has noted elsewhere. Pure.
 */
import { createHash } from 'node:crypto';

export interface AuditFacts {
  /** ISO 8601, UTC, milliseconds. */
  at: string;
  /** Who: a caller, or what applied a configuration. */
  caller: string | null;
  /** What: created, changed, removed, reset, rotated … */
  action: string;
  connection: string | null;
  /** To which caller or sync, in words. */
  summary: string | null;
  correlationId: string | null;
}

export interface AuditEntry extends AuditFacts {
  /** From 1, without gaps. */
  seq: number;
  /** SHA-256, hexadecimal, over this entry and `previous`. */
  hash: string;
}

export interface AuditHead {
  seq: number;
  hash: string;
}

export const AUDIT_START: AuditHead = { seq: 0, hash: '0'.repeat(64) };

/** As a list, so that no two entries are ever the same text. */
function hashOf(seq: number, facts: AuditFacts, previous: string): string {
  const { at, caller, action, connection, summary, correlationId } = facts;
  const text = JSON.stringify([seq, at, caller, action, connection, summary, correlationId, previous]);
  return createHash('sha256').update(text).digest('hex');
}

export function chained(head: AuditHead, facts: AuditFacts): AuditEntry {
  const seq = head.seq + 1;
  return { ...facts, seq, hash: hashOf(seq, facts, head.hash) };
}

export type AuditVerdict =
  | { outcome: 'whole'; head: AuditHead }
  /** `seq`: where the chain first breaks. */
  | { outcome: 'broken'; seq: number; reason: string };

export interface AuditVerifier {
  /** In order. @returns what is wrong with this one, if anything is. */
  next(entry: AuditEntry): AuditVerdict | undefined;
  end(): AuditVerdict;
}

/** @param noted A head that was written down earlier: it finds an end that was cut off, and a chain that was made anew. */
export function createAuditVerifier(noted?: AuditHead): AuditVerifier {
  let head = AUDIT_START;
  let broken: AuditVerdict | undefined;
  const breaks = (seq: number, reason: string) => (broken ??= { outcome: 'broken', seq, reason });
  return {
    next(entry) {
      if (broken !== undefined) return broken;
      const expected = head.seq + 1;
      if (entry.seq !== expected)
        return breaks(
          expected,
          `entry ${expected} is missing, or stands elsewhere; ${entry.seq} is in its place`,
        );
      if (chained(head, entry).hash !== entry.hash)
        return breaks(entry.seq, `entry ${entry.seq} is not what was written, or not in its place`);
      head = { seq: entry.seq, hash: entry.hash };
      if (noted?.seq === entry.seq && noted.hash !== entry.hash)
        return breaks(entry.seq, `entry ${entry.seq} is not the one that was noted: the chain was made anew`);
      return undefined;
    },
    end() {
      if (broken === undefined && noted !== undefined && noted.seq > head.seq)
        breaks(head.seq + 1, `the chain ends at ${head.seq}, and ${noted.seq} was noted: its end is cut off`);
      return broken ?? { outcome: 'whole', head };
    },
  };
}
