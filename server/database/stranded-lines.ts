/**
 * Lines of the pool whose server is gone without a word while a query waits on them. A host that fails over leaves such lines behind:
 * its successor is there at once, and the pool would wait for the old one for as long as a statement may take.
 */
import type { Socket } from 'node:net';
import type pg from 'pg';

/** So long a line in use may say nothing before the server is asked whether it knows of it. */
const SILENT_MS = 10_000;
const LEARN_MS = 5_000;

export interface StrandedLinesOptions {
  /** A connected client over a line of its own. */
  connect: () => Promise<pg.Client>;
  /** Is told how many lines were ended. */
  onEnded: (lines: number) => void;
  silentMs?: number;
}

export interface StrandedLines {
  /** For the pool's `onConnect`: learns what the server knows a line by. */
  learn(client: pg.ClientBase): Promise<void>;
  /** @returns what ends it. */
  watch(pool: pg.Pool): () => void;
}

interface Line {
  bytesRead: number;
  silentSinceMs: number;
}

function socketOf(client: pg.PoolClient): Socket {
  return (client as unknown as { connection: { stream: Socket } }).connection.stream;
}

/** What PostgreSQL knows a line by, over all servers: a process id alone comes again elsewhere. */
const BACKEND = `pid || ' ' || extract(epoch from backend_start)`;

export function createStrandedLines({
  connect,
  onEnded,
  silentMs = SILENT_MS,
}: StrandedLinesOptions): StrandedLines {
  const backends = new WeakMap<pg.ClientBase, string>();
  const inUse = new Map<pg.PoolClient, Line>();

  async function learn(client: pg.ClientBase): Promise<void> {
    const query = {
      text: `select ${BACKEND} as backend from pg_stat_activity where pid = pg_backend_pid()`,
      query_timeout: LEARN_MS,
    };
    const { rows } = await client.query<{ backend: string | null }>(query);
    const backend = rows[0]?.backend;
    if (typeof backend === 'string') backends.set(client, backend);
  }

  /** By their backend. */
  function silentLines(): Map<string, pg.PoolClient> {
    const nowMs = performance.now();
    const silent = new Map<string, pg.PoolClient>();
    for (const [client, line] of inUse) {
      const { bytesRead } = socketOf(client);
      const backend = backends.get(client);
      if (bytesRead !== line.bytesRead) inUse.set(client, { bytesRead, silentSinceMs: nowMs });
      else if (backend !== undefined && nowMs - line.silentSinceMs >= silentMs) silent.set(backend, client);
    }
    return silent;
  }

  /** Those that the server, whichever it is by now, works for. @throws where it cannot be asked: then it is away, and nothing is known. */
  async function known(of: Iterable<string>): Promise<ReadonlySet<string>> {
    const client = await connect();
    try {
      const { rows } = await client.query<{ backend: string }>(
        `select ${BACKEND} as backend from pg_stat_activity where ${BACKEND} = any($1::text[])`,
        [[...of]],
      );
      return new Set(rows.map(({ backend }) => backend));
    } finally {
      client.end().catch(() => undefined);
    }
  }

  async function look(): Promise<void> {
    const before = silentLines();
    if (before.size === 0) return;
    const alive = await known(before.keys());
    // Asked again: an answer may have come meanwhile.
    const stranded = [...silentLines()].filter(([backend]) => before.has(backend) && !alive.has(backend));
    for (const [, client] of stranded) socketOf(client).destroy();
    if (stranded.length > 0) onEnded(stranded.length);
  }

  let looking: Promise<void> | undefined;
  function lookAlone(): void {
    looking ??= look()
      .catch(() => undefined)
      .finally(() => (looking = undefined));
  }

  return {
    // Without it the line is as good, and only never asked about.
    learn: (client) => learn(client).catch(() => undefined),
    watch(pool) {
      pool.on('acquire', (client) => {
        inUse.set(client, { bytesRead: socketOf(client).bytesRead, silentSinceMs: performance.now() });
      });
      pool.on('release', (_error, client) => void inUse.delete(client));
      pool.on('remove', (client) => void inUse.delete(client));
      const timer = setInterval(lookAlone, silentMs / 2);
      timer.unref();
      return () => clearInterval(timer);
    },
  };
}
