/** The journal of runs in memory, with the same guarantees as the one in the database. */
import { addCounts, NO_COUNTS, type Counts } from '../../../server/campaigns/counts.ts';
import { isLive, isOnList, isUnsettled, type LedgerEntry } from '../../../server/campaigns/ledger-entry.ts';
import type { RunRow } from '../../../server/campaigns/plan.ts';
import type { Control, RunJournal, Step } from '../../../server/campaigns/ports.ts';
import type { Checkpoint, SyncProgress } from '../../../server/campaigns/run/checkpoint.ts';

export interface MemoryRun {
  checkpoint?: Checkpoint;
  counts: Counts;
  rows: RunRow[];
  unmapped: Map<string, number>;
  membersTotal?: number;
  wanted: Control;
}

export interface MemoryState {
  entries: Map<string, LedgerEntry>;
  progress: Partial<SyncProgress>;
  runs: MemoryRun[];
}

export function createState(): MemoryState {
  return { entries: new Map(), progress: {}, runs: [] };
}

/** @returns its place: the id of the run. */
export function startRun(state: MemoryState): number {
  state.runs.push({ counts: NO_COUNTS, rows: [], unmapped: new Map(), wanted: 'go' });
  return state.runs.length - 1;
}

function page(ids: readonly string[], { after = '', limit }: { after?: string; limit: number }) {
  const rest = [...new Set(ids)].sort().filter((id) => id > after);
  return { ids: rest.slice(0, limit), more: rest.length > limit };
}

function apply(state: MemoryState, run: MemoryRun, step: Step): void {
  const entryOf = (memberId: string): LedgerEntry =>
    state.entries.get(memberId) ?? { memberId, phase: 'sending', listed: false, blocked: false };
  const change = (memberId: string, changes: Partial<LedgerEntry>) =>
    state.entries.set(memberId, { ...entryOf(memberId), ...changes });
  for (const { memberId, hash } of step.sent ?? []) {
    change(memberId, { phase: 'sent', hash, listed: true, blocked: false });
  }
  for (const id of step.failed ?? []) change(id, { phase: 'failed' });
  for (const id of step.refused ?? []) change(id, { phase: 'refused' });
  for (const id of step.removed ?? []) change(id, { phase: 'removed', listed: false, blocked: false });
  for (const id of step.blocked ?? []) change(id, { phase: 'removed', listed: false, blocked: true });
  for (const id of step.left ?? []) change(id, { phase: 'removed', listed: true, blocked: false });
  for (const id of step.kept ?? []) {
    const { hash: _hash, ...entry } = entryOf(id);
    state.entries.set(id, entry);
  }
  for (const { memberId, resultHash, attemptAtMs, isProvisional = false } of step.updated ?? [])
    change(memberId, { resultHash, ...(isProvisional ? {} : { attemptAtMs }) });
  for (const [result, count] of step.unmapped ?? []) {
    run.unmapped.set(result, (run.unmapped.get(result) ?? 0) + count);
  }
  run.counts = addCounts(step.resetCounts === true ? NO_COUNTS : run.counts, step.counts ?? {});
  run.rows.push(...(step.rows ?? []));
  run.checkpoint = step.checkpoint;
  if (step.membersTotal !== undefined) run.membersTotal = step.membersTotal;
  Object.assign(state.progress, step.progress);
}

export function createMemoryJournal(state: MemoryState, id: number): RunJournal {
  const run = state.runs[id]!;
  const idsWhere = (test: (entry: LedgerEntry) => boolean) =>
    [...state.entries.values()].filter(test).map(({ memberId }) => memberId);
  return {
    control: async () => run.wanted,
    readEntries: async (ids) =>
      new Map(
        ids.flatMap((memberId) =>
          state.entries.has(memberId) ? [[memberId, state.entries.get(memberId)!]] : [],
        ),
      ),
    listEntries: async (which, wanted) => page(idsWhere(which === 'listed' ? isOnList : isUnsettled), wanted),
    countListed: async () =>
      idsWhere((entry) => isLive(entry) && (entry.phase !== 'refused' || entry.listed)).length,
    listFailed: async (other, wanted) => {
      const failed = state.runs[Number(other)]!.rows.filter(({ outcome }) => outcome === 'failed');
      return page(
        failed.map(({ memberId }) => memberId),
        wanted,
      );
    },
    async announce({ sending = [], removing = [], blocking = [] }) {
      for (const memberId of blocking) {
        const before = state.entries.get(memberId) ?? { memberId, phase: 'removing', listed: true };
        state.entries.set(memberId, { ...before, blocked: true });
      }
      for (const [phase, ids] of [
        ['sending', sending],
        ['removing', removing],
      ] as const) {
        for (const memberId of ids) {
          const before = state.entries.get(memberId) ?? { memberId, listed: false, blocked: false };
          state.entries.set(memberId, { ...before, phase });
        }
      }
    },
    async commit(step) {
      apply(state, run, structuredClone(step));
    },
    inResultTurn: (work) => work(),
    async startOver() {
      for (const [id2, { hash: _hash, ...entry }] of state.entries) {
        state.entries.set(id2, { ...entry, phase: 'removed', listed: false, blocked: false });
      }
    },
  };
}
