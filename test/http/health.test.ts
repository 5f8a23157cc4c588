/** What readiness says of the parts that it depends on, and what a balancer may leave out. */
import { expect, test } from '@jest/globals';
import { healthRoutes } from '../../server/http/health.ts';
import type { RouteContext } from '../../server/http/route.ts';

const route = healthRoutes({
  readiness: [
    { name: 'process', check: () => undefined },
    { name: 'database', check: () => Promise.resolve('it is away') },
    { name: 'secrets', check: () => 'none opens' },
  ],
}).find(({ path }) => path === '/readyz')!;

const readiness = async (query: object) => await route.handle({ query } as RouteContext);

test.each([
  [{}, 'Not ready. database: it is away'],
  [{ exclude: '' }, 'Not ready. database: it is away'],
  [{ exclude: 'database' }, 'Not ready. secrets: none opens'],
  [{ exclude: 'secrets' }, 'Not ready. database: it is away'],
])('with %j it is not ready: %s', async (query, detail) => {
  await expect(readiness(query)).rejects.toMatchObject({ code: 'unavailable', message: detail });
});

test.each(['database,secrets', ' secrets , database,'])('without %j it is ready', async (exclude) => {
  expect(await readiness({ exclude })).toEqual({ status: 'ok' });
});

test('a part that there is not is refused, so that a misspelt balancer does not look well', async () => {
  await expect(readiness({ exclude: 'databse' })).rejects.toMatchObject({
    code: 'invalid_request',
    message: 'exclude must be among process, database, secrets',
  });
});
