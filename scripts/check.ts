/** `npm run check`: everything that a change has to pass, to the end, so that one screen says all that is wrong. */
import { spawnSync } from 'node:child_process';

const STAGES = ['lint', 'typecheck', 'check:lwc', 'check:apex', 'test'] as const;
/** Of what a stage says: the first faults are what one mends first. */
const LINES_MAX = 25;

function shown(output: string): string {
  const lines = output.trim().split('\n');
  const left = lines.length - LINES_MAX;
  return [...lines.slice(0, LINES_MAX), ...(left > 0 ? [`… and ${left} more lines`] : [])].join('\n  ');
}

let failed = 0;
for (const stage of STAGES) {
  process.stdout.write(`${stage.padEnd(10)} `);
  const { status, stdout, stderr } = spawnSync('npm', ['run', '--silent', stage], {
    encoding: 'utf8',
    env: { ...process.env, TEST_BRIEF: '1' },
    maxBuffer: 64 * 1024 * 1024,
    shell: process.platform === 'win32',
  });
  if (status === 0) {
    console.log('fine');
    continue;
  }
  failed += 1;
  console.log(`failed: npm run ${stage}\n  ${shown(stdout + stderr)}`);
}
process.exitCode = failed === 0 ? 0 : 1;
