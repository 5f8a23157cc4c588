/** GET /livez: the process answers. GET /readyz: it can do its work, and what stands in the way where it cannot. */
import { z } from 'zod';
import { BridgeError } from '../errors.ts';
import type { Route } from './route.ts';

/** A part that readiness depends on; `check` gives back what is wrong, in plain words, or undefined. */
export interface ReadinessCheck {
  name: string;
  check(): string | undefined | Promise<string | undefined>;
}

const healthSchema = z.object({ status: z.literal('ok') });
const OPEN = { description: 'In good health.', schema: healthSchema };

async function firstFault(checks: readonly ReadinessCheck[]): Promise<string | undefined> {
  for (const { name, check } of checks) {
    const fault = await check();
    if (fault !== undefined) return `${name}: ${fault}`;
  }
  return undefined;
}

export function healthRoutes({ readiness: checks }: { readiness: readonly ReadinessCheck[] }): Route[] {
  return [
    {
      method: 'get',
      path: '/livez',
      operationId: 'getLiveness',
      tag: 'Health',
      summary: 'Tell whether the process answers',
      answers: { 200: OPEN },
      handle: () => ({ status: 'ok' }),
    },
    {
      method: 'get',
      path: '/readyz',
      operationId: 'getReadiness',
      tag: 'Health',
      summary: 'Tell whether the bridge can do its work',
      answers: { 200: OPEN },
      problems: [503],
      async handle() {
        const fault = await firstFault(checks);
        if (fault === undefined) return { status: 'ok' };
        throw new BridgeError('unavailable', { detail: `Not ready. ${fault}`, retryAfterSeconds: 1 });
      },
    },
  ];
}
