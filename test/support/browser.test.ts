import { describe, expect, test } from '@jest/globals';
import { chromium as playwright } from 'playwright-core';
import { openBrowser } from './browser.ts';
import { unpackedChromium } from './npm-chromium.ts';

const isSupported = process.platform === 'linux' && process.arch === 'x64';

describe('the browser of the page tests', () => {
  test('names what it tried and what to do where none starts', async () => {
    await expect(openBrowser({ CHROMIUM_PATH: '/nowhere/chromium' })).rejects.toThrow(
      /Name a Chromium or Chrome in CHROMIUM_PATH\.\n\/nowhere\/chromium: /,
    );
  });

  (isSupported ? test : test.skip)(
    'comes with npm: it starts from its own libraries and writes with its own font',
    async () => {
      const browser = await playwright.launch({ args: ['--no-sandbox'], ...(await unpackedChromium()) });
      const page = await browser.newPage();
      await page.setContent('<span style="font: 40px sans-serif">PureCloud</span>');
      const width = await page.locator('span').evaluate((span) => span.getBoundingClientRect().width);
      expect(width).toBeGreaterThan(100);
      await browser.close();
    },
    30_000,
  );
});
