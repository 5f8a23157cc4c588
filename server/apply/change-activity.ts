/** A change by configuration as an entry of the activity. Pure. */
import type { ActivityEntry } from '../telemetry/activity.ts';
import type { PlannedChange } from './plan.ts';

/** @param by Name of the caller, or of what applied the file: `BRIDGE_CONFIG`. */
export function changeActivity(
  { kind, name, action }: PlannedChange,
  by: string,
  correlationId?: string,
): Omit<ActivityEntry, 'kind'> {
  return {
    result: action,
    caller: by,
    summary: `${kind} ${name} ${action}, by configuration`,
    ...(kind === 'connection' ? { connection: name } : {}),
    ...(correlationId === undefined ? {} : { correlationId }),
  };
}
