/** POST /v1/secret-key/rotate: stored secrets sealed with another key, while the bridge goes on. */
import { z } from 'zod';
import type { KeyRotation } from '../database/rotate-key.ts';
import type { ActivityStore } from '../telemetry/activity.ts';
import type { Route } from './route.ts';

export const keyRotationSchema = z.object({
  source: z
    .enum(['file', 'variable'])
    .describe('Where the keys come from: the key file of the data directory, or BRIDGE_SECRET_KEY.'),
  resealed: z.int().describe('How many secrets were sealed anew.'),
  nextStep: z
    .enum(['none', 'addKey', 'dropOldKeys'])
    .describe('What the operator has left to do with BRIDGE_SECRET_KEY.'),
});

export interface SecretKeyRouteParts {
  rotateSecretKey: () => Promise<KeyRotation>;
  activity: Pick<ActivityStore, 'recordChange'>;
}

export function secretKeyRoutes({ rotateSecretKey, activity }: SecretKeyRouteParts): Route[] {
  return [
    {
      method: 'post',
      path: '/v1/secret-key/rotate',
      operationId: 'rotateSecretKey',
      tag: 'Configuration',
      summary: 'Seal every stored secret with another key',
      description:
        'With a key file: makes a new key, seals with it, and drops the old one. With BRIDGE_SECRET_KEY: seals with the first of its keys.',
      permission: 'admin',
      idempotent: true,
      answers: { 200: { description: 'What was done, and what is left.', schema: keyRotationSchema } },
      problems: [409],
      async handle({ caller, correlationId }) {
        const rotation = await rotateSecretKey();
        const summary = `${rotation.resealed} secrets sealed anew`;
        await activity.recordChange({
          result: 'keyRotated',
          caller: caller.name,
          correlationId,
          summary,
        });
        return rotation;
      },
    },
  ];
}
