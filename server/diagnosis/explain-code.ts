/** What a code means, without any case at hand. Pure. */
import { distance } from 'fastest-levenshtein';
import { DIAGNOSIS_TABLE } from './diagnosis-table.ts';
import type { Diagnosis } from './facts.ts';

/** People write codes in capitals, with hyphens or with spaces. */
function normaliseCode(code: string): string {
  return code
    .trim()
    .slice(0, 100)
    .toLowerCase()
    .replaceAll(/[\s.-]/g, '_');
}

/** The general words of each code of the diagnosis table, the codes of the catalogue of errors among them. */
export const DIAGNOSED_CODES: readonly Diagnosis[] = DIAGNOSIS_TABLE.map(
  ({ code, title, causes, remedy }) => ({ code, title, causes, remedy }),
);

/** Every meaning of a code as people write it; a code may have one on each side. */
export function meaningsOf(code: string, known: readonly Diagnosis[]): Diagnosis[] {
  const wanted = normaliseCode(code);
  return known.filter((candidate) => candidate.code === wanted);
}

/** @returns nothing for a code that a diagnosis cannot have. */
export function explainCode(code: string): Diagnosis | undefined {
  return meaningsOf(code, DIAGNOSED_CODES)[0];
}

const SUGGESTIONS_MAX = 3;

/** The codes that were probably meant by one that does not exist, nearest first; none when nothing is near. */
export function suggestCodes(code: string, known: readonly Diagnosis[]): string[] {
  const wanted = normaliseCode(code);
  if (wanted === '') return [];
  const slipsMax = Math.max(2, Math.floor(wanted.length / 3));
  return [...new Set(known.map((candidate) => candidate.code))]
    .map((name) => ({
      name,
      slips: name.includes(wanted) || wanted.includes(name) ? 1 : distance(name, wanted),
    }))
    .filter(({ slips }) => slips <= slipsMax)
    .sort((a, b) => a.slips - b.slips)
    .slice(0, SUGGESTIONS_MAX)
    .map(({ name }) => name);
}
