/** What is counted of each connection on the hot paths: plain numbers, looked at only when somebody asks. No I/O, no clock. */

export const TOKEN_SOURCES = ['cache', 'upstream'] as const;
export type TokenSource = (typeof TOKEN_SOURCES)[number];
export const STATUS_CLASSES = ['1xx', '2xx', '3xx', '4xx', '5xx'] as const;
export type StatusClass = (typeof STATUS_CLASSES)[number];

export function statusClassOf(status: number): StatusClass {
  return STATUS_CLASSES[Math.min(Math.max(Math.floor(status / 100), 1), 5) - 1]!;
}

export interface ConnectionCounts {
  uses: Record<TokenSource, number>;
  calls: Record<StatusClass, number>;
  clockSkewMs?: number;
}

/** Under which name is counted what belongs to no connection: a caller may write any name into a path. */
const NO_CONNECTION = '(none)';

export interface CountsByConnection {
  of(connection: string): ConnectionCounts;
  /** The name itself, or `NO_CONNECTION`. */
  labelOf(connection: string): string;
  entries(): Iterable<[connection: string, counts: ConnectionCounts]>;
  forget(connection: string): void;
}

function noCounts(): ConnectionCounts {
  return {
    uses: { cache: 0, upstream: 0 },
    calls: { '1xx': 0, '2xx': 0, '3xx': 0, '4xx': 0, '5xx': 0 },
  };
}

/** @param isKnown Asked once a name: labels stay as few as there are connections. */
export function createConnectionCounts(isKnown: (connection: string) => boolean): CountsByConnection {
  const known = new Map<string, ConnectionCounts>();
  const labelOf = (connection: string) =>
    known.has(connection) || isKnown(connection) ? connection : NO_CONNECTION;
  return {
    of(connection) {
      const counts = known.get(connection);
      if (counts !== undefined) return counts;
      const label = labelOf(connection);
      const added = known.get(label) ?? noCounts();
      known.set(label, added);
      return added;
    },
    labelOf,
    entries: () => known,
    forget: (connection) => void known.delete(connection),
  };
}
