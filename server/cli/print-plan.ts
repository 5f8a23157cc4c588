/** What a configuration changes, for a person: + added, ~ changed, - removed. Pure. */
import type { FieldChange, PlannedChange } from '../apply/plan.ts';
import { printable } from './table.ts';

const VALUE_CHARS_MAX = 80;
const SIGN = { add: '+', change: '~', remove: '-' } as const;
const KIND_PLURAL = { connection: 'connections', caller: 'callers', sync: 'syncs' } as const;

export interface PrintablePlan {
  changes: readonly Pick<PlannedChange, 'kind' | 'name' | 'action' | 'fields' | 'signsInAnew'>[];
  unchanged: number;
  kept: readonly { kind: PlannedChange['kind']; name: string }[];
}

function value(text: string | undefined): string {
  if (text === undefined) return '(not set)';
  const line = printable(text);
  return line.length > VALUE_CHARS_MAX ? `${line.slice(0, VALUE_CHARS_MAX)}…` : line;
}

function fieldLine({ field, secret, before, after }: FieldChange, isNew: boolean): string {
  if (secret) return `      ${field}: ${isNew ? '[secret]' : '[secret] changed'}`;
  return isNew ? `      ${field}: ${value(after)}` : `      ${field}: ${value(before)} -> ${value(after)}`;
}

function changeLines({
  kind,
  name,
  action,
  fields,
  signsInAnew,
}: PrintablePlan['changes'][number]): string[] {
  const note = signsInAnew ? '   (signs in anew; a latch is cleared)' : '';
  return [
    `  ${SIGN[action]} ${kind} ${name}${note}`,
    ...fields.map((field) => fieldLine(field, action === 'add')),
  ];
}

function keptLines(kept: PrintablePlan['kept'], prune: boolean): string[] {
  // The caller admin is never in question.
  const others = kept.filter(({ kind, name }) => !(kind === 'caller' && name === 'admin'));
  if (others.length === 0) return [];
  const names = others.map(({ kind, name }) => `${kind} ${name}`).join(', ');
  const how = prune ? 'Kept' : 'Not in the file, and left as it is (--prune removes it)';
  return [`${how}: ${names}`];
}

/** "2 to add, 1 to change" */
function summary({ changes, unchanged }: PrintablePlan): string {
  const count = (action: PlannedChange['action']) =>
    changes.filter((change) => change.action === action).length;
  const parts = [
    [count('add'), 'to add'],
    [count('change'), 'to change'],
    [count('remove'), 'to remove'],
    [unchanged, 'as they are'],
  ] as const;
  return parts
    .filter(([number]) => number > 0)
    .map(([number, what]) => `${number} ${what}`)
    .join(', ');
}

export function planLines(plan: PrintablePlan, prune: boolean): string[] {
  const notes = keptLines(plan.kept, prune);
  if (plan.changes.length === 0) return ['Nothing to change: everything is as the file has it.', ...notes];
  const lines = (['connection', 'caller', 'sync'] as const).flatMap((kind) => {
    const changes = plan.changes.filter((change) => change.kind === kind);
    return changes.length === 0 ? [] : [`${KIND_PLURAL[kind]}:`, ...changes.flatMap(changeLines)];
  });
  return [...lines, `${summary(plan)}.`, ...notes];
}
