/** Personal data as it may stand on a screen that others see: enough to tell rows apart, not enough to know the person. Pure. */

type FieldValue = string | number | boolean | null;

const DIGITS_SHOWN = 2;

function maskText(text: string): string {
  const characters = [...text];
  if (characters.length === 0) return text;
  const digits = text.replace(/\D/g, '');
  if (digits.length * 2 > characters.length && digits.length > 4) return `…${digits.slice(-DIGITS_SHOWN)}`;
  return characters.length === 1 ? '…' : `${characters[0]!}…`;
}

/** `Anna` → `A…`, `+49 171 5551234` → `…34`, `anna@x.example` → `a…`; blanks, true and false stay. */
export function maskValue(value: FieldValue): FieldValue {
  if (value === null || typeof value === 'boolean') return value;
  return maskText(String(value));
}

export function maskValues(values: Readonly<Record<string, FieldValue>>): Record<string, FieldValue> {
  return Object.fromEntries(Object.entries(values).map(([field, value]) => [field, maskValue(value)]));
}
