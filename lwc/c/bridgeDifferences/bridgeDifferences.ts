/** What is stored in other words than what stands in a form, field by field. Pure. */
import { LABEL } from 'c/bridgeLabels';
import type { Field, FieldGroup, FieldValue, FieldValues } from 'c/bridgeFields';

export interface Difference {
  label: string;
  /** What is stored. */
  value: string;
}

function textOf({ kind, options = [] }: Field, value: FieldValue | undefined): string {
  if (kind === 'switch') return value === true ? LABEL.Yes : LABEL.No;
  const text = String(value ?? '');
  return options.find((option) => option.value === text)?.label ?? (text === '' ? LABEL.NotSet : text);
}

/** Of a secret nobody knows whether it differs. */
export function differences(
  groups: readonly FieldGroup[],
  typed: FieldValues,
  stored: FieldValues,
): Difference[] {
  return groups
    .flatMap(({ fields }) => fields)
    .filter(({ kind }) => kind !== 'secret' && kind !== 'longSecret')
    .map((field) => ({ field, value: textOf(field, stored[field.name]) }))
    .filter(({ field, value }) => value !== textOf(field, typed[field.name]))
    .map(({ field, value }) => ({ label: field.label, value }));
}
