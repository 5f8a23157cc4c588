/** Runs as the API shows them. */
import type { PrintedCounts, Run } from '../../../server/cli/run-schema.ts';

const NO_COUNTS: PrintedCounts = {
  membersRead: 0,
  added: 0,
  changed: 0,
  removed: 0,
  unchanged: 0,
  skipped: 0,
  invalid: 0,
  failed: 0,
  resultsRead: 0,
  membersUpdated: 0,
};

export function runWith({
  counts = {},
  ...rest
}: Partial<Omit<Run, 'counts'>> & { counts?: Partial<PrintedCounts> }): Run {
  return {
    id: '7c1f0d3e-0000-4000-8000-000000000001',
    sync: 'spring-offer',
    status: 'Running',
    phase: 'read',
    dryRun: false,
    startedBy: 'admin',
    startedAt: '2026-11-21T10:00:00.000Z',
    ...rest,
    counts: { ...NO_COUNTS, ...counts },
  };
}
