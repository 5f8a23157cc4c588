import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { DockerfileParser, type JSONInstruction, type Instruction } from 'dockerfile-ast';
import { startTestBridge } from '../support/bridge.ts';
import { makeSelfSigned } from '../support/certificates.ts';
import { temporaryDirectory } from '../support/databases.ts';
import { readText, ROOT, unknownVariables } from './support/files.ts';

const dockerfile = DockerfileParser.parse(readText('Dockerfile'));
const instructions = dockerfile.getInstructions();
const lastStage = instructions.slice(instructions.findLastIndex((found) => found.getKeyword() === 'FROM'));
const manifest = JSON.parse(readText('package.json')) as {
  bin: { pcbridge: string };
  engines: { node: string };
};

function named(keyword: string, among: readonly Instruction[] = instructions): Instruction[] {
  return among.filter((found) => found.getKeyword() === keyword);
}

function argumentsOf(instruction: Instruction): string[] {
  return instruction.getArguments().map((argument) => argument.getValue());
}

function inJson(instruction: Instruction): string[] {
  return (instruction as JSONInstruction)
    .getJSONStrings()
    .map((text) => JSON.parse(text.getValue()) as string);
}

test('the build copies only what is there and what .dockerignore lets through', () => {
  const allowed = readText('.dockerignore')
    .split('\n')
    .filter((line) => line.startsWith('!'))
    .map((line) => line.slice(1));
  const copied = named('COPY')
    .map(argumentsOf)
    .filter(([first = '']) => !first.startsWith('/src'))
    .flatMap((given) => given.slice(0, -1));
  expect(copied.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  expect([...copied].sort()).toEqual([...allowed].sort());
});

test('the image runs the Node that the package asks for, not as root', () => {
  const [image = ''] = argumentsOf(named('FROM', lastStage)[0]!);
  expect(image).toMatch(new RegExp(`^node:${/\d+/.exec(manifest.engines.node)![0]}-`));
  expect(named('USER', lastStage).map(argumentsOf)).toEqual([['node']]);
});

test('no package runs an install script while the image is built', () => {
  const installs = named('RUN').filter((run) => run.getArgumentsContent()?.includes('npm ci'));
  expect(installs.length).toBeGreaterThan(0);
  for (const run of installs) expect(run.getArgumentsContent()).toContain('--ignore-scripts');
});

test('the entry point is the built command of the package', () => {
  expect(
    lastStage.some((found) => found.getArgumentsContent()?.includes(`dist/${manifest.bin.pcbridge}`)),
  ).toBe(true);
  expect(named('ENTRYPOINT', lastStage).map(inJson)).toEqual([['pcbridge']]);
});

test('it sets variables that the bridge knows', () => {
  const names = named('ENV').flatMap((found) => argumentsOf(found).map((pair) => pair.split('=')[0]!));
  expect(names.length).toBeGreaterThan(2);
  expect(unknownVariables(names)).toEqual([]);
});

/** Runs the health check as the container engine would. @returns its exit code. */
async function checkHealth(port: string, env: NodeJS.ProcessEnv = {}): Promise<number> {
  const check = readText('Dockerfile').slice(readText('Dockerfile').indexOf('HEALTHCHECK'));
  const [, command = ''] = /CMD (\[.*\])/.exec(check) ?? [];
  const [, ...given] = JSON.parse(command) as string[];
  return await new Promise((resolve) => {
    execFile(process.execPath, given, { env: { ...process.env, PORT: port, ...env } }, (error) =>
      resolve(error === null ? 0 : Number(error.code)),
    );
  });
}

test('the health check is content with a bridge that runs, and not with one that is gone', async () => {
  const bridge = await startTestBridge();
  const { port } = new URL(bridge.url);
  expect(await checkHealth(port)).toBe(0);
  await bridge.stop();
  expect(await checkHealth(port)).toBe(1);
});

test('it speaks https with a bridge that ends TLS itself, whoever issued the certificate', async () => {
  const directory = await temporaryDirectory();
  const { certPem, keyPem } = await makeSelfSigned({ subject: 'bridge.example' });
  const tls = { BRIDGE_TLS_CERT: join(directory, 'tls.crt'), BRIDGE_TLS_KEY: join(directory, 'tls.key') };
  await writeFile(tls.BRIDGE_TLS_CERT, certPem);
  await writeFile(tls.BRIDGE_TLS_KEY, keyPem);
  const bridge = await startTestBridge(tls);
  const { port } = new URL(bridge.url);
  expect(await checkHealth(port, tls)).toBe(0);
  await bridge.stop();
  expect(await checkHealth(port, tls)).toBe(1);
  await rm(directory, { recursive: true });
});
