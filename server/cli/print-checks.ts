/** Named checks, in order, as one table; what failed is explained below it. */
import { z } from 'zod';
import { CHECK_OUTCOMES } from '../connections/checks/check.ts';
import { NETWORK_ROWS } from '../diagnosis/rows/transport-network.ts';
import { TLS_ROWS } from '../diagnosis/rows/transport-tls.ts';
import { EXIT_CODE, exitCodeOfCode } from './exit-code.ts';
import { printDiagnosis } from './print-outcome.ts';
import { printable, table } from './table.ts';
import type { Terminal } from './terminal.ts';

const checkSchema = z.object({
  name: z.string(),
  outcome: z.enum(CHECK_OUTCOMES),
  sentence: z.string(),
  durationMs: z.number().optional(),
  diagnosis: z
    .object({ code: z.string(), title: z.string(), causes: z.array(z.string()), remedy: z.string() })
    .optional(),
  /** Of the fault itself, where this command met it. */
  exitCode: z.number().optional(),
});
export type Check = z.output<typeof checkSchema>;

export const connectionTestSchema = z.looseObject({ checks: z.array(checkSchema) });

export function hasFailed({ outcome }: Check): boolean {
  return outcome === 'failed';
}

/** The line to the upstream failed, whichever check was the first to meet it. */
const LINE_FAULTS: ReadonlySet<string> = new Set([...NETWORK_ROWS, ...TLS_ROWS].map(({ code }) => code));

/** Where nothing else tells. */
const EXIT_CODE_OF_CHECK: Record<string, number> = {
  configuration: EXIT_CODE.usage,
  clock: EXIT_CODE.usage,
  sync: EXIT_CODE.usage,
  signIn: EXIT_CODE.signInRefused,
  bridgeKey: EXIT_CODE.signInRefused,
  permissions: EXIT_CODE.permissionMissing,
  rateRoom: EXIT_CODE.limitReached,
};

function exitCodeOfDiagnosis(code: string): number | undefined {
  return LINE_FAULTS.has(code) ? EXIT_CODE.upstreamUnreachable : exitCodeOfCode(code);
}

/** Which check fails first decides, since what comes after it could not be right: by its fault, and by its name where that says nothing. */
export function exitCodeOfChecks(checks: readonly Check[]): number {
  const failed = checks.find(hasFailed);
  if (failed === undefined) return EXIT_CODE.clean;
  const { name, exitCode, diagnosis } = failed;
  const byFault = exitCode ?? (diagnosis === undefined ? undefined : exitCodeOfDiagnosis(diagnosis.code));
  return byFault ?? EXIT_CODE_OF_CHECK[name.split(' ')[0]!] ?? EXIT_CODE.upstreamUnreachable;
}

export function checkLines(checks: readonly Check[], terminal: Terminal): string[] {
  const lines = table(
    ['CHECK', 'OUTCOME', 'MS', 'WHAT WAS FOUND'],
    checks.map(({ name, outcome, durationMs, sentence }) => [
      name,
      outcome,
      durationMs === undefined ? '' : String(Math.round(durationMs)),
      sentence,
    ]),
  );
  for (const { name, diagnosis } of checks) {
    if (diagnosis === undefined) continue;
    lines.push('', `${printable(name)}:`);
    printDiagnosis(diagnosis, terminal, (text) => lines.push(text));
  }
  return lines;
}
