/** One row of the diagnosis table. */
import type { Diagnosis } from './facts.ts';
import type { Evidence } from './evidence.ts';

export type DiagnosisWords = Omit<Diagnosis, 'code'>;

/** What an outgoing request has wrong: where it goes, how it is written, or what it signs in with. */
export type RequestAspect = 'address' | 'request' | 'credential';

export interface DiagnosisRow extends DiagnosisWords {
  /** Stable, snake_case, unique over the table and the catalogue of errors. */
  code: string;
  when: (evidence: Evidence) => boolean;
  /** Words for this very case, over the general ones of the row. */
  tell?: (evidence: Evidence) => Partial<DiagnosisWords>;
}

/** A fault that can be seen in the request itself. */
export interface RequestRow extends DiagnosisRow {
  aspect: RequestAspect;
  /** Worth saying, but no explanation: stands behind what the upstream said. */
  hint?: true;
}

/** What the network or an upstream said. The first row that matches speaks; the others are too general. */
export interface OutcomeRow extends DiagnosisRow {
  /** Too vague to stand against a fault of the request: any fault, or one of its address only. */
  yieldsTo?: 'request' | 'address';
}
