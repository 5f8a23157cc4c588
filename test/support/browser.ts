/** A real Chromium: the one that CHROMIUM_PATH names, the system's, or the one that came with npm. */
import { existsSync } from 'node:fs';
import { chromium as playwright, type Browser, type LaunchOptions } from 'playwright-core';
import { unpackedChromium } from './npm-chromium.ts';

const SYSTEM = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** Quiet, and runnable where there is no sandbox: as root in a container. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
  '--no-first-run',
];

interface Candidate {
  from: string;
  find(): Promise<LaunchOptions>;
}

/** Whoever names a browser gets that one or an error, never another. */
function candidates(env: NodeJS.ProcessEnv): Candidate[] {
  const at = (executablePath: string): Candidate => ({
    from: executablePath,
    find: () => Promise.resolve({ executablePath }),
  });
  if (env.CHROMIUM_PATH) return [at(env.CHROMIUM_PATH)];
  const system = SYSTEM.filter((path) => existsSync(path)).map(at);
  return [...system, { from: '@sparticuz/chromium', find: unpackedChromium }];
}

/** @throws Error naming every browser that was tried, why it did not start, and what to do. */
export async function openBrowser(env: NodeJS.ProcessEnv = process.env): Promise<Browser> {
  const refusals: string[] = [];
  for (const { from, find } of candidates(env)) {
    try {
      return await playwright.launch({ headless: true, args: FLAGS, ...(await find()) });
    } catch (error) {
      refusals.push(`${from}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new Error(
    `No browser could be started, so the page cannot be tested here. Name a Chromium or Chrome in CHROMIUM_PATH.\n${refusals.join('\n')}`,
  );
}
