import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ROOT } from './source-files.ts';

describe('check:apex', () => {
  test('says so in one line, and does not fail, where there is no Java', () => {
    const { stdout, status } = spawnSync(process.execPath, [join(ROOT, 'scripts/check-apex.ts')], {
      env: { ...process.env, PATH: import.meta.dirname },
      encoding: 'utf8',
    });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^check:apex: skipped\. It needs Java 17 or newer .*found none\..*\n$/);
  });
});
