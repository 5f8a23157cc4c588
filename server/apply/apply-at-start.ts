/** BRIDGE_CONFIG: the file is read before anything opens, and applied before the bridge listens. */
import { BridgeError } from '../errors.ts';
import type { ActivityStore } from '../telemetry/activity.ts';
import { applyConfiguration, type ApplyParts } from './apply-configuration.ts';
import { changeActivity } from './change-activity.ts';
import type { PlannedChange } from './plan.ts';
import type { BridgeFile } from './read-bridge-file.ts';
import type { ReferenceSources } from './references.ts';

export interface StartLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface StartParts extends ApplyParts {
  activity: Pick<ActivityStore, 'recordChange'>;
}

/** @throws BridgeFileError: a bridge does not start on a file that says something else than was meant. */
export async function readStartFile(
  configFile: string | undefined,
  env: ReferenceSources['env'],
): Promise<BridgeFile | undefined> {
  if (configFile === undefined) return undefined;
  // Most bridges have no file: a start does not wait for the parser of one.
  const { readBridgeFile } = await import('./read-bridge-file.ts');
  return await readBridgeFile(configFile, env, { namedBy: 'BRIDGE_CONFIG' });
}

/** Nothing is removed at start: a file that is shorter than it was may be an older one. */
export async function applyAtStart(file: BridgeFile, parts: StartParts, log: StartLog): Promise<void> {
  const onChange = (change: PlannedChange) =>
    parts.activity.recordChange(changeActivity(change, 'BRIDGE_CONFIG'));
  try {
    const { changes, unchanged, kept, keys } = await applyConfiguration(file.configuration, {
      ...parts,
      onChange,
    });
    log.info(
      {
        file: file.path,
        changes: changes.map(({ kind, name, action }) => `${action} ${kind} ${name}`),
        unchanged,
        beyondTheFile: kept.length,
      },
      'BRIDGE_CONFIG is applied',
    );
    // A log is kept and copied: a key in it would be known to many.
    for (const { caller } of keys) {
      log.warn(
        { caller },
        'The caller was added without a key that anyone knows. Give it one with "pcbridge caller rotate NAME", or as ${env:NAME} in the file.',
      );
    }
  } catch (error) {
    if (error instanceof BridgeError && error.options.errors !== undefined)
      throw file.faultsOf(error.options.errors);
    throw error;
  }
}
