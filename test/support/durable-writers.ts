/** Writes to a bridge without a pause, and remembers what it was told is stored: for tests that kill the bridge meanwhile. */
import { asAdmin, type AskBridge } from './bridge-client.ts';

const SLOTS = 3;

interface Slot {
  sent: number;
  acknowledged: number;
}

export interface DurableWriters {
  /** Writes until the bridge is gone. @param onAnswer Called with each acknowledged change. */
  writeUntilGone(url: string, onAnswer: () => void): Promise<void>;
  /** What a bridge lacks of what was acknowledged, in words; the newest that was sent may or may not be there. */
  missing(url: string): Promise<string[]>;
  /** Correlation ids of acknowledged changes. */
  audited: ReadonlySet<string>;
  counts(): { acknowledged: number; runs: number; removed: number };
}

interface Kind {
  path: string;
  body(version: number): object;
  /** Which version is stored. */
  versionIn(answer: Record<string, unknown>): number;
}

const numberIn = (text: unknown) => Number(/\d+$/.exec(String(text))?.[0] ?? 0);
const CONNECTION = { provider: 'purecloud', clientId: 'the-client', clientSecret: 'the-secret' };
const SYNC = {
  salesforceConnection: 'durable-crm',
  purecloudConnection: 'durable-dialler',
  campaignId: '701000000000001AAA',
  columns: [{ field: 'FirstName', column: 'FirstName' }],
  phones: [{ field: 'Phone', column: 'Phone', type: 'Work' }],
};

/** @param upstreamUrl Where nobody listens: a run begins, and waits. */
export function createDurableWriters(upstreamUrl: string): DurableWriters {
  const slots = new Map<string, Slot>();
  const audited = new Set<string>();
  const [runs, removed] = [new Set<string>(), new Set<string>()];
  let sequence = 0;
  let acknowledged = 0;
  const connection = { ...CONNECTION, url: `${upstreamUrl}/oauth/token`, apiUrl: upstreamUrl };
  const kinds: Kind[] = [
    {
      path: '/v1/connections/durable',
      body: (version) => ({ ...connection, scope: `v${version}` }),
      versionIn: ({ scope }) => numberIn(scope),
    },
    {
      path: '/v1/callers/durable',
      body: (version) => ({ permissions: [`token:v${version}`] }),
      versionIn: ({ permissions }) => numberIn((permissions as string[])[0]),
    },
    {
      path: '/v1/syncs/durable',
      body: (version) => ({ ...SYNC, contactListName: `v${version}` }),
      versionIn: ({ contactListName }) => numberIn(contactListName),
    },
  ];

  /** Throws where the bridge is gone, or does not do it. */
  async function changed(ask: AskBridge, method: string, path: string, body?: object) {
    sequence += 1;
    const id = `durable-${sequence}`;
    const answer = await ask(method, path, body, { 'x-correlation-id': id });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    if (!path.endsWith('/runs')) audited.add(id);
    acknowledged += 1;
    return answer;
  }

  async function putSlot(ask: AskBridge, kind: Kind, turn: number): Promise<void> {
    const path = `${kind.path}-${turn % SLOTS}`;
    const slot = slots.get(path) ?? { sent: 0, acknowledged: 0 };
    slots.set(path, slot);
    slot.sent += 1;
    const version = slot.sent;
    await changed(ask, 'PUT', path, kind.body(version));
    slot.acknowledged = version;
  }

  async function putAndRemove(ask: AskBridge, turn: number): Promise<void> {
    const path = `/v1/callers/removed-${Date.now()}-${turn}`;
    await changed(ask, 'PUT', path, { permissions: ['read'] });
    await changed(ask, 'DELETE', path);
    removed.add(path);
  }

  async function startRun(ask: AskBridge, turn: number): Promise<void> {
    const sync = `/v1/syncs/run-${Date.now()}-${turn}`;
    await changed(ask, 'PUT', sync, { ...SYNC, contactListName: 'run' });
    const { json } = await changed(ask, 'POST', `${sync}/runs`, { dryRun: true });
    runs.add((json as { id: string }).id);
  }

  // By name: a class of Node is another one inside a test.
  const isGone = (error: unknown) => (error as Error).name === 'TypeError';

  return {
    async writeUntilGone(url, onAnswer) {
      const ask: AskBridge = async (...given) => {
        const answer = await asAdmin(url)(...given);
        onAnswer();
        return answer;
      };
      for (const name of ['crm', 'dialler']) {
        const provider = name === 'crm' ? 'salesforce' : 'purecloud';
        await asAdmin(url)('PUT', `/v1/connections/durable-${name}`, { ...connection, provider });
      }
      const again = async (write: (turn: number) => Promise<void>) => {
        for (let turn = 0; ; turn += 1) await write(turn);
      };
      const writers = [
        ...kinds.map((kind) => again((turn) => putSlot(ask, kind, turn))),
        again((turn) => putAndRemove(ask, turn)),
        again((turn) => startRun(ask, turn)),
      ];
      const ends = await Promise.allSettled(writers);
      const faults = ends.flatMap((end) =>
        end.status === 'rejected' && !isGone(end.reason) ? [end.reason] : [],
      );
      if (faults.length > 0) throw faults[0];
    },
    async missing(url) {
      const ask = asAdmin(url);
      const faults: string[] = [];
      for (const kind of kinds) {
        for (const [path, slot] of slots) {
          if (!path.startsWith(kind.path)) continue;
          const { status, json } = await ask('GET', path);
          const found = status === 200 ? kind.versionIn(json) : 0;
          if (found < slot.acknowledged || found > slot.sent)
            faults.push(`${path}: ${found}, acknowledged ${slot.acknowledged}, sent ${slot.sent}`);
          slot.acknowledged = Math.max(found, slot.acknowledged);
        }
      }
      for (const path of removed)
        if ((await ask('GET', path)).status !== 404) faults.push(`${path} is there again`);
      for (const id of runs)
        if ((await ask('GET', `/v1/runs/${id}`)).status !== 200) faults.push(`run ${id} is lost`);
      return faults;
    },
    audited,
    counts: () => ({ acknowledged, runs: runs.size, removed: removed.size }),
  };
}
