/** What is wrong with a configuration file, and where. */

export interface Place {
  /** Both count from 1. */
  line: number;
  column: number;
}

export interface FileFault extends Place {
  /** Dotted path: `connections.genesys.clientSecret`; empty where the text itself is at fault. */
  field: string;
  /** Completes "FIELD …" and says what to do. Never repeats a value: it may be a secret. */
  detail: string;
}

/** Everything that is wrong with the file, in the order of its lines, as a terminal and a log can show it. */
export class BridgeFileError extends Error {
  readonly faults: readonly FileFault[];

  /** @param file As it was named. */
  constructor(file: string, faults: readonly FileFault[]) {
    const inOrder = [...faults].sort((a, b) => a.line - b.line || a.column - b.column);
    const lines = inOrder.map(
      ({ line, column, field, detail }) =>
        `  ${file}:${line}:${column}  ${field === '' ? '' : `${field} `}${detail}`,
    );
    super(`${file} was not applied; nothing has been changed:\n${lines.join('\n')}`);
    this.name = 'BridgeFileError';
    this.faults = inOrder;
  }
}
