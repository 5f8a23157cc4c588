/** The second part of the story: a saved connection, a thousand callers, a call in the manner of Apex, and a latch. */
import { DEMO_PURECLOUD_CLIENT } from '../../../sandbox/purecloud/create-purecloud-sandbox.ts';
import { wrapped } from '../terminal.ts';
import { heading, STORY_WIDTH, type Stage } from './stage.ts';

const CALLERS = 1_000;
/** What an Apex callout carries when nobody sets a header. */
const APEX_HEADERS = {
  'user-agent': 'SFDC-Callout/66.0',
  sfdc_stack_depth: '1',
  accept: 'text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2',
  'content-type': 'application/x-www-form-urlencoded',
};

async function save({ bridge, sandbox }: Stage, name: string, clientSecret: string): Promise<void> {
  const { purecloud } = sandbox;
  await bridge.ask('PUT', `/v1/connections/${name}`, {
    provider: 'purecloud',
    url: purecloud.tokenUrl,
    apiUrl: purecloud.url,
    clientId: DEMO_PURECLOUD_CLIENT.id,
    clientSecret,
  });
}

async function serveMany(stage: Stage): Promise<void> {
  const { bridge, sandbox, terminal } = stage;
  heading(
    stage,
    `6. One saved connection, ${CALLERS.toLocaleString('en-US')} callers at once, nothing in the cache`,
  );
  await save(stage, 'purecloud', DEMO_PURECLOUD_CLIENT.secret);
  const before = sandbox.purecloud.state.counts.signIns;
  const startedAtMs = performance.now();
  const answers = await Promise.all(
    Array.from({ length: CALLERS }, () => bridge.ask('GET', '/v1/connections/purecloud/token')),
  );
  const tokens = new Set(answers.map(({ body }) => body.accessToken));
  const signIns = sandbox.purecloud.state.counts.signIns - before;
  const ms = Math.round(performance.now() - startedAtMs);
  terminal.data(
    `  -> ${answers.length} answers, ${tokens.size} token, ${signIns} sign-in at PureCloud, ${ms} ms in all`,
  );
}

async function callThrough(stage: Stage): Promise<void> {
  const { bridge, terminal } = stage;
  heading(stage, '7. A call through the proxy, just as Apex sends it: no token code at all');
  terminal.data('    | GET /proxy/purecloud/api/v2/tokens/me');
  Object.entries(APEX_HEADERS).forEach(([name, value]) => terminal.data(`    | ${name}: ${value}`));
  const { status, body } = await bridge.ask(
    'GET',
    '/proxy/purecloud/api/v2/tokens/me',
    undefined,
    APEX_HEADERS,
  );
  terminal.data(`  -> HTTP ${status}: ${JSON.stringify(body).slice(0, 160)}`);
}

async function latch(stage: Stage): Promise<void> {
  const { bridge, sandbox, terminal } = stage;
  heading(stage, '8. A wrong secret, a hundred callers, one attempt: nobody is locked out');
  await save(stage, 'mistyped', 'not-the-secret');
  const before = sandbox.purecloud.state.counts.signIns;
  const answers = await Promise.all(
    Array.from({ length: 100 }, () => bridge.ask('GET', '/v1/connections/mistyped/token')),
  );
  const { body } = answers.at(-1)!;
  const attempts = sandbox.purecloud.state.counts.signIns - before;
  terminal.data(
    `  -> ${answers.length} times HTTP ${answers[0]!.status} ${String(body.code)}, ${attempts} sign-in attempt`,
  );
  terminal.data(wrapped(`Remedy: ${String(body.remedy)}`, '    ', STORY_WIDTH));
  await save(stage, 'mistyped', DEMO_PURECLOUD_CLIENT.secret);
  const { status } = await bridge.ask('GET', '/v1/connections/mistyped/token');
  terminal.data(`  With the right secret saved, the next caller gets HTTP ${status}.`);
}

export async function tellOfConnections(stage: Stage): Promise<void> {
  await serveMany(stage);
  await callThrough(stage);
  await latch(stage);
}
