import { LightningElement, api } from 'lwc';
import { LABEL } from 'c/bridgeLabels';
import { fill } from 'c/bridgeFormat';
import { missing, problemOf, type FieldFault, type Problem } from 'c/bridgeService';
import { differences, type Difference } from 'c/bridgeDifferences';
import type BridgeFields from 'c/bridgeFields';
import type { FieldGroup, FieldValues } from 'c/bridgeFields';

/** What the forms of a connection and of a sync have in common: what is stored, what was typed, and what became of sending it. */
export default abstract class BridgeStoredForm<
  Stored extends { readonly name: string },
> extends LightningElement {
  label = LABEL;
  values: FieldValues = this.valuesOf(undefined);
  problem?: Problem | undefined;
  isBusy = false;
  /** What someone else has stored meanwhile, where it differs from the form. */
  storedNow?: readonly Difference[] | undefined;
  protected current?: Stored | undefined;

  abstract get groups(): FieldGroup[];
  protected abstract get newHeading(): string;
  /** What stands in the form. @param stored Absent: of a new one. */
  protected abstract valuesOf(stored: Stored | undefined): FieldValues;
  protected abstract readAll(): Promise<readonly Stored[]>;

  /** What is to be changed; absent for a new one. */
  @api
  get stored(): Stored | undefined {
    return this.current;
  }

  set stored(stored: Stored | undefined) {
    this.current = stored;
    this.values = this.valuesOf(stored);
  }

  /** A form that opens takes the focus. */
  @api
  focus(): void {
    this.template!.querySelector<HTMLElement>('[data-id="heading"]')?.focus();
  }

  get heading(): string {
    return this.current === undefined ? this.newHeading : fill(LABEL.EditConnection, this.current.name);
  }

  get isNew(): boolean {
    return this.current === undefined;
  }

  get hasOtherStored(): boolean {
    return !this.isNew && this.problem?.code === 'conflict';
  }

  protected get fields(): BridgeFields {
    return this.template!.querySelector<HTMLElement & BridgeFields>('c-bridge-fields')!;
  }

  handleFieldChange({ detail }: CustomEvent<{ name: string; value: FieldValues[string] }>): void {
    this.values = { ...this.values, [detail.name]: detail.value };
  }

  /** Nothing is sent while an input is wrong, or what was sent before is under way. */
  protected async submit(send: (name: string) => Promise<void>): Promise<void> {
    const nameInput = this.template!.querySelector<HTMLInputElement>('[data-id="name"]');
    const isNamed = nameInput?.reportValidity() ?? true;
    if (this.isBusy || !this.fields.checkValidity() || !isNamed) return;
    this.isBusy = true;
    this.problem = undefined;
    this.storedNow = undefined;
    try {
      await send(this.current?.name ?? nameInput?.value.trim() ?? '');
    } catch (error) {
      this.refuse(problemOf(error));
    } finally {
      this.isBusy = false;
    }
  }

  /** Faults as the inputs of the form are called. */
  protected faultsOf({ errors = [] }: Problem): readonly FieldFault[] {
    return errors;
  }

  /** Faults of fields stand on the fields; the rest beside the buttons. */
  private refuse(problem: Problem): void {
    const errors = this.fields.showFaults(this.faultsOf(problem));
    this.problem = { ...problem, errors };
    const isOnField = errors.length < (problem.errors?.length ?? 0);
    if (!isOnField) setTimeout(() => this.template!.querySelector<HTMLElement>('c-bridge-problem')?.focus());
  }

  /** What was typed stays; its version is read again, so that the next Save replaces what was shown. */
  async handleShowStored(): Promise<void> {
    const name = this.current?.name ?? '';
    try {
      const stored = (await this.readAll()).find((each) => each.name === name);
      if (stored === undefined) this.problem = missing(name);
      else this.showStored(stored);
    } catch (error) {
      this.problem = problemOf(error);
    }
  }

  private showStored(stored: Stored): void {
    this.current = stored;
    this.problem = undefined;
    this.storedNow = differences(this.groups, this.values, this.valuesOf(stored));
    setTimeout(() => this.template!.querySelector<HTMLElement>('[data-id="stored-now-heading"]')?.focus());
  }

  handleCancel(): void {
    this.dispatchEvent(new CustomEvent('cancel'));
  }
}
