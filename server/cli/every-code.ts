/** Every code that a person can meet, whichever part gave it: whoever reads one does not know. */
import { ROW_REASON_CODES, RUN_END_CODES } from '../campaigns/explain-run-code.ts';
import { APEX_CODES } from '../diagnosis/apex-codes.ts';
import { DIAGNOSED_CODES } from '../diagnosis/explain-code.ts';
import type { Diagnosis } from '../diagnosis/facts.ts';

/** One that two parts give, such as `answer_too_large`, is there once for each. */
export const EVERY_CODE: readonly Diagnosis[] = [
  ...DIAGNOSED_CODES,
  ...RUN_END_CODES,
  ...ROW_REASON_CODES,
  ...APEX_CODES,
];
