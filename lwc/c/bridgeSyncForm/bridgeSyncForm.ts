import { api } from 'lwc';
import { LABEL } from 'c/bridgeLabels';
import { fill } from 'c/bridgeFormat';
import {
  bridge,
  type Check,
  type ConnectionView,
  type FieldFault,
  type Problem,
  type Sync,
} from 'c/bridgeService';
import { announce, confirmDone } from 'c/bridgeTell';
import { SYNC_DEFAULTS, faultsOfFields, syncGroups, syncInput, syncValues } from 'c/bridgeSyncInputs';
import BridgeStoredForm from 'c/bridgeStoredForm';
import type { FieldGroup, FieldValues } from 'c/bridgeFields';

/** A new campaign sync, or the settings of a saved one. */
export default class BridgeSyncForm extends BridgeStoredForm<Sync> {
  /** To choose from. */
  @api connections: readonly ConnectionView[] = [];
  checks: readonly Check[] = [];

  get groups(): FieldGroup[] {
    return syncGroups(this.connections);
  }

  get isChecked(): boolean {
    return this.checks.length > 0;
  }

  protected get newHeading(): string {
    return LABEL.NewSync;
  }

  protected valuesOf(stored: Sync | undefined): FieldValues {
    return stored === undefined ? SYNC_DEFAULTS : syncValues(stored);
  }

  protected readAll(): Promise<readonly Sync[]> {
    return bridge.syncs();
  }

  protected override faultsOf({ errors = [] }: Problem): readonly FieldFault[] {
    return faultsOfFields(errors, this.values);
  }

  async handleSave(): Promise<void> {
    await this.submitInput(async (name, input) => {
      await bridge.saveSync(name, input);
      confirmDone(this, fill(LABEL.SyncSaved, name));
      announce(this, fill(LABEL.SyncSaved, name));
      this.dispatchEvent(new CustomEvent('saved', { detail: { name } }));
    });
  }

  /** Before anything is saved, or runs by its schedule. */
  async handleCheck(): Promise<void> {
    await this.submitInput(async (name, input) => {
      this.checks = (await bridge.checkSync(name, input)).checks;
      announce(this, fill(LABEL.MappingChecked, name));
      setTimeout(() => this.template!.querySelector<HTMLElement>('[data-id="checks-heading"]')?.focus());
    });
  }

  private async submitInput(
    send: (name: string, input: Record<string, unknown>) => Promise<void>,
  ): Promise<void> {
    await this.submit(async (name) => {
      const { input, faults } = syncInput(this.fields.collect(), this.current);
      this.checks = [];
      if (faults.length > 0) this.fields.showFaults(faults);
      else await send(name, input);
    });
  }
}
