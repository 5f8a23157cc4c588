/** npm run preview: the page against a bridge and sandbox of its own, built again whenever a source changes. */
import { randomBytes } from 'node:crypto';
import { watch } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express, { type Request, type Response } from 'express';
import type { RollupCache } from 'rollup';
import { request as ask } from 'undici';
import { startSandbox } from '../../sandbox/start-sandbox.ts';
import { loadConfig } from '../../server/config.ts';
import { startBridge } from '../../server/main.ts';
import { bundleInto } from './bundle-page.ts';
import { buildComponents } from './build.ts';
import { ComponentFaults } from './compile-components.ts';
import { LABELS_FILE, ROOT } from './component-files.ts';

const PORT = Number(process.env.PORT ?? 8081);
const QUIET_MS = 150;

/** In the page that is served: asks to be told of a change, and loads itself again. */
const RELOAD = `new EventSource('/preview/changes').onmessage = () => location.reload();`;

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Gives one build at a time; what changes meanwhile is built after it. */
function createBuilder(dir: string, onBuilt: () => void): () => Promise<void> {
  let cache: RollupCache | undefined;
  let building: Promise<void> | undefined;
  let isWanted = false;

  async function build(): Promise<void> {
    const startedMs = Date.now();
    try {
      await buildComponents();
      cache = await bundleInto(dir, { isSmall: false, cache });
      say(`Built in ${((Date.now() - startedMs) / 1000).toFixed(1)} s`);
      onBuilt();
    } catch (error) {
      if (!(error instanceof ComponentFaults)) say(String(error));
      else say(error.message);
    }
  }

  return async function again(): Promise<void> {
    isWanted = true;
    if (building !== undefined) return building;
    while (isWanted) {
      isWanted = false;
      building = build();
      await building;
    }
    building = undefined;
  };
}

async function forward(request: Request, response: Response, bridgeUrl: string): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { authorization, 'content-type': contentType } = request.headers;
  try {
    const answer = await ask(`${bridgeUrl}${request.originalUrl}`, {
      method: request.method as 'GET',
      headers: {
        ...(authorization && { authorization }),
        ...(contentType && { 'content-type': contentType }),
      },
      ...(chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }),
    });
    const type = answer.headers['content-type'];
    response.status(answer.statusCode).type(typeof type === 'string' ? type : 'application/octet-stream');
    response.send(Buffer.from(await answer.body.arrayBuffer()));
  } catch {
    response.destroy();
  }
}

function watchSources(build: () => Promise<void>): void {
  let timer: NodeJS.Timeout | undefined;
  const changed = (_event: string, name: string | null) => {
    // Written by the build itself.
    if (name !== null && /bridge(Labels|Regions)|__tests__/.test(name)) return;
    clearTimeout(timer);
    timer = setTimeout(() => void build(), QUIET_MS);
  };
  for (const folder of ['lwc/c', 'lwc/preview/page']) watch(join(ROOT, folder), { recursive: true }, changed);
  watch(LABELS_FILE, changed);
}

async function main(): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'bridge-preview-'));
  const key = `preview-${randomBytes(16).toString('base64url')}`;
  const sandbox = await startSandbox();
  const bridge = await startBridge(
    loadConfig({
      PORT: '0',
      BRIDGE_DATA_DIR: join(dir, 'data'),
      BRIDGE_ADMIN_KEY: key,
      BRIDGE_EGRESS_ALLOW: '127.0.0.1,localhost',
      BRIDGE_EGRESS_ALLOW_PRIVATE: 'true',
      LOG_LEVEL: 'silent',
    }),
    { handleSignals: false },
  );
  const listeners = new Set<Response>();
  const pageDir = join(dir, 'page');
  const build = createBuilder(pageDir, () =>
    listeners.forEach((listener) => listener.write('data: built\n\n')),
  );
  await build();
  watchSources(build);

  const app = express();
  app.get('/', (_request, response) => response.sendFile('index.html', { root: pageDir }));
  app.get('/page/page.js', (_request, response) =>
    response.type('js').send(`import '/page/built.js';\n${RELOAD}\n`),
  );
  app.get('/page/built.js', (_request, response) => response.sendFile('page.js', { root: pageDir }));
  app.use('/page', express.static(pageDir));
  app.get('/preview/changes', (request, response) => {
    response.set({ 'content-type': 'text/event-stream', 'cache-control': 'no-store' }).flushHeaders();
    listeners.add(response);
    request.on('close', () => listeners.delete(response));
  });
  app.use((request, response) => void forward(request, response, bridge.url));
  const server = app.listen(PORT, '127.0.0.1', () => {
    say(
      `The page: http://127.0.0.1:${PORT}/  (sign in with ${key}); it loads itself again after each change.`,
    );
    say(`Sandbox:  PureCloud at ${sandbox.purecloud.url}, Salesforce at ${sandbox.salesforce.url}`);
  });

  process.once('SIGINT', () => {
    server.close();
    server.closeAllConnections();
    void Promise.all([bridge.stop(), sandbox.close()])
      .then(() => rm(dir, { recursive: true, force: true }))
      .finally(() => process.exit(0));
  });
}

await main();
