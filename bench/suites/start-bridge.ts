/** The bridge as a subject of any suite. */
import { HEAP_GROWING_FLAG } from '../../server/cli/collect-early.ts';
import type { Subject } from '../subject.ts';
import type { SuiteOptions } from '../suite.ts';

/** @param more For bench/subjects/bridge.ts. */
export async function startBridgeSubject(
  { start, key, databaseUrl, profileDirectory }: SuiteOptions,
  more: { tokenUrl: string; apiUrl?: string; connection?: object },
): Promise<Subject> {
  return await start('bridge', {
    script: 'bridge',
    settings: { key, ...more, ...(databaseUrl === undefined ? {} : { databaseUrl }) },
    nodeOptions: [
      HEAP_GROWING_FLAG,
      ...(profileDirectory === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDirectory}`]),
    ],
  });
}
