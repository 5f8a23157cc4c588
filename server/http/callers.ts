/** /v1/callers: who may use the bridge. A key is shown once, in the answer that made it. */
import { z } from 'zod';
import { callerSchema } from '../callers/caller.ts';
import { OVERLAP_SECONDS_MAX, type CallerStore, type WrittenCaller } from '../callers/caller-store.ts';
import { BridgeError } from '../errors.ts';
import type { ActivityStore } from '../telemetry/activity.ts';
import { parseInput, withoutBlanks } from '../validation.ts';
import type { Route } from './route.ts';
import { versioned } from './versioned-body.ts';

const TAG = 'Callers';

const callerViewSchema = z.object({
  name: z.string(),
  permissions: z.array(z.string()),
  version: z.int(),
  createdAt: z.string(),
  updatedAt: z.string(),
  keys: z.array(z.object({ createdAt: z.string(), expiresAt: z.string().optional() })),
});
const writtenCallerSchema = callerViewSchema.extend({
  key: z.string().optional().describe('The new API key. Shown this once: only its SHA-256 is kept.'),
});
const rotateSchema = z.strictObject({
  overlapSeconds: z
    .int('must be a whole number of seconds')
    .min(0, 'must be 0 or more')
    .max(OVERLAP_SECONDS_MAX, 'must be at most 604,800 seconds (a week)')
    .optional()
    .describe('How much longer the present key works; default 0.'),
});

function noCaller(name: string): BridgeError {
  return new BridgeError('not_found', { detail: `There is no caller "${name}"` });
}

function toAnswer({ caller, key }: WrittenCaller) {
  return key === undefined ? caller : { ...caller, key: key.reveal() };
}

export interface CallerRouteParts {
  callers: CallerStore;
  activity: Pick<ActivityStore, 'recordChange'>;
}

export function callerRoutes({ callers, activity }: CallerRouteParts): Route[] {
  const recorded = (by: string, name: string, what: string, correlationId: string) =>
    activity.recordChange({
      result: what,
      caller: by,
      correlationId,
      summary: `caller ${name} ${what}`,
    });
  return [
    {
      method: 'get',
      path: '/v1/callers',
      operationId: 'listCallers',
      tag: TAG,
      summary: 'List the callers',
      permission: 'admin',
      answers: {
        200: {
          description: 'All callers, by name.',
          schema: z.object({ callers: z.array(callerViewSchema) }),
        },
      },
      handle: () => ({ callers: callers.list() }),
    },
    {
      method: 'get',
      path: '/v1/callers/{name}',
      operationId: 'getCaller',
      tag: TAG,
      summary: 'Read one caller',
      permission: 'admin',
      answers: { 200: { description: 'The caller, without its key.', schema: callerViewSchema } },
      problems: [404],
      handle({ params }) {
        const view = callers.view(params.name!);
        if (view === undefined) throw noCaller(params.name!);
        return view;
      },
    },
    {
      method: 'put',
      path: '/v1/callers/{name}',
      operationId: 'putCaller',
      tag: TAG,
      summary: 'Create or change a caller',
      permission: 'admin',
      body: {
        schema: versioned(callerSchema),
        required: true,
        example: { permissions: ['read', 'proxy:purecloud'] },
      },
      answers: {
        200: { description: 'The caller; with its key where this made one.', schema: writtenCallerSchema },
      },
      problems: [409],
      async handle({ params, body, caller, correlationId }) {
        const written = await callers.put(params.name!, body);
        await recorded(caller.name, params.name!, written.outcome, correlationId);
        return toAnswer(written);
      },
    },
    {
      method: 'delete',
      path: '/v1/callers/{name}',
      operationId: 'deleteCaller',
      tag: TAG,
      summary: 'Remove a caller',
      permission: 'admin',
      answers: { 204: { description: 'Its keys work no longer.' } },
      problems: [404, 409],
      async handle({ params, caller, correlationId }) {
        if (!(await callers.remove(params.name!))) throw noCaller(params.name!);
        await recorded(caller.name, params.name!, 'removed', correlationId);
        return undefined;
      },
    },
    {
      method: 'post',
      path: '/v1/callers/{name}/rotate',
      operationId: 'rotateCallerKey',
      tag: TAG,
      summary: 'Make a new key for a caller',
      permission: 'admin',
      idempotent: true,
      answerHoldsSecret: true,
      body: { schema: rotateSchema, required: false, example: { overlapSeconds: 3600 } },
      answers: { 200: { description: 'The caller and its new key.', schema: writtenCallerSchema } },
      problems: [404],
      async handle({ params, body, caller, correlationId }) {
        const { overlapSeconds } = parseInput(rotateSchema, withoutBlanks(body ?? {}));
        const written = await callers.rotate(
          params.name!,
          overlapSeconds === undefined ? {} : { overlapSeconds },
        );
        await recorded(caller.name, params.name!, 'rotated', correlationId);
        return toAnswer(written);
      },
    },
  ];
}
