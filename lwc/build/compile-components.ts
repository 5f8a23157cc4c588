/** TypeScript components -> what is deployed: scripts by tsc, the rest as it stands, each bundle seen by the platform's compiler. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import platform from '@lwc/sfdc-lwc-compiler';
import { ROOT, SOURCE_DIR, bundleNames, copiedFiles, filesOf, type Files } from './component-files.ts';

const require = createRequire(import.meta.url);

/** Of sfdx-project.json and of every bundle. */
const API_VERSION = 66;

const META = `<?xml version="1.0" encoding="UTF-8"?>
<LightningComponentBundle xmlns="http://soap.sforce.com/2006/04/metadata">
    <apiVersion>${API_VERSION}.0</apiVersion>
    <isExposed>false</isExposed>
</LightningComponentBundle>
`;

/** Thrown with one line each. */
export class ComponentFaults extends Error {
  readonly lines: readonly string[];

  constructor(lines: readonly string[]) {
    super(`The components do not compile:\n${lines.join('\n')}`);
    this.lines = lines;
  }
}

/** @throws ComponentFaults with what tsc says. */
function emittedScripts(): Files {
  const out = mkdtempSync(join(tmpdir(), 'bridge-lwc-'));
  const tsc = join(dirname(require.resolve('@typescript/native/package.json')), 'bin/tsc');
  try {
    execFileSync(process.execPath, [tsc, '-p', join(ROOT, 'lwc/tsconfig.build.json'), '--outDir', out], {
      encoding: 'utf8',
    });
    return filesOf(out, /\.js$/);
  } catch (error) {
    const { stdout = '' } = error as { stdout?: string };
    throw new ComponentFaults(stdout.trim().split('\n'));
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

/** A bundle says how it is exposed in a file of its own; most are for the page alone. */
function metaFiles(): Files {
  const names = bundleNames(SOURCE_DIR).filter(
    (name) => !existsSync(join(SOURCE_DIR, name, `${name}.js-meta.xml`)),
  );
  return new Map(names.map((name) => [`${name}/${name}.js-meta.xml`, META]));
}

/** Everything that is deployed, relative to its folder. */
export function deployedFiles(): Files {
  const all = [...emittedScripts(), ...copiedFiles(), ...metaFiles()];
  return new Map(all.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function bundlesOf(files: Files): Map<string, Record<string, string>> {
  const bundles = new Map<string, Record<string, string>>();
  for (const [path, content] of files) {
    const [name = '', ...rest] = path.split('/');
    if (path.endsWith('.xml')) continue;
    bundles.set(name, { ...bundles.get(name), [rest.join('/')]: content });
  }
  return bundles;
}

interface Diagnostic {
  level: number;
  message: string;
  filename?: string;
  location?: { line?: number };
}

interface Compiled {
  success: boolean;
  diagnostics?: readonly Diagnostic[];
  results?: readonly { diagnostics?: readonly Diagnostic[] }[];
}

/** What an org would refuse, found without one. @returns one line each. */
export async function platformFaults(files: Files): Promise<string[]> {
  const faults: string[] = [];
  for (const [name, bundle] of bundlesOf(files)) {
    const compiled = (await platform.compile({
      bundle: {
        namespace: 'c',
        name,
        type: 'platform',
        files: bundle,
        options: { apiVersion: API_VERSION },
      },
    })) as Compiled;
    const diagnostics = [
      ...(compiled.diagnostics ?? []),
      ...(compiled.results ?? []).flatMap((result) => result.diagnostics ?? []),
    ].filter(({ level }) => level <= 1);
    for (const { filename = '', location, message } of diagnostics)
      faults.push(`${name}/${filename}:${location?.line ?? ''} ${message}`);
    if (!compiled.success && diagnostics.length === 0) faults.push(`${name} does not compile`);
  }
  return faults;
}
