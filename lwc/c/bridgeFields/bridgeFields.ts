import { LightningElement, api } from 'lwc';
import type { FieldFault } from 'c/bridgeService';

export interface Option {
  label: string;
  value: string;
}

export interface Field {
  /** Member of the request that it becomes. */
  name: string;
  label: string;
  kind: 'text' | 'secret' | 'longSecret' | 'longText' | 'number' | 'select' | 'switch';
  help?: string;
  placeholder?: string;
  options?: readonly Option[];
  isRequired?: boolean;
  isWide?: boolean;
  min?: number;
  max?: number;
}

export interface FieldGroup {
  name: string;
  label: string;
  fields: readonly Field[];
}

export type FieldValue = string | number | boolean;
export type FieldValues = Readonly<Record<string, FieldValue | undefined>>;

/** What base components of a form have in common. */
interface Control extends HTMLElement {
  value: string | number | undefined;
  checked?: boolean;
  setCustomValidity(message: string): void;
  reportValidity(): boolean;
  focus(): void;
}

interface FieldView extends Field {
  value: string | number | undefined;
  isChecked: boolean;
  isText: boolean;
  isSecret: boolean;
  isLong: boolean;
  isNumber: boolean;
  isSelect: boolean;
  isSwitch: boolean;
  className: string;
}

function isSecretKind(kind: Field['kind'] | undefined): boolean {
  return kind === 'secret' || kind === 'longSecret';
}

/**
 * A form from a description of its fields. Its parent hears `fieldchange` for everything but secrets: those stay in their inputs
 * until `collect` hands them to the one call that needs them, and `forgetSecrets` empties the inputs.
 */
export default class BridgeFields extends LightningElement {
  @api groups: readonly FieldGroup[] = [];
  private typed: Record<string, FieldValue | undefined> = {};
  /** Names of the fields on which a fault is shown. */
  private readonly faulty = new Set<string>();

  /** What stands in the fields before anyone types; never a secret. */
  @api
  get values(): FieldValues {
    return this.typed;
  }

  set values(values: FieldValues) {
    this.typed = { ...values };
  }

  get views(): readonly { name: string; label: string; fields: readonly FieldView[] }[] {
    return this.groups.map(({ name, label, fields }) => ({
      name,
      label,
      fields: fields.map((field) => this.viewOf(field)),
    }));
  }

  private viewOf(field: Field): FieldView {
    const { kind } = field;
    const value = isSecretKind(kind) ? undefined : this.typed[field.name];
    return {
      ...field,
      value: typeof value === 'boolean' ? undefined : (value ?? ''),
      isChecked: value === true,
      isText: kind === 'text',
      isSecret: kind === 'secret',
      isLong: kind === 'longText' || kind === 'longSecret',
      isNumber: kind === 'number',
      isSelect: kind === 'select',
      isSwitch: kind === 'switch',
      className: field.isWide === true || kind === 'longText' ? 'wide' : kind === 'switch' ? 'switch' : '',
    };
  }

  private get controls(): readonly Control[] {
    return [...this.template!.querySelectorAll<Control>('[data-name]')];
  }

  private fieldOf(name: string | undefined): Field | undefined {
    return this.groups.flatMap(({ fields }) => fields).find((field) => field.name === name);
  }

  private valueOf(control: Control): FieldValue | undefined {
    const kind = this.fieldOf(control.dataset.name)?.kind;
    if (kind === 'switch') return control.checked === true;
    const text = String(control.value ?? '');
    if (text === '' || isSecretKind(kind)) return text || undefined;
    // Blank lines at the head stay: a fault names the line that a person counts.
    const trimmed = kind === 'longText' ? text.trimEnd() : text.trim();
    return kind === 'number' ? Number(trimmed) : trimmed;
  }

  handleChange(event: Event): void {
    const control = event.target as Control;
    const name = control.dataset.name!;
    control.setCustomValidity('');
    this.mend(control);
    if (isSecretKind(this.fieldOf(name)?.kind)) return;
    const value = this.valueOf(control);
    this.typed = { ...this.typed, [name]: value };
    this.dispatchEvent(new CustomEvent('fieldchange', { detail: { name, value } }));
  }

  /** A fault that went only once the field is left would move the button from under the click that leaves it. */
  private mend(control: Control): void {
    const name = control.dataset.name!;
    if (this.faulty.has(name) && control.reportValidity() !== false) this.faulty.delete(name);
  }

  /** Everything that is filled in, secrets too: for one call, at once, and for no variable that stays. */
  @api
  collect(): Record<string, FieldValue> {
    const filled: Record<string, FieldValue> = {};
    for (const control of this.controls) {
      const value = this.valueOf(control);
      if (value !== undefined) filled[control.dataset.name!] = value;
    }
    return filled;
  }

  @api
  forgetSecrets(): void {
    for (const control of this.controls)
      if (isSecretKind(this.fieldOf(control.dataset.name)?.kind)) control.value = '';
  }

  /** What the bridge found is for the bridge to find again: it may have been mended in another field. */
  @api
  checkValidity(): boolean {
    for (const control of this.controls) control.setCustomValidity('');
    return this.report();
  }

  /** Shows what is wrong on each field and moves to the first. */
  private report(): boolean {
    const wrong = this.controls.filter((control) => control.reportValidity() === false);
    for (const { dataset } of wrong) this.faulty.add(dataset.name!);
    wrong[0]?.focus();
    return wrong.length === 0;
  }

  /** @returns the faults that belong to no field of this form. */
  @api
  showFaults(faults: readonly FieldFault[]): FieldFault[] {
    const { controls } = this;
    for (const control of controls) {
      const own = faults.filter(({ field }) => field === control.dataset.name);
      if (own.length > 0) control.setCustomValidity(own.map(({ detail }) => detail).join(' · '));
    }
    this.report();
    return faults.filter(({ field }) => !controls.some(({ dataset }) => dataset.name === field));
  }
}
