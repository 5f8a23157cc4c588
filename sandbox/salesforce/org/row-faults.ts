/** Refusals of single rows that can be switched on: locks that pass, validation rules that stay. Bookkeeping only. */

export interface RowFault {
  /** `UNABLE_TO_LOCK_ROW`, `FIELD_CUSTOM_VALIDATION_EXCEPTION` … */
  statusCode: string;
  message?: string;
  fields?: readonly string[];
  /** Rows that it meets; absent: all. */
  ids?: ReadonlySet<string>;
  /** How often each row is refused before it passes. Absent: until it is switched off. */
  timesEach?: number;
}

export interface RowError {
  statusCode: string;
  message: string;
  fields: readonly string[];
}

export interface RowFaults {
  /** @returns what switches it off. */
  switchOn(fault: RowFault): () => void;
  /** The refusal of this row, counted as met. */
  meet(id: string): RowError | undefined;
}

const MESSAGES: Readonly<Record<string, string>> = {
  UNABLE_TO_LOCK_ROW: 'unable to obtain exclusive access to this record or 1 records',
  FIELD_CUSTOM_VALIDATION_EXCEPTION: 'A validation rule of the sandbox refuses this record.',
};

export function createRowFaults(): RowFaults {
  const active = new Map<RowFault, Map<string, number>>();
  const meets = (fault: RowFault, met: Map<string, number>, id: string) =>
    fault.ids?.has(id) !== false && (met.get(id) ?? 0) < (fault.timesEach ?? Number.POSITIVE_INFINITY);
  return {
    switchOn(fault) {
      active.set(fault, new Map());
      return () => active.delete(fault);
    },
    meet(id) {
      for (const [fault, met] of active) {
        if (!meets(fault, met, id)) continue;
        met.set(id, (met.get(id) ?? 0) + 1);
        const { statusCode, message = MESSAGES[statusCode] ?? statusCode, fields = [] } = fault;
        return { statusCode, message, fields };
      }
      return undefined;
    },
  };
}
