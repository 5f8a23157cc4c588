/** Kills a bridge with SIGKILL in the middle of its writes, again and again, and compares what is there with what it had acknowledged. */
import { randomInt } from 'node:crypto';
import { openDatabase } from '../../server/database/open-database.ts';
import { readAudit } from '../../server/telemetry/audit.ts';
import { createAuditVerifier } from '../../server/telemetry/audit-chain.ts';
import { quietLog } from './databases.ts';
import { createDurableWriters } from './durable-writers.ts';
import { freePort } from './free-port.ts';
import { spawnBridge } from './spawned-bridge.ts';

const ANSWERS_MAX = 40;

export interface KillReport {
  kills: number;
  /** Changes that were answered, over all lives of the bridge. */
  acknowledged: number;
  runs: number;
  removed: number;
  /** In words; none is what is wanted. */
  lost: string[];
  audit: string;
}

/** @param env Of the bridge; the same database every time. */
export async function killAndCompare(
  env: NodeJS.ProcessEnv,
  kills: number,
  database: { dataDir: string; databaseUrl?: string },
): Promise<KillReport> {
  const writers = createDurableWriters(`http://127.0.0.1:${await freePort()}`);
  const lost: string[] = [];
  for (let kill = 0; kill < kills; kill += 1) {
    const bridge = await spawnBridge(env);
    lost.push(...(await writers.missing(bridge.url)));
    // On an answer, so that what comes right behind it is cut off.
    let left = randomInt(5, ANSWERS_MAX);
    await writers.writeUntilGone(bridge.url, () => {
      left -= 1;
      if (left === 0) bridge.process.kill('SIGKILL');
    });
    await bridge.ended;
  }
  const last = await spawnBridge(env);
  lost.push(...(await writers.missing(last.url)));
  await last.kill('SIGKILL');
  const opened = await openDatabase({ ...database, log: quietLog });
  const verifier = createAuditVerifier();
  const audited = new Set<string | null>();
  for await (const entry of readAudit(opened)) {
    verifier.next(entry);
    audited.add(entry.correlationId);
  }
  await opened.close();
  lost.push(...[...writers.audited].filter((id) => !audited.has(id)).map((id) => `audit entry of ${id}`));
  return { kills, ...writers.counts(), lost, audit: verifier.end().outcome };
}
