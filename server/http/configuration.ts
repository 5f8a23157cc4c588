/** POST /v1/configuration: connections, callers and syncs brought to what one document says, shown first where asked. */
import { z } from 'zod';
import { applyConfiguration, type Applied, type ApplyParts } from '../apply/apply-configuration.ts';
import { RESOURCE_KINDS, type Configuration, type NamedMembers } from '../apply/configuration.ts';
import { changeActivity } from '../apply/change-activity.ts';
import { callerShape } from '../callers/caller.ts';
import { syncShape } from '../campaigns/sync.ts';
import { connectionShape } from '../connections/connection.ts';
import type { ActivityStore } from '../telemetry/activity.ts';
import { parseInput, withoutBlanks } from '../validation.ts';
import type { Route } from './route.ts';

const RESOURCES_MAX = 1000;

/** Only what stands around the resources: they themselves are checked, all at once, against what is stored. */
const bodySchema = z.strictObject({
  connections: z
    .array(z.looseObject({ name: z.string() }))
    .max(RESOURCES_MAX)
    .optional(),
  callers: z
    .array(z.looseObject({ name: z.string() }))
    .max(RESOURCES_MAX)
    .optional(),
  syncs: z
    .array(z.looseObject({ name: z.string() }))
    .max(RESOURCES_MAX)
    .optional(),
  prune: z.boolean().optional().describe('true: remove what a given list does not name. Default false.'),
  dryRun: z.boolean().optional().describe('true: answer with the changes and make none. Default false.'),
  fingerprint: z
    .string()
    .max(64)
    .optional()
    .describe('Of the dry run that was agreed to: refused where it would differ now.'),
});

const documentedBodySchema = bodySchema.extend({
  connections: z
    .array(z.strictObject({ name: z.string(), ...connectionShape }))
    .optional()
    .describe('Connections that are to be. A secret that is left out keeps the stored one.'),
  callers: z
    .array(z.strictObject({ name: z.string(), ...callerShape }))
    .optional()
    .describe('Callers that are to be.'),
  syncs: z
    .array(z.strictObject({ name: z.string(), ...syncShape }))
    .optional()
    .describe('Syncs that are to be.'),
});

const kindSchema = z.enum(RESOURCE_KINDS);

export const configurationAnswerSchema = z.object({
  dryRun: z.boolean(),
  fingerprint: z.string().describe('Names these changes over what is stored now.'),
  unchanged: z.int(),
  changes: z.array(
    z.object({
      kind: kindSchema,
      name: z.string(),
      action: z.enum(['add', 'change', 'remove']),
      signsInAnew: z.boolean().describe('true: its token is void after the change.'),
      fields: z.array(
        z.object({
          field: z.string(),
          secret: z.boolean().describe('true: values are not told.'),
          before: z.string().optional(),
          after: z.string().optional(),
        }),
      ),
    }),
  ),
  kept: z
    .array(z.object({ kind: kindSchema, name: z.string() }))
    .describe('What there is beyond the document, and stays.'),
  keys: z
    .array(z.object({ caller: z.string(), key: z.string() }))
    .describe('Keys made for new callers. Shown this once: only their SHA-256 is kept.'),
});

export type ConfigurationAnswer = z.output<typeof configurationAnswerSchema>;

export function toConfigurationAnswer({ keys, ...applied }: Applied): ConfigurationAnswer {
  return { ...applied, keys: keys.map(({ caller, key }) => ({ caller, key: key.reveal() })) };
}

function toResources(given: readonly ({ name: string } & Record<string, unknown>)[]): NamedMembers[] {
  return given.map(({ name, ...members }) => ({
    name,
    members: withoutBlanks(members) as Record<string, unknown>,
  }));
}

function toConfiguration({ connections, callers, syncs }: z.output<typeof bodySchema>): Configuration {
  return {
    ...(connections === undefined ? {} : { connections: toResources(connections) }),
    ...(callers === undefined ? {} : { callers: toResources(callers) }),
    ...(syncs === undefined ? {} : { syncs: toResources(syncs) }),
  };
}

export interface ConfigurationRouteParts extends Pick<
  ApplyParts,
  'connections' | 'callers' | 'syncs' | 'extraRegions'
> {
  activity: Pick<ActivityStore, 'recordChange'>;
}

export function configurationRoutes({ activity, ...parts }: ConfigurationRouteParts): Route[] {
  return [
    {
      method: 'post',
      path: '/v1/configuration',
      operationId: 'applyConfiguration',
      tag: 'Configuration',
      summary: 'Bring connections, callers and syncs to what a document says',
      description:
        'Everything is checked before the first change. What is there already is left alone: the same document twice changes nothing.',
      permission: 'admin',
      idempotent: true,
      answerHoldsSecret: true,
      body: {
        schema: documentedBodySchema,
        required: true,
        example: { callers: [{ name: 'org', permissions: ['proxy:genesys'] }], dryRun: true },
      },
      answers: { 200: { description: 'What was changed, or would be.', schema: configurationAnswerSchema } },
      problems: [409],
      async handle({ body, caller, correlationId }) {
        const input = parseInput(bodySchema, body ?? {});
        const { prune, dryRun, fingerprint } = input;
        const applied = await applyConfiguration(
          toConfiguration(input),
          {
            ...parts,
            onChange: (change) => activity.recordChange(changeActivity(change, caller.name, correlationId)),
          },
          {
            appliedBy: caller.name,
            ...(prune === undefined ? {} : { prune }),
            ...(dryRun === undefined ? {} : { dryRun }),
            ...(fingerprint === undefined ? {} : { fingerprint }),
          },
        );
        return toConfigurationAnswer(applied);
      },
    },
  ];
}
