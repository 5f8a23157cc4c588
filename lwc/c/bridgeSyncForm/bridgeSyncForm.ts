import { LightningElement, api } from 'lwc';
import { LABEL } from 'c/bridgeLabels';
import { fill } from 'c/bridgeFormat';
import {
  bridge,
  missing,
  problemOf,
  type Check,
  type ConnectionView,
  type Problem,
  type Sync,
} from 'c/bridgeService';
import { announce, confirmDone } from 'c/bridgeTell';
import { SYNC_DEFAULTS, faultsOfFields, syncGroups, syncInput, syncValues } from 'c/bridgeSyncInputs';
import { differences, type Difference } from 'c/bridgeDifferences';
import type BridgeFields from 'c/bridgeFields';
import type { FieldGroup, FieldValues } from 'c/bridgeFields';

/** A new campaign sync, or the settings of a saved one. */
export default class BridgeSyncForm extends LightningElement {
  /** To choose from. */
  @api connections: readonly ConnectionView[] = [];
  label = LABEL;
  values: FieldValues = SYNC_DEFAULTS;
  checks: readonly Check[] = [];
  problem?: Problem | undefined;
  isBusy = false;
  /** What someone else has stored meanwhile, where it differs from the form. */
  storedNow?: readonly Difference[] | undefined;
  private current?: Sync | undefined;

  /** The sync to change; absent for a new one. */
  @api
  get stored(): Sync | undefined {
    return this.current;
  }

  set stored(stored: Sync | undefined) {
    this.current = stored;
    this.values = stored === undefined ? SYNC_DEFAULTS : syncValues(stored);
  }

  @api
  focus(): void {
    this.template!.querySelector<HTMLElement>('[data-id="heading"]')?.focus();
  }

  get heading(): string {
    return this.current === undefined ? LABEL.NewSync : fill(LABEL.EditConnection, this.current.name);
  }

  get isNew(): boolean {
    return this.current === undefined;
  }

  get groups(): FieldGroup[] {
    return syncGroups(this.connections);
  }

  private get fields(): BridgeFields {
    return this.template!.querySelector<HTMLElement & BridgeFields>('c-bridge-fields')!;
  }

  handleFieldChange({ detail }: CustomEvent<{ name: string; value: FieldValues[string] }>): void {
    this.values = { ...this.values, [detail.name]: detail.value };
  }

  get isChecked(): boolean {
    return this.checks.length > 0;
  }

  async handleSave(): Promise<void> {
    await this.withInput(async (name, input) => {
      await bridge.saveSync(name, input);
      confirmDone(this, fill(LABEL.SyncSaved, name));
      announce(this, fill(LABEL.SyncSaved, name));
      this.dispatchEvent(new CustomEvent('saved', { detail: { name } }));
    });
  }

  /** Before anything is saved, or runs by its schedule. */
  async handleCheck(): Promise<void> {
    await this.withInput(async (name, input) => {
      this.checks = (await bridge.checkSync(name, input)).checks;
      announce(this, fill(LABEL.MappingChecked, name));
      setTimeout(() => this.template!.querySelector<HTMLElement>('[data-id="checks-heading"]')?.focus());
    });
  }

  private async withInput(
    act: (name: string, input: Record<string, unknown>) => Promise<void>,
  ): Promise<void> {
    const { fields } = this;
    const nameInput = this.template!.querySelector<HTMLInputElement>('[data-id="name"]');
    const isNamed = nameInput?.reportValidity() ?? true;
    if (this.isBusy || !fields.checkValidity() || !isNamed) return;
    const { input, faults } = syncInput(fields.collect(), this.current);
    if (faults.length > 0) {
      fields.showFaults(faults);
      return;
    }
    this.isBusy = true;
    this.problem = undefined;
    this.storedNow = undefined;
    this.checks = [];
    try {
      await act(this.current?.name ?? nameInput?.value.trim() ?? '', input);
    } catch (error) {
      this.refuse(problemOf(error));
    } finally {
      this.isBusy = false;
    }
  }

  /** Faults of fields stand on the fields; the rest beside the buttons. */
  private refuse(problem: Problem): void {
    const errors = this.fields.showFaults(faultsOfFields(problem.errors ?? [], this.values));
    this.problem = { ...problem, errors };
    const isOnField = errors.length < (problem.errors?.length ?? 0);
    if (!isOnField) setTimeout(() => this.template!.querySelector<HTMLElement>('c-bridge-problem')?.focus());
  }

  get hasOtherStored(): boolean {
    return !this.isNew && this.problem?.code === 'conflict';
  }

  /** What was typed stays; its version is read again, so that the next Save replaces what was shown. */
  async handleShowStored(): Promise<void> {
    const name = this.current?.name ?? '';
    try {
      const stored = (await bridge.syncs()).find((each) => each.name === name);
      if (stored === undefined) this.problem = missing(name);
      else this.showStored(stored);
    } catch (error) {
      this.problem = problemOf(error);
    }
  }

  private showStored(stored: Sync): void {
    this.current = stored;
    this.problem = undefined;
    this.storedNow = differences(this.groups, this.values, syncValues(stored));
    setTimeout(() => this.template!.querySelector<HTMLElement>('[data-id="stored-now-heading"]')?.focus());
  }

  handleCancel(): void {
    this.dispatchEvent(new CustomEvent('cancel'));
  }
}
