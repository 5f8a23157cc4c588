/** The demo as a process, at the pace of somebody who watches it. */
import { execFile } from 'node:child_process';
import { readdir, rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { childEnvironment } from '../support/child-environment.ts';
import { temporaryDirectory } from '../support/databases.ts';
import { LAUNCHER } from '../support/spawned-bridge.ts';

let directory: string;
beforeAll(async () => {
  directory = await temporaryDirectory();
});
afterAll(() => rm(directory, { recursive: true, force: true }));

test('pcbridge demo --once tells its whole story on real servers, without a word too many, ends with 0 and leaves nothing behind', async () => {
  const env = childEnvironment({ TMPDIR: directory });
  const { stdout: story, stderr } = await promisify(execFile)(
    process.execPath,
    [LAUNCHER, 'demo', '--once'],
    {
      env,
    },
  );
  expect(stderr).toBe('');
  expect(story).toMatch(/-> Success, HTTP 200[^]*-> Success[^]*-> Failure, HTTP 400[^]*-> Timeout/);
  expect(story).toMatch(/Remedy: /);
  const campaign = story.slice(story.indexOf('\n9. A campaign of 5,000 members'));
  const [, planned] = /-> ([\d,]+ to add, [\d,]+ skipped, [\d,]+ invalid); nothing is written yet/.exec(
    campaign,
  )!;
  expect(campaign).toContain(`-> ${planned!.replace('to add', 'added')}, as planned`);
  expect(campaign).toMatch(
    /\n10\. [^]*[\d,]+ calls, [\d,]+ events to the bridge[^]*\n11\. [^]*[\d,]+ results read/,
  );
  expect(campaign).toMatch(/\n12\. Once more: next to nothing to do[^]*-> [\d,]+ unchanged, 0 written/);
  expect(campaign.split('\n').filter((line) => line.length > 80)).toEqual([]);
  expect(await readdir(directory)).toEqual([]);
}, 180_000);
