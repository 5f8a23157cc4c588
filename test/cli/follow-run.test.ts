/** A run that is watched: what is shown of it, and what ends the watching. The bridge is a server that answers by a script. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createBridgeApi } from '../../server/cli/bridge-api.ts';
import { followRun } from '../../server/cli/follow-run.ts';
import type { Run } from '../../server/cli/run-schema.ts';
import { runWith } from './support/runs.ts';

const RUNNING = runWith({ phase: 'send', membersTotal: 10, counts: { membersRead: 5 } });
const WRITING = runWith({ phase: 'writeBack', membersTotal: 10, counts: { membersRead: 10 } });
const ENDED = runWith({ phase: 'done', status: 'Healthy', finishedAt: '2026-11-21T10:01:00.000Z' });
const UNAVAILABLE = {
  title: 'not now',
  detail: 'shutting down',
  code: 'unavailable',
  remedy: 'wait',
  status: 503,
};

let servers: Server[] = [];
afterEach(() => {
  servers.forEach((server) => server.close());
  servers = [];
});

/** Each answer once, the last one from then on; `'lost'` breaks the connection. */
async function scripted(answers: readonly (Run | typeof UNAVAILABLE | 'lost')[]) {
  let asked = 0;
  const server = createServer((request, response) => {
    const answer = answers[Math.min(asked, answers.length - 1)]!;
    asked += 1;
    if (answer === 'lost') return void request.destroy();
    const status = answer === UNAVAILABLE ? 503 : 200;
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  }).listen(0, '127.0.0.1');
  servers.push(server);
  await new Promise((resolve) => server.once('listening', resolve));
  const api = createBridgeApi({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  return { api, asked: () => asked };
}

function watching(live: boolean) {
  const [said, drawn]: [string[], string[]] = [[], []];
  const screen = { columns: () => 80, draw: (line: string) => void drawn.push(line) };
  return {
    said,
    drawn,
    terminal: { say: (text: string) => void said.push(text), ...(live ? { live: screen } : {}) },
  };
}

const never = new AbortController().signal;

describe('followRun', () => {
  test('draws over one line on a screen, and takes it away at the end', async () => {
    const { api } = await scripted([RUNNING, WRITING, ENDED]);
    const { said, drawn, terminal } = watching(true);
    const run = await followRun(api, RUNNING, terminal, never, { intervalMs: 1 });
    expect(run.status).toBe('Healthy');
    expect(said).toEqual([]);
    expect(drawn.at(-1)).toBe('');
    expect(drawn.some((line) => line.startsWith('Sending contacts'))).toBe(true);
  });

  test('says a line for each phase, and few besides, where there is no screen', async () => {
    const { api } = await scripted([RUNNING, RUNNING, RUNNING, WRITING, WRITING, ENDED]);
    const { said, terminal } = watching(false);
    await followRun(api, RUNNING, terminal, never, { intervalMs: 1 });
    expect(said.map((line) => line.split(':')[0])).toEqual(['Sending contacts', 'Writing results']);
  });

  test('goes on over a bridge that restarts', async () => {
    const { api } = await scripted(['lost', UNAVAILABLE, 'lost', ENDED]);
    const { terminal } = watching(false);
    expect((await followRun(api, RUNNING, terminal, never, { intervalMs: 1 })).status).toBe('Healthy');
  });

  test('ends with what is wrong where the bridge stays away', async () => {
    const { api } = await scripted(['lost']);
    const { terminal } = watching(false);
    const watched = followRun(api, RUNNING, terminal, never, { intervalMs: 1, patienceMs: 20 });
    await expect(watched).rejects.toMatchObject({ exitCode: 5 });
  });

  test('ends at a paused run, but not at one that is only asked to pause', async () => {
    const asked = { ...RUNNING, wanted: 'pause' };
    const paused = { ...RUNNING, status: 'Paused' };
    const { api, asked: times } = await scripted([asked, asked, paused]);
    const { terminal } = watching(false);
    expect((await followRun(api, RUNNING, terminal, never, { intervalMs: 1 })).status).toBe('Paused');
    expect(times()).toBe(3);
  });

  test('leaves the run alone when the person has seen enough', async () => {
    const { api } = await scripted([RUNNING]);
    const { drawn, terminal } = watching(true);
    const controller = new AbortController();
    const watched = followRun(api, RUNNING, terminal, controller.signal, { intervalMs: 60_000 });
    controller.abort();
    expect((await watched).status).toBe('Running');
    expect(drawn.at(-1)).toBe('');
  });
});
