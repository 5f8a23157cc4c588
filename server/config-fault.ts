/** What is wrong with the environment, in words for a terminal. */

export type Environment = Readonly<Record<string, string | undefined>>;

export interface ConfigFault {
  variable: string;
  /** Completes "VARIABLE …". Never repeats a value that may be a secret. */
  fault: string;
  remedy: string;
}

/** Everything that is wrong with the environment. The message is for a terminal: one variable a line, with what to do. */
export class ConfigError extends Error {
  readonly faults: readonly ConfigFault[];

  constructor(faults: readonly ConfigFault[]) {
    const lines = faults.map(({ variable, fault, remedy }) => `  ${variable} ${fault}. ${remedy}`);
    super(`The bridge cannot start with this configuration:\n${lines.join('\n')}`);
    this.name = 'ConfigError';
    this.faults = faults;
  }
}
