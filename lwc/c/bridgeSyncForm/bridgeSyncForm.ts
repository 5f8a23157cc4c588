import { LightningElement, api } from 'lwc';
import { LABEL } from 'c/bridgeLabels';
import { fill } from 'c/bridgeFormat';
import { bridge, problemOf, type ConnectionView, type Problem, type Sync } from 'c/bridgeService';
import { announce, confirmDone } from 'c/bridgeTell';
import { SYNC_DEFAULTS, syncGroups, syncInput, syncValues } from 'c/bridgeSyncInputs';
import type BridgeFields from 'c/bridgeFields';
import type { FieldGroup, FieldValues } from 'c/bridgeFields';

/** A new campaign sync, or the settings of a saved one. */
export default class BridgeSyncForm extends LightningElement {
  /** To choose from. */
  @api connections: readonly ConnectionView[] = [];
  label = LABEL;
  values: FieldValues = SYNC_DEFAULTS;
  problem?: Problem | undefined;
  isBusy = false;
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

  async handleSave(): Promise<void> {
    const { fields } = this;
    const nameInput = this.template!.querySelector<HTMLInputElement>('[data-id="name"]');
    const isNamed = nameInput?.reportValidity() ?? true;
    if (this.isBusy || !fields.checkValidity() || !isNamed) return;
    const { input, faults } = syncInput(fields.collect(), this.current);
    if (faults.length > 0) {
      fields.showFaults(faults);
      return;
    }
    await this.save(this.current?.name ?? nameInput?.value.trim() ?? '', input);
  }

  private async save(name: string, input: Record<string, unknown>): Promise<void> {
    this.isBusy = true;
    this.problem = undefined;
    try {
      await bridge.saveSync(name, input);
      confirmDone(this, fill(LABEL.SyncSaved, name));
      announce(this, fill(LABEL.SyncSaved, name));
      this.dispatchEvent(new CustomEvent('saved', { detail: { name } }));
    } catch (error) {
      const problem = problemOf(error);
      this.problem = { ...problem, errors: this.fields.showFaults(problem.errors ?? []) };
    } finally {
      this.isBusy = false;
    }
  }

  handleCancel(): void {
    this.dispatchEvent(new CustomEvent('cancel'));
  }
}
