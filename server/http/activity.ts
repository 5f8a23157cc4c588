/** GET /v1/activity: every token request, proxied call, run and change; who, when, how it ended; never a secret. */
import { z } from 'zod';
import { ACTIVITY_LIMIT_MAX, type ActivityStore } from '../telemetry/activity.ts';
import { isStorableText, parseInput } from '../validation.ts';
import { pageLimit } from './page-limit.ts';
import type { Route } from './route.ts';

const querySchema = z.strictObject({
  connection: z
    .string()
    .max(63, 'must be at most 63 characters')
    .refine(isStorableText, 'must be plain text')
    .optional()
    .describe('Of this connection only.'),
  result: z
    .string()
    .max(100, 'must be at most 100 characters')
    .refine(isStorableText, 'must be plain text')
    .optional()
    .describe('Exit path or code; any case.'),
  after: z
    .string()
    .regex(/^\d{1,19}$/, 'must be the nextAfter of the page before')
    .optional()
    .describe('nextAfter of the page before.'),
  limit: pageLimit(ACTIVITY_LIMIT_MAX, 'Entries a page; default 50.'),
});

const activitySchema = z.object({
  entries: z.array(
    z.object({
      id: z.string(),
      at: z.string().describe('ISO 8601, UTC.'),
      kind: z.string(),
      result: z.string(),
      connection: z.string().optional(),
      caller: z.string().optional(),
      status: z.int().optional(),
      durationMs: z.int().optional(),
      correlationId: z.string().optional(),
      upstreamCorrelationId: z.string().optional(),
      summary: z.string().optional(),
    }),
  ),
  nextAfter: z.string().optional(),
});

export function activityRoutes({ activity }: { activity: Pick<ActivityStore, 'list'> }): Route[] {
  return [
    {
      method: 'get',
      path: '/v1/activity',
      operationId: 'listActivity',
      tag: 'Activity',
      summary: 'Read what happened, the newest first',
      permission: 'read',
      query: querySchema,
      answers: { 200: { description: 'One page.', schema: activitySchema } },
      problems: [503],
      handle({ query }) {
        const { limit, ...filter } = parseInput(querySchema, { ...query });
        return activity.list({
          ...filter,
          ...(limit === undefined ? {} : { limit: Number(limit) }),
        } as Parameters<ActivityStore['list']>[0]);
      },
    },
  ];
}
