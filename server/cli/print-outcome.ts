/** A bearer token request and how it ended, for a person at a terminal. */
import type { BearerTokenOutcome } from '../bearer/execute.ts';
import type { Diagnosis } from '../diagnosis/facts.ts';
import { printable } from './table.ts';
import { wrapped, type Terminal } from './terminal.ts';

function lifetime(seconds: number | undefined): string {
  if (seconds === undefined) return 'its life is not told';
  if (seconds < 120) return `expires in ${seconds} s`;
  return seconds < 7200
    ? `expires in ${Math.round(seconds / 60)} min`
    : `expires in ${Math.round(seconds / 3600)} h`;
}

export function printDiagnosis(
  diagnosis: Diagnosis,
  terminal: Terminal,
  write: (text: string) => void = terminal.say,
): void {
  write(wrapped(`${diagnosis.title} (${diagnosis.code})`, '  '));
  if (diagnosis.causes.length > 0) write('  Most likely:');
  diagnosis.causes.forEach((cause, index) => write(wrapped(`${index + 1}. ${cause}`, '    ')));
  write(wrapped(`${terminal.paint('bold', 'Try:')} ${diagnosis.remedy}`, '  '));
}

/** Of the token only its length is told; what an upstream named is foreign text and must not steer the terminal. */
export function printOutcome(outcome: BearerTokenOutcome, terminal: Terminal): void {
  const { exitPath, token, answer } = outcome;
  const status = answer === undefined ? '' : ` · HTTP ${answer.status}`;
  const style = exitPath === 'Success' ? 'green' : 'red';
  terminal.say(`${terminal.paint([style, 'bold'], exitPath)}${status} · ${outcome.durationMs} ms`);
  if (token !== undefined) {
    const length = token.accessToken.reveal().length;
    terminal.say(
      `  ${printable(token.tokenType)} token of ${length} characters, ${lifetime(token.expiresInSeconds)}`,
    );
    if (token.instanceUrl !== undefined) terminal.say(`  Instance ${printable(token.instanceUrl)}`);
  }
  if (outcome.diagnosis !== undefined) printDiagnosis(outcome.diagnosis, terminal);
}
