/** What ends a command in a way that its author foresaw: what happened, what to do, and the exit code. */

export interface CommandErrorOptions {
  /** One command or step to try. */
  remedy: string;
  exitCode: number;
  /** Further lines, each printed as it is. */
  lines?: readonly string[];
  cause?: unknown;
}

export class CommandError extends Error {
  readonly remedy: string;
  readonly exitCode: number;
  readonly lines: readonly string[];

  constructor(message: string, { remedy, exitCode, lines = [], cause }: CommandErrorOptions) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'CommandError';
    this.remedy = remedy;
    this.exitCode = exitCode;
    this.lines = lines;
  }
}
