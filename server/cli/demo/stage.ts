/** What the demo's story is told with. */
import type { RunningCampaignSandbox } from '../../../sandbox/start-campaign-sandbox.ts';
import type { BridgeApi } from '../bridge-api.ts';
import type { Terminal } from '../terminal.ts';
import type { BridgeClient } from './ask-bridge.ts';

/** A terminal of the usual width shows the whole story. */
export const STORY_WIDTH = 80;

export interface Stage {
  terminal: Terminal;
  bridge: BridgeClient;
  /** The same bridge, as the commands speak to it. */
  api: BridgeApi;
  sandbox: RunningCampaignSandbox;
  /** Aborted when the person has seen enough. */
  signalled: AbortSignal;
}

export function heading({ terminal }: Stage, text: string): void {
  terminal.data('');
  terminal.data(terminal.paint('bold', text));
}
