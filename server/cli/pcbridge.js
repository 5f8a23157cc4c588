#!/usr/bin/env node
// Starts the CLI with a Node that can run it: from a checkout the sources themselves, from an installed package what was built.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const NODE_MAJOR_MIN = 24;
const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..');
const source = join(here, 'main.ts');
const main = existsSync(source) ? source : join(here, 'main.js');
const ownNode = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

// What was compiled once is compiled: half of the time of a start. Kept beside the code, whose owner alone writes there: whoever could
// write into it would run in this process. Where nothing can be written, as in a container, every start compiles anew.
function keepCompiled() {
  module.enableCompileCache(join(root, 'node_modules', '.cache', 'pcbridge'));
  // A process that is killed keeps nothing by itself.
  globalThis.setTimeout(() => module.flushCompileCache(), 10_000).unref();
}

if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR_MIN) {
  keepCompiled();
  const { run } = await import(pathToFileURL(main).href);
  await run(process.argv);
} else if (existsSync(ownNode)) {
  const child = spawn(ownNode, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  // Ctrl+C reaches both from the terminal, and a second one means something else: this process only stays until the other has ended.
  process.on('SIGINT', () => undefined);
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
  });
} else {
  console.error(`pcbridge needs Node ${NODE_MAJOR_MIN} or newer; this is ${process.version}.`);
  console.error('Try: npm ci (it brings the right one along)');
  process.exitCode = 2;
}
