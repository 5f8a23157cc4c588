/** How many entries of a page a query asks for. */
import { z } from 'zod';

/** What is wrong is told once: a text that is no number is not measured as well. */
export function pageLimit(max: number, description: string) {
  return z
    .string()
    .regex(/^[1-9]\d{0,14}$/, { error: 'must be a whole number from 1 up', abort: true })
    .refine((text) => Number(text) <= max, `must be at most ${max}`)
    .optional()
    .describe(description);
}
