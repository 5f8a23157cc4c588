/** Waits for the process to be told to stop. */

const STOP_SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Aborted by a signal while `work` goes on; afterwards signals mean again what they meant before. */
export async function whileUnsignalled<Result>(
  work: (signalled: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  const stop = () => controller.abort();
  for (const signal of STOP_SIGNALS) process.once(signal, stop);
  try {
    return await work(controller.signal);
  } finally {
    for (const signal of STOP_SIGNALS) process.off(signal, stop);
  }
}

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
