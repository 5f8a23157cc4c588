/** What the demo's story is told with. */
import type { RunningSandbox } from '../../../sandbox/start-sandbox.ts';
import type { Terminal } from '../terminal.ts';
import type { BridgeClient } from './ask-bridge.ts';

export interface Stage {
  terminal: Terminal;
  bridge: BridgeClient;
  sandbox: RunningSandbox;
}

export function heading({ terminal }: Stage, text: string): void {
  terminal.data('');
  terminal.data(terminal.paint('bold', text));
}
