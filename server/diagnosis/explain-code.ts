/** What a code means, without any case at hand: for `pcbridge explain CODE` and the documentation. Pure. */
import { distance } from 'fastest-levenshtein';
import { ALL_DIAGNOSIS_CODES, DIAGNOSIS_TABLE } from './diagnosis-table.ts';
import type { Diagnosis } from './facts.ts';

/** People write codes in capitals, with hyphens or with spaces. */
function normaliseCode(code: string): string {
  return code
    .trim()
    .slice(0, 100)
    .toLowerCase()
    .replaceAll(/[\s.-]/g, '_');
}

/** The general words of a code of the diagnosis table or of the catalogue of errors; nothing for a code that is neither. */
export function explainCode(code: string): Diagnosis | undefined {
  const wanted = normaliseCode(code);
  const row = DIAGNOSIS_TABLE.find((candidate) => candidate.code === wanted);
  return row === undefined
    ? undefined
    : { code: row.code, title: row.title, causes: row.causes, remedy: row.remedy };
}

const SUGGESTIONS_MAX = 3;

/** The codes that were probably meant by one that does not exist, nearest first; none when nothing is near. */
export function suggestCodes(code: string): string[] {
  const wanted = normaliseCode(code);
  if (wanted === '') return [];
  const slipsMax = Math.max(2, Math.floor(wanted.length / 3));
  return ALL_DIAGNOSIS_CODES.map((known) => ({
    known,
    slips: known.includes(wanted) || wanted.includes(known) ? 1 : distance(known, wanted),
  }))
    .filter(({ slips }) => slips <= slipsMax)
    .sort((a, b) => a.slips - b.slips)
    .slice(0, SUGGESTIONS_MAX)
    .map(({ known }) => known);
}
