/** What the orgs last said of their daily API calls, by connection, beyond the clients that heard it. No I/O, no clock. */
import type { ApiUsage } from './api-usage.ts';

export interface ApiUsageBoard {
  /** Asked for as long as the client is open. @returns what to call when it is closed. */
  follow(connection: string, usage: () => ApiUsage | undefined): () => void;
  /** The latest word of the org; undefined where nothing was heard since the process began. */
  of(connection: string): ApiUsage | undefined;
  forget(connection: string): void;
}

function laterOf(one: ApiUsage | undefined, other: ApiUsage | undefined): ApiUsage | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return one.at < other.at ? other : one;
}

export function createApiUsageBoard(): ApiUsageBoard {
  const last = new Map<string, ApiUsage>();
  const open = new Map<string, Set<() => ApiUsage | undefined>>();

  function of(connection: string): ApiUsage | undefined {
    const heard = [...(open.get(connection) ?? [])].map((usage) => usage());
    return heard.reduce(laterOf, last.get(connection));
  }

  return {
    of,
    follow(connection, usage) {
      const clients = open.get(connection) ?? new Set();
      open.set(connection, clients.add(usage));
      return () => {
        const latest = of(connection);
        if (latest !== undefined) last.set(connection, latest);
        clients.delete(usage);
        if (clients.size === 0) open.delete(connection);
      };
    },
    forget: (connection) => void last.delete(connection),
  };
}
