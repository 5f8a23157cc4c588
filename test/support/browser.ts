/** A real Chromium: the one that CHROMIUM_PATH names, the system's, or the one inside an npm package. */
import { existsSync } from 'node:fs';
import { chromium as playwright, type Browser } from 'playwright-core';

const SYSTEM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

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

interface Executable {
  executablePath: string;
  args: string[];
}

async function executable(): Promise<Executable> {
  const own = process.env.CHROMIUM_PATH ?? SYSTEM.find((path) => existsSync(path));
  if (own !== undefined) return { executablePath: own, args: FLAGS };
  const { default: chromium } = await import('@sparticuz/chromium');
  return { executablePath: await chromium.executablePath(), args: [...chromium.args, ...FLAGS] };
}

export async function openBrowser(): Promise<Browser> {
  return playwright.launch({ headless: true, ...(await executable()) });
}
