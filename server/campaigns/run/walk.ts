/**
 * One run of a sync, start to end: check, members out, results back. Everything outside comes in as a port, so that every way it can be
 * cut off is tried in a test. After a crash another process walks on from the checkpoint: what was in flight is sent again, under
 * the same id, and changes nothing.
 */
import { LeaseLost } from '../ports.ts';
import { checkStage, prepareResults, readStatuses } from './check-stage.ts';
import { isMappingLeft, isSameSettings, NO_MAPPING, startOf } from './checkpoint.ts';
import { keepFromCalling } from './keep-from-calling.ts';
import { memberStage } from './member-stage.ts';
import { resultStage } from './result-stage.ts';
import { RunFault } from './run-fault.ts';
import {
  createContext,
  type RunOrder,
  type RunPorts,
  type WalkContext,
  type WalkEnd,
  type WalkLimits,
} from './walk-context.ts';

// Four requests to PureCloud at once: one after the other, its answering time would be the limit and not its quota.
const LIMITS: WalkLimits = { pageSize: 4_000, sliceSize: 4_000 };

async function walkStages(context: WalkContext): Promise<WalkEnd> {
  for (;;) {
    const { stage } = context.checkpoint;
    if (stage === 'done') return 'finished';
    const end = await (stage === 'results' ? resultStage(context) : memberStage(context));
    if (end !== undefined) return end;
  }
}

/** The ledger tells of one list under one mapping, those of the newest run; of one that was begun anew since, a run of before knows too little. */
function isLedgerOfAnother({ dryRun, settings, checkpoint, progress }: RunOrder): boolean {
  if (dryRun || checkpoint?.listId === undefined) return false;
  const { listId, reading } = checkpoint;
  const isFirst = reading?.kind === 'full' && reading.reason === 'first';
  const isBegunAnew = progress.mappingFingerprint === NO_MAPPING && reading?.kind === 'full' && !isFirst;
  return listId !== progress.contactListId || isBegunAnew || isMappingLeft(settings, progress);
}

function assertSameSettings(order: RunOrder): void {
  const { settings, checkpoint } = order;
  if (checkpoint === undefined) return;
  if (isSameSettings(checkpoint.settings, settings) && !isLedgerOfAnother(order)) return;
  throw syncChanged();
}

export function syncChanged(): RunFault {
  return new RunFault(
    'sync_changed',
    'The sync was changed since this run began, or is on another contact list by now.',
    'Start another run: it takes the new settings, and sends only what they change.',
  );
}

/** Up to the first member. Whatever is wrong there, such as with a mapped status, must not have somebody called who refuses calls. */
async function begin(order: RunOrder, ports: RunPorts, limits: WalkLimits): Promise<WalkContext> {
  const checkpoint = order.checkpoint ?? startOf(order.settings);
  const labels = await readStatuses(ports, order.settings);
  try {
    const reader = await prepareResults(ports, order.settings, labels);
    const context = createContext(order, ports, { limits, reader, checkpoint });
    if (checkpoint.stage === 'check') await checkStage(context);
    return context;
  } catch (error) {
    if (!(error instanceof LeaseLost)) await keepFromCalling({ order, ports, limits }).catch(() => undefined);
    throw error;
  }
}

/**
 * @returns how it ended; counts, rows and checkpoint are in the journal.
 * @throws RunFault where someone has to do something first; else whatever a port throws. The checkpoint stays: the run can go on.
 */
export async function walkRun(
  order: RunOrder,
  ports: RunPorts,
  limits: Partial<WalkLimits> = {},
): Promise<WalkEnd> {
  assertSameSettings(order);
  try {
    return await walkStages(await begin(order, ports, { ...LIMITS, ...limits }));
  } catch (error) {
    if (error instanceof LeaseLost) return 'lost';
    throw error;
  }
}
