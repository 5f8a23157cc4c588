/** What the commands read of syncs, runs and their rows; a bridge may tell more. Shapes only. */
import { z } from 'zod';

const countsSchema = z.object({
  membersRead: z.number(),
  added: z.number(),
  changed: z.number(),
  removed: z.number(),
  unchanged: z.number(),
  skipped: z.number(),
  invalid: z.number(),
  failed: z.number(),
  resultsRead: z.number(),
  membersUpdated: z.number(),
});
export type PrintedCounts = z.output<typeof countsSchema>;

export const runSchema = z.looseObject({
  id: z.string(),
  sync: z.string(),
  status: z.string(),
  phase: z.string(),
  dryRun: z.boolean(),
  counts: countsSchema,
  unmapped: z.record(z.string(), z.number()).optional(),
  membersTotal: z.number().optional(),
  ratePerSecond: z.number().optional(),
  secondsLeft: z.number().optional(),
  createdAt: z.string().optional(),
  startedAt: z.string().optional(),
  finishedAt: z.string().optional(),
  startedBy: z.string(),
  planOf: z.string().optional(),
  retryOf: z.string().optional(),
  wanted: z.string().optional(),
  /** When a run that failed goes on by itself. */
  retryAt: z.string().optional(),
  failure: z.looseObject({ code: z.string(), detail: z.string().optional(), remedy: z.string() }).optional(),
});
export type Run = z.output<typeof runSchema>;

export const runsSchema = z.looseObject({ runs: z.array(runSchema), nextAfter: z.string().optional() });

const fieldValueSchema = z.union([z.string(), z.number(), z.boolean(), z.null()]);

const rowSchema = z.looseObject({
  memberId: z.string(),
  outcome: z.string(),
  reasonCode: z.string(),
  sentence: z.string(),
  remedy: z.string(),
  field: z.string().optional(),
  original: z.record(z.string(), fieldValueSchema),
});
export type Row = z.output<typeof rowSchema>;

export const rowsSchema = z.looseObject({
  rows: z.array(rowSchema),
  nextAfter: z.union([z.string(), z.number()]).optional(),
});

export const syncSchema = z.looseObject({
  name: z.string(),
  status: z.string(),
  campaignId: z.string(),
  contactListName: z.string().optional(),
  contactListId: z.string().optional(),
  schedule: z.string().optional(),
  timeZone: z.string().optional(),
  paused: z.boolean().optional(),
  lastRun: runSchema.optional(),
  nextRunAt: z.string().optional(),
  freshAt: z.string().optional(),
});
export type SyncView = z.output<typeof syncSchema>;

export const syncsSchema = z.looseObject({ syncs: z.array(syncSchema) });
