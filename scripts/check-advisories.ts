/**
 * npm run check:advisories: asks the registry what is known against the packages of a production install. Ends with 1 where something
 * serious is known; where no registry answers, it says so and ends with 0, since that says nothing about the packages.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const ASK_MS = 60_000;

export interface AdvisoryVerdict {
  exitCode: 0 | 1;
  sentence: string;
}

interface AuditReport {
  metadata?: { vulnerabilities?: { low?: number; moderate?: number; high?: number; critical?: number } };
}

function parsed(output: string): AuditReport {
  try {
    return JSON.parse(output) as AuditReport;
  } catch {
    return {};
  }
}

/** @param output What `npm audit --json` printed. Pure. */
export function verdictOf(output: string): AdvisoryVerdict {
  const found = parsed(output).metadata?.vulnerabilities;
  if (found === undefined)
    return { exitCode: 0, sentence: 'No registry answered with advisories; nothing was checked.' };
  const { low = 0, moderate = 0, high = 0, critical = 0 } = found;
  const sentence = `Advisories: ${critical} critical, ${high} high, ${moderate} moderate, ${low} low. "npm audit --omit=dev" names them.`;
  return { exitCode: critical + high > 0 ? 1 : 0, sentence };
}

function main(): void {
  const { stdout } = spawnSync('npm', ['audit', '--omit=dev', '--json'], {
    cwd: join(import.meta.dirname, '..'),
    encoding: 'utf8',
    timeout: ASK_MS,
  });
  const { exitCode, sentence } = verdictOf(stdout);
  console.log(sentence);
  process.exitCode = exitCode;
}

if (import.meta.main) main();
