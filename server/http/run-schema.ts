/** A run as the API shows it, for the document. Shapes only. */
import { z } from 'zod';
import { COUNT_NAMES, type CountName } from '../campaigns/counts.ts';
import { RUN_STATUSES } from '../campaigns/run-record.ts';
import { RUN_PHASES } from '../campaigns/run/checkpoint.ts';

const countsSchema = z.object(
  Object.fromEntries(COUNT_NAMES.map((name) => [name, z.int()])) as Record<CountName, z.ZodInt>,
);

export const runViewSchema = z.object({
  id: z.string(),
  sync: z.string(),
  status: z.enum(RUN_STATUSES),
  phase: z.enum(RUN_PHASES),
  dryRun: z.boolean(),
  counts: countsSchema.describe('Every member that was read is in one of the seven after membersRead.'),
  unmapped: z
    .record(z.string(), z.int())
    .describe('Result that the sync maps to no status -> how many members had it.'),
  membersTotal: z.int().optional(),
  ratePerSecond: z.number().describe('Members a second.'),
  secondsLeft: z.int().optional().describe('Absent where it is not known.'),
  createdAt: z.string(),
  startedAt: z.string().optional(),
  finishedAt: z.string().optional(),
  startedBy: z.string().describe('Name of the caller, or schedule.'),
  planOf: z.string().optional().describe('Dry run that this run carries out.'),
  retryOf: z.string().optional().describe('Run whose failed rows this one tries again.'),
  wanted: z.string().optional().describe('pause or cancel, where the run has not come to it yet.'),
  failure: z.object({ code: z.string(), detail: z.string(), remedy: z.string() }).optional(),
});

export const runListSchema = z.object({
  runs: z.array(runViewSchema).describe('The newest first.'),
  nextAfter: z.string().optional().describe('Pass it as after for the next page. Absent on the last one.'),
});
