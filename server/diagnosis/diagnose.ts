/** From facts to words: which rows of the table match, and which of them explains what happened. Pure. */
import type { DiagnosisRow, OutcomeRow, RequestRow } from './diagnosis-row.ts';
import { DIAGNOSIS_TABLE, NOT_RECOGNISED, OUTCOME_ROWS, REQUEST_ROWS } from './diagnosis-table.ts';
import { createEvidence } from './evidence.ts';
import type { Evidence, Redact } from './evidence.ts';
import type { Diagnosis, DiagnosisFacts } from './facts.ts';

/** A vague outcome yields to a fault of the request that would lead to it; hardly any fault of a request leads to a 503. */
function explains(row: RequestRow, outcome: OutcomeRow | undefined): boolean {
  if (row.hint === true) return false;
  if (outcome === undefined) return true;
  return outcome.yieldsTo === 'request' || (outcome.yieldsTo === 'address' && row.aspect === 'address');
}

function outcomeOf(evidence: Evidence): OutcomeRow | undefined {
  const named = evidence.answer?.bridgeCode;
  const byCode = DIAGNOSIS_TABLE.find(({ code }) => code === named);
  return byCode ?? OUTCOME_ROWS.find((row) => row.when(evidence));
}

function rankedRows(evidence: Evidence): readonly DiagnosisRow[] {
  const outcome = outcomeOf(evidence);
  const faults = REQUEST_ROWS.filter((row) => row.code !== outcome?.code && row.when(evidence));
  const [first, rest] = [
    faults.filter((row) => explains(row, outcome)),
    faults.filter((row) => !explains(row, outcome)),
  ];
  return [...first, ...(outcome === undefined ? [] : [outcome]), ...rest];
}

function unrecognised(evidence: Evidence, facts: DiagnosisFacts): DiagnosisRow {
  const said = evidence.quoteUpstream(evidence.answer?.original ?? facts.text ?? '');
  if (said === undefined || said === '') return NOT_RECOGNISED;
  return { ...NOT_RECOGNISED, causes: [`What was said: ${said}`, ...NOT_RECOGNISED.causes] };
}

function wordsOf(row: DiagnosisRow, evidence: Evidence): Diagnosis {
  const { code, title, causes, remedy } = row;
  return { code, title, causes, remedy, ...row.tell?.(evidence) };
}

/**
 * Everything that is wrong with an exchange, best explanation first; never empty.
 * No words hold a secret of the request. Text of an upstream is quoted only after it went through `redact`.
 */
export function findings(facts: DiagnosisFacts, redact?: Redact): Diagnosis[] {
  const evidence = createEvidence(facts, redact);
  const rows = rankedRows(evidence);
  return (rows.length === 0 ? [unrecognised(evidence, facts)] : rows).map((row) => wordsOf(row, evidence));
}

/** The best single explanation: a fault of the request that leads to a vague answer wins over that answer. */
export function diagnose(facts: DiagnosisFacts, redact?: Redact): Diagnosis {
  return findings(facts, redact)[0]!;
}
