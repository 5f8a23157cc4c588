/**
 * npm run check:apex: checks the Apex of force-app without an org. Types by apex-ls (what a deployment would refuse:
 * unknown names, wrong arguments, missing labels and fields, a class without -meta.xml), rules by PMD, severity 1 and 2. About 15 s; needs Java 17.
 */
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join, relative } from 'node:path';
import { CodeAnalyzer, CodeAnalyzerConfig } from '@salesforce/code-analyzer-core';
import { createEnginePlugin } from '@salesforce/code-analyzer-pmd-engine';

const ROOT = join(import.meta.dirname, '..');
const SOURCES = join(ROOT, 'force-app');
const JARS = join(ROOT, 'node_modules/@salesforce/code-analyzer-pmd-engine/dist/java-lib');
const JAVA_VERSION_MIN = 17;
/** 1 is critical, 2 is high; what is below is a matter of taste. */
const SEVERITY_MAX = 2;

/** Major version of the Java that is on the path; undefined where there is none. */
function javaVersion(): number | undefined {
  const { stderr, error } = spawnSync('java', ['-version'], { encoding: 'utf8' });
  const version = error === undefined ? /version "(\d+)/.exec(stderr)?.[1] : undefined;
  return version === undefined ? undefined : Number(version);
}

/** Lines of apex-ls: a file's name, then its findings. */
export function findingsIn(output: string): string[] {
  const findings: string[] = [];
  let file = '';
  for (const line of output.split('\n')) {
    if (/^(Error|Missing|Syntax|Warning)\b/.test(line)) findings.push(`${file}: ${line}`);
    else if (line.trim() !== '') file = relative(ROOT, line.trim());
  }
  return findings;
}

/** @throws Error Where the checker itself did not run: that is no clean bill. */
function typeFindings(): string[] {
  const checker = ['-cp', `${JARS}/*`, 'io.github.apexdevtools.apexls.CheckForIssues'];
  const { stdout, stderr, error, status } = spawnSync(
    'java',
    [...checker, '-n', '-d', 'warnings', '-w', ROOT],
    {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    },
  );
  const findings = findingsIn(stdout + stderr);
  if (error !== undefined) throw error;
  if (status !== 0 && findings.length === 0) throw new Error(`apex-ls did not run: ${stderr}`);
  return findings;
}

async function ruleFindings(): Promise<string[]> {
  const analyzer = new CodeAnalyzer(CodeAnalyzerConfig.withDefaults());
  await analyzer.addEnginePlugin(createEnginePlugin());
  const workspace = await analyzer.createWorkspace([SOURCES]);
  const rules = await analyzer.selectRules(['pmd:Apex'], { workspace });
  if (rules.getCount() === 0) throw new Error('PMD offers no rule for Apex');
  const results = await analyzer.run(rules, { workspace });
  return results
    .getViolations()
    .filter((violation) => Number(violation.getRule().getSeverityLevel()) <= SEVERITY_MAX)
    .map((violation) => {
      const place = violation.getCodeLocations()[violation.getPrimaryLocationIndex()];
      const where = `${relative(ROOT, place?.getFile() ?? '')}:${place?.getStartLine()}`;
      return `${where}: ${violation.getRule().getName()}: ${violation.getMessage()}`;
    });
}

async function main(): Promise<void> {
  const version = javaVersion();
  if (version === undefined || version < JAVA_VERSION_MIN) {
    console.log(
      `check:apex: skipped. It needs Java ${JAVA_VERSION_MIN} or newer on the path, and found ${version === undefined ? 'none' : `Java ${version}`}. Syntax and metadata are checked by npm test all the same.`,
    );
    return;
  }
  const findings = [...typeFindings(), ...(await ruleFindings())];
  for (const finding of findings) console.log(finding);
  const classes = globSync(`${SOURCES}/**/*.cls`).length;
  console.log(`check:apex: ${classes} classes, ${findings.length === 0 ? 'no' : findings.length} findings`);
  if (findings.length > 0) process.exitCode = 1;
}

if (import.meta.main) await main();
