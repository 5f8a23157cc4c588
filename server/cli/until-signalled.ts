/** Waits for the process to be told to stop. */

const STOP_SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Resolves at the first signal; a second one ends the process at once, for a person who does not want to wait. */
export function untilSignalled(): Promise<void> {
  return new Promise((resolve) => {
    const stop = () => {
      for (const signal of STOP_SIGNALS) {
        process.off(signal, stop);
        process.once(signal, () => process.exit(130));
      }
      resolve();
    };
    for (const signal of STOP_SIGNALS) process.once(signal, stop);
  });
}
