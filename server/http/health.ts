/** GET /livez: the process answers. GET /readyz: it can do its work, and what stands in the way where it cannot. */
import { z } from 'zod';
import { BridgeError } from '../errors.ts';
import { invalidRequest, parseInput } from '../validation.ts';
import type { Route } from './route.ts';

/** A part that readiness depends on; `check` gives back what is wrong, in plain words, or undefined. */
export interface ReadinessCheck {
  name: string;
  check(): string | undefined | Promise<string | undefined>;
}

const healthSchema = z.object({ status: z.literal('ok') });
const OPEN = { description: 'In good health.', schema: healthSchema };

const querySchema = z.object({
  exclude: z
    .string()
    .optional()
    .describe('Names of parts that are not to count, separated by commas: `database`, for a balancer.'),
});

/** @throws BridgeError `invalid_request` for a name that there is not: a balancer that is misspelt must not look healthy for another reason. */
function excludedFrom(checks: readonly ReadinessCheck[], query: object): ReadonlySet<string> {
  const { exclude = '' } = parseInput(querySchema, { ...query });
  const names = exclude
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const known = checks.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return new Set(names);
  throw invalidRequest([{ field: 'exclude', detail: `must be among ${known.join(', ')}` }]);
}

async function firstFault(
  checks: readonly ReadinessCheck[],
  excluded: ReadonlySet<string>,
): Promise<string | undefined> {
  for (const { name, check } of checks) {
    if (excluded.has(name)) continue;
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
      description:
        'While the database is away, tokens and the proxy go on from memory: a balancer that asks with `exclude=database` lets them.',
      query: querySchema,
      answers: { 200: OPEN },
      problems: [503],
      async handle({ query }) {
        const fault = await firstFault(checks, excludedFrom(checks, query));
        if (fault === undefined) return { status: 'ok' };
        throw new BridgeError('unavailable', { detail: `Not ready. ${fault}`, retryAfterSeconds: 1 });
      },
    },
  ];
}
