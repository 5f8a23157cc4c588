/** GET /v1/status: the overview that the page shows. GET /metrics: the same for Prometheus, and what is counted. */
import { z } from 'zod';
import { STATUS_WORDS } from '../status-words.ts';
import type { Overview } from '../status/overview.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { deprecationSchema } from './deprecation-schema.ts';
import type { Route } from './route.ts';

const word = z.enum(STATUS_WORDS);

const statusSchema = z.object({
  bridge: z.object({
    status: word,
    version: z.string(),
    startedAt: z.string().describe('ISO 8601, UTC.'),
    database: z.object({
      isHealthy: z.boolean(),
      latencyMs: z.int().optional(),
      reason: z.string().optional(),
    }),
    activity: z.object({ buffered: z.int(), dropped: z.int() }),
  }),
  connections: z.array(
    z.object({
      name: z.string(),
      provider: z.string(),
      grantType: z.string(),
      region: z.string().optional(),
      status: word,
      areSecretsReadable: z.boolean(),
      token: z.object({
        hasToken: z.boolean(),
        expiresInSeconds: z.int().optional(),
        generation: z.int(),
        isGranting: z.boolean(),
        waitingCallers: z.int(),
      }),
      failure: z
        .object({
          failureClass: z.string(),
          isLatched: z.boolean().describe('true: no sign-in until the connection is changed or reset.'),
          failures: z.int(),
          retryAfterSeconds: z.int().optional(),
          code: z.string().optional(),
          title: z.string().optional(),
          remedy: z.string().optional(),
        })
        .optional(),
      lastUsedAt: z.string().optional(),
      usesToday: z.int().describe('Tokens taken since midnight UTC, by callers and by the proxy.'),
      certificateExceptions: z.array(z.string()).describe('Faults of certificates that are forgiven.'),
      deprecation: deprecationSchema.optional(),
      budget: z
        .object({
          limitPerMinute: z.int(),
          usedLastMinute: z.int(),
          waitingInteractive: z.int(),
          waitingSync: z.int(),
          blockedForSeconds: z.int().optional(),
          isShared: z
            .boolean()
            .describe('false: the database is away, and each instance keeps to its share.'),
        })
        .optional(),
      apiUsage: z
        .object({ used: z.int(), max: z.int(), at: z.string() })
        .optional()
        .describe("Of the org's API calls of 24 hours, those of others included, as it last said."),
    }),
  ),
  syncs: z.array(
    z.object({
      name: z.string(),
      salesforceConnection: z.string(),
      purecloudConnection: z.string(),
      status: word,
      lastRun: z
        .object({
          id: z.string(),
          status: word,
          finishedAt: z.string().optional(),
          failedRows: z.int(),
          code: z.string().optional(),
          title: z.string().optional(),
          remedy: z.string().optional(),
        })
        .optional()
        .describe('The newest that ended by itself and was no dry run.'),
      nextRunAt: z.string().optional(),
      freshAt: z
        .string()
        .optional()
        .describe('When the contact list was last known to be as the campaign was.'),
      freshnessSeconds: z.int().optional(),
    }),
  ),
  attention: z
    .array(
      z.object({
        connection: z.string().optional(),
        sync: z.string().optional(),
        title: z.string(),
        remedy: z.string(),
      }),
    )
    .describe('What needs a person, the most pressing first.'),
});

export interface StatusRouteParts {
  overview: Overview;
  metrics: Pick<Metrics, 'text'>;
}

export function statusRoutes(parts: StatusRouteParts): Route[] {
  return [
    {
      method: 'get',
      path: '/v1/status',
      operationId: 'getStatus',
      tag: 'Status',
      summary: 'Read how the bridge and its connections are',
      permission: 'read',
      answers: { 200: { description: 'At most a second old.', schema: statusSchema } },
      handle: () => parts.overview.read(),
    },
    {
      method: 'get',
      path: '/metrics',
      operationId: 'getMetrics',
      tag: 'Status',
      summary: 'Read the metrics, for Prometheus',
      description:
        'Of this process. Prometheus sends the key of a caller with the permission read: authorization with credentials_file in its scrape configuration.',
      // Not open on loopback: behind a reverse proxy on the same machine everyone comes from there.
      permission: 'read',
      answers: {
        200: { description: 'Text format 0.0.4.', schema: z.string(), contentType: 'text/plain' },
      },
      async handle({ response }) {
        const { contentType, body } = await parts.metrics.text();
        response.writeHead(200, { 'Content-Type': contentType, 'Cache-Control': 'no-store' }).end(body);
        return undefined;
      },
    },
  ];
}
