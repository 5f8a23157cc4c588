/** npm run build:lwc: generated sources, the deployed components, the browser's page. With --check: says what is not fresh. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bundlePage } from './bundle-page.ts';
import { ComponentFaults, deployedFiles, platformFaults } from './compile-components.ts';
import { DEPLOYED, DEPLOYED_DIR, SOURCE_DIR, filesOf, type Files } from './component-files.ts';
import { generatedSources } from './generated-sources.ts';
import { isPageFresh } from './page-freshness.ts';

function write(dir: string, files: Files): void {
  for (const [path, content] of files) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), content);
  }
}

/** @returns paths that are missing, different, or too many. */
export function differences(wanted: Files, present: Files): string[] {
  const wrong = [...wanted].filter(([path, content]) => present.get(path) !== content).map(([path]) => path);
  return [...wrong, ...[...present.keys()].filter((path) => !wanted.has(path))];
}

function staleSources(): string[] {
  const wanted = generatedSources();
  const present = filesOf(SOURCE_DIR, /\.ts$/);
  return [...wanted].filter(([path, content]) => present.get(path) !== content).map(([path]) => path);
}

/** What is not as the sources would make it, one line each. */
export function staleFiles(): string[] {
  const generated = staleSources().map((path) => `lwc/c/${path}`);
  if (generated.length > 0) return generated;
  const deployed = differences(deployedFiles(), filesOf(DEPLOYED_DIR, DEPLOYED));
  return [
    ...deployed.map((path) => `force-app/main/default/lwc/${path}`),
    ...(isPageFresh() ? [] : ['server/page']),
  ];
}

/** Writes what is deployed. @throws ComponentFaults where the platform would refuse it: then nothing is written. */
export async function buildComponents(): Promise<void> {
  write(SOURCE_DIR, generatedSources());
  const files = deployedFiles();
  const faults = await platformFaults(files);
  if (faults.length > 0) throw new ComponentFaults(faults);
  rmSync(DEPLOYED_DIR, { recursive: true, force: true });
  write(DEPLOYED_DIR, files);
}

async function build(): Promise<number> {
  await buildComponents();
  if (!isPageFresh()) await bundlePage();
  return 0;
}

async function check(): Promise<number> {
  const stale = staleFiles();
  for (const path of stale) process.stderr.write(`Not fresh: ${path}. Run npm run build:lwc.\n`);
  const faults = await platformFaults(filesOf(DEPLOYED_DIR, DEPLOYED));
  for (const fault of faults) process.stderr.write(`${fault}\n`);
  return stale.length + faults.length === 0 ? 0 : 1;
}

async function main(): Promise<number> {
  try {
    return await (process.argv.includes('--check') ? check() : build());
  } catch (error) {
    if (!(error instanceof ComponentFaults)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
}

if (import.meta.main) process.exitCode = await main();
