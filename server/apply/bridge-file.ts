/** What a configuration file may hold, as one schema: editors complete and check by it, and this page of documentation follows from it. */
import { z } from 'zod';
import { syncShape } from '../campaigns/sync.ts';
import { callerShape } from '../callers/caller.ts';
import { connectionShape, SECRET_FIELDS } from '../connections/connection.ts';

export const FILE_SECTIONS = ['regions', 'connections', 'callers', 'syncs'] as const;

const NAME_PATTERN = '^[a-z][a-z0-9-]{0,62}$';

const reference = z
  .string()
  .regex(/^\$\{(env:[A-Za-z_][A-Za-z0-9_]*|file:[^}]+)\}$/)
  .describe('A reference, never the secret itself: ${env:NAME}, or ${file:PATH} relative to this file.');

const secretReferences = Object.fromEntries(
  SECRET_FIELDS.map((field) => [
    field,
    reference.optional().describe(`${connectionShape[field].description} \${env:NAME} or \${file:PATH}.`),
  ]),
);

/** Regions beyond the bridge's own table, by key. */
export const regionSchema = z.strictObject({
  domain: z
    .string()
    .regex(
      /^[a-z0-9-]+(\.[a-z0-9-]+)+$/,
      'must be a domain such as usw2.pure.cloud, without "login." before it',
    )
    .describe('Domain under which login., api. and apps. live: usw2.pure.cloud.'),
  names: z.array(z.string().min(1).max(100)).max(20).optional().describe('Names that people use for it.'),
});

export const REGION_KEY = /^[a-z][a-z0-9_]{0,62}$/;

const bridgeFileSchema = z
  .strictObject({
    regions: z
      .record(z.string().regex(REGION_KEY), regionSchema)
      .optional()
      .describe('PureCloud regions that the bridge does not know yet, by key.'),
    connections: z
      .record(
        z.string().regex(new RegExp(NAME_PATTERN)),
        z.strictObject({ ...connectionShape, ...secretReferences }),
      )
      .optional()
      .describe('Saved ways to get a token, by name.'),
    callers: z
      .record(
        z.string().regex(new RegExp(NAME_PATTERN)),
        z.strictObject({
          ...callerShape,
          key: reference
            .optional()
            .describe('Own API key. Absent: one is made and shown once when the caller is added.'),
        }),
      )
      .optional()
      .describe('Who may use the bridge, by name.'),
    syncs: z
      .record(z.string().regex(new RegExp(NAME_PATTERN)), z.strictObject(syncShape))
      .optional()
      .describe('Campaigns of Salesforce and their contact lists in PureCloud, by name.'),
  })
  .describe('Configuration of PureCloud Bridge: BRIDGE_CONFIG, or pcbridge apply -f FILE.');

/** JSON Schema draft 2020-12 of the file, for editors: `# yaml-language-server: $schema=…`. */
export function bridgeFileJsonSchema(): object {
  const { $schema, ...schema } = z.toJSONSchema(bridgeFileSchema, { io: 'input', unrepresentable: 'any' });
  return { $schema, title: 'PureCloud Bridge', ...schema };
}
