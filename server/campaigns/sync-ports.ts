/** Clients of both sides of one sync, opened for one piece of work and closed after it. Shapes only. */
import type { RunPorts } from './run/walk-context.ts';
import type { Sync, SyncSettings } from './sync.ts';

export interface OpenedPorts extends Omit<RunPorts, 'journal'> {
  close(): Promise<void>;
}

export interface OpenPortsOptions {
  /** How long a call is repeated where someone waits for what it finds. Default: as long as a run can. */
  patienceMs?: number;
  /** Ends what is under way. */
  signal?: AbortSignal;
}

/** Sends nothing by itself. A sync that is checked before it is saved has a name and settings too. */
export type OpenPorts = (sync: SyncSettings & Pick<Sync, 'name'>, options?: OpenPortsOptions) => OpenedPorts;
