/** The process: compose, listen, and stop in order when told to. */
import { isWorker } from './cluster.ts';
import type { Config } from './config.ts';
import { composeBridge } from './compose/compose-bridge.ts';
import type { ComposeOverrides } from './compose/compose-upstream.ts';
import { listen } from './listen.ts';
import { readTlsFiles, watchTlsFiles } from './tls-files.ts';

/** The longest that a request may take is 120 s; one that is in flight may end. */
const STOP_GRACE_MS = 125_000;

export interface RunningBridge {
  url: string;
  stop(): Promise<void>;
  /** Resolves when the bridge has stopped, by signal or by call; rejects with the fault that came up in stopping. */
  stopped: Promise<void>;
}

export interface StartOptions extends ComposeOverrides {
  /** Default true: SIGTERM and SIGINT stop the bridge, and a second one ends the process; of several processes, the first of them does. */
  handleSignals?: boolean;
  /** How often replaced TLS files are looked for. */
  tlsCheckMs?: number;
}

function onSignals(stop: () => Promise<void>): () => void {
  let told = false;
  const handle = (signal: NodeJS.Signals) => {
    // Ctrl+C reaches each of several processes from the terminal, and once more from the one that started it.
    if (told && isWorker) return;
    if (told) process.exit(signal === 'SIGINT' ? 130 : 143);
    told = true;
    stop().catch(() => undefined); // `stopped` tells of it
  };
  process.on('SIGTERM', handle).on('SIGINT', handle);
  return () => process.off('SIGTERM', handle).off('SIGINT', handle);
}

export async function startBridge(
  config: Config,
  { handleSignals = true, tlsCheckMs, ...overrides }: StartOptions = {},
): Promise<RunningBridge> {
  const pair = config.tls === undefined ? undefined : await readTlsFiles(config.tls);
  const bridge = await composeBridge(config, overrides);
  const listener = await listen(bridge.app, config.host, config.port, pair).catch(async (error: unknown) => {
    await bridge.close();
    throw error;
  });
  const tlsWatch =
    pair === undefined
      ? undefined
      : watchTlsFiles({
          files: config.tls!,
          pair,
          apply: listener.useTls,
          log: bridge.log,
          ...(tlsCheckMs === undefined ? {} : { checkMs: tlsCheckMs }),
        });
  bridge.log.info({ url: listener.url }, 'listening');
  let stopping: Promise<void> | undefined;
  const ended = Promise.withResolvers<void>();
  ended.promise.catch(() => undefined); // a caller of stop() hears of a fault there
  const stop = () => {
    stopping ??= (async () => {
      bridge.log.info('stopping: requests in flight end first');
      bridge.beginStopping();
      tlsWatch?.stop();
      await listener.stop(STOP_GRACE_MS);
      await bridge.close();
      forgetSignals();
    })();
    stopping.then(ended.resolve, ended.reject);
    return stopping;
  };
  const forgetSignals = handleSignals ? onSignals(stop) : () => undefined;
  return { url: listener.url, stop, stopped: ended.promise };
}
