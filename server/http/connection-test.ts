/** POST /v1/connections/{name}/test and /grant-ladder: what works, and whether another grant would. */
import { z } from 'zod';
import { diagnosisSchema } from '../bearer/answer.ts';
import { EXIT_PATHS } from '../bearer/exit-path.ts';
import { mayKnow } from '../callers/permissions.ts';
import { CHECK_NAMES, CHECK_OUTCOMES } from '../connections/checks/check.ts';
import type { ConnectionChecks } from '../connections/checks/run-checks.ts';
import type { ConnectionStore } from '../connections/connection-store.ts';
import { grantLadderSchema, type GrantLadder } from '../connections/grant-ladder.ts';
import type { ActivityStore } from '../telemetry/activity.ts';
import { noConnection } from './connections.ts';
import type { Route } from './route.ts';
import { BRIDGE_TIMEOUT_HEADER, bridgeTimeoutMs } from '../bridge-timeout.ts';

const outcome = z.enum(CHECK_OUTCOMES);

const testSchema = z.object({
  connection: z.string(),
  outcome: outcome.describe('The worst of all that were made.'),
  checks: z
    .array(
      z.object({
        name: z.enum(CHECK_NAMES),
        outcome,
        sentence: z.string(),
        durationMs: z.int(),
        diagnosis: diagnosisSchema.optional(),
      }),
    )
    .describe('In the order in which they were made.'),
});

const ladderSchema = z.object({
  connection: z.string(),
  grantType: z.string(),
  exitPath: z.enum(EXIT_PATHS).describe('Of the sign-in with the new grant.'),
  organizationId: z.string().optional(),
  actsAs: z.string().optional().describe('User or client that the new token acts as.'),
  instanceUrl: z.string().optional(),
  presentOrganizationId: z.string().optional(),
  presentActsAs: z.string().optional(),
  isSameOrganization: z.boolean().optional().describe('Absent: one of the two could not be told.'),
  isSameUser: z.boolean().optional(),
  isClean: z.boolean().describe('Nothing stands against switching.'),
  isSwitched: z.boolean().describe('The connection now has the new grant.'),
  sentence: z.string(),
  diagnosis: diagnosisSchema.optional(),
  durationMs: z.int(),
});

export interface ConnectionTestRouteParts {
  connections: ConnectionStore;
  checks: ConnectionChecks;
  grantLadder: GrantLadder;
  activity: Pick<ActivityStore, 'record' | 'recordChange'>;
}

export function connectionTestRoutes(parts: ConnectionTestRouteParts): Route[] {
  return [
    {
      method: 'post',
      path: '/v1/connections/{name}/test',
      operationId: 'testConnection',
      tag: 'Connections',
      summary: 'Test a connection, check by check',
      description:
        'Name, TLS, clock, sign-in, permissions, room for calls; what a failure makes senseless is not run. Signs in as any caller would: never on a latched connection. 60 s at most, less with X-Bridge-Timeout-Seconds.',
      permission: 'read',
      idempotent: true,
      answers: {
        200: { description: 'What was found; a failed check is an answer too.', schema: testSchema },
      },
      problems: [404],
      handle({ params, caller, request, signal }) {
        const name = params.name!;
        const connection = mayKnow(caller.permissions, 'connection', name)
          ? parts.connections.find(name)
          : undefined;
        if (connection === undefined) throw noConnection(name);
        const timeoutMs = bridgeTimeoutMs(request.headersDistinct[BRIDGE_TIMEOUT_HEADER] ?? []);
        return parts.checks.run(connection, { signal, ...(timeoutMs === undefined ? {} : { timeoutMs }) });
      },
    },
    {
      method: 'post',
      path: '/v1/connections/{name}/grant-ladder',
      operationId: 'climbGrantLadder',
      tag: 'Connections',
      summary: 'Try another grant beside the stored one, and switch to it',
      description:
        'Signs in once with the new grant, asks the upstream whom the token acts as, and compares. With switchOver and a clean probe the connection is changed, and the secrets that the new grant does not need are removed. The sign-in counts against the hourly budget of its user.',
      permission: 'admin',
      idempotent: true,
      body: {
        schema: grantLadderSchema,
        required: true,
        example: {
          grantType: 'client_credentials',
          url: 'https://your-domain.my.salesforce.com/services/oauth2/token',
          clientId: 'your-consumer-key',
          clientSecret: 'your-consumer-secret',
          switchOver: false,
        },
      },
      answers: { 200: { description: 'What was found, and whether it was switched.', schema: ladderSchema } },
      problems: [404, 409, 429, 503],
      async handle({ params, body, caller, correlationId, signal }) {
        const name = params.name!;
        if (parts.connections.find(name) === undefined) throw noConnection(name);
        const report = await parts.grantLadder.climb(name, body, { correlationId, signal });
        parts.activity.record({
          kind: 'tokenRequest',
          result: report.exitPath,
          connection: name,
          caller: caller.name,
          durationMs: report.durationMs,
          correlationId,
          summary: `The grant ${report.grantType} was tried.`,
        });
        if (report.isSwitched) {
          const summary = `The grant is now ${report.grantType}.`;
          await parts.activity.recordChange({
            result: 'changed',
            connection: name,
            caller: caller.name,
            correlationId,
            summary,
          });
        }
        return report;
      },
    },
  ];
}
