import { LightningElement, api } from 'lwc';
import { LABEL } from 'c/bridgeLabels';
import { fill } from 'c/bridgeFormat';
import { bridge, missing, problemOf, type ConnectionView, type Problem } from 'c/bridgeService';
import { announce, confirmDone } from 'c/bridgeTell';
import { CONNECTION_DEFAULTS, connectionGroups, connectionInput, valuesOf } from 'c/bridgeInputs';
import { differences, type Difference } from 'c/bridgeDifferences';
import type BridgeFields from 'c/bridgeFields';
import type { FieldGroup, FieldValues } from 'c/bridgeFields';

/**
 * A new connection, or the settings of a saved one. An empty secret keeps the one that the bridge holds: a new one therefore stays in its
 * input until it is saved, or a second try after a refusal would say "saved" and keep the old one.
 */
export default class BridgeConnectionForm extends LightningElement {
  label = LABEL;
  values: FieldValues = CONNECTION_DEFAULTS;
  problem?: Problem | undefined;
  isBusy = false;
  /** What someone else has stored meanwhile, where it differs from the form. */
  storedNow?: readonly Difference[] | undefined;
  private current?: ConnectionView | undefined;

  /** The connection to change; absent for a new one. */
  @api
  get stored(): ConnectionView | undefined {
    return this.current;
  }

  set stored(stored: ConnectionView | undefined) {
    this.current = stored;
    this.values = stored === undefined ? CONNECTION_DEFAULTS : valuesOf(stored);
  }

  /** A form that opens takes the focus. */
  @api
  focus(): void {
    this.template!.querySelector<HTMLElement>('[data-id="heading"]')?.focus();
  }

  get heading(): string {
    return this.current === undefined ? LABEL.NewConnection : fill(LABEL.EditConnection, this.current.name);
  }

  get isNew(): boolean {
    return this.current === undefined;
  }

  get groups(): FieldGroup[] {
    return connectionGroups(this.values, this.current);
  }

  private get fields(): BridgeFields {
    return this.template!.querySelector<HTMLElement & BridgeFields>('c-bridge-fields')!;
  }

  /** Salesforce reads the credentials in the body; the bridge's own default is the same. */
  handleFieldChange({ detail }: CustomEvent<{ name: string; value: FieldValues[string] }>): void {
    const { name, value } = detail;
    const follows = name === 'provider' && this.isNew ? { credentialsInBody: value === 'salesforce' } : {};
    this.values = { ...this.values, [name]: value, ...follows };
  }

  private get nameInput(): HTMLInputElement | null {
    return this.template!.querySelector<HTMLInputElement>('[data-id="name"]');
  }

  async handleSave(): Promise<void> {
    const { fields, nameInput } = this;
    const isNamed = nameInput?.reportValidity() ?? true;
    if (this.isBusy || !fields.checkValidity() || !isNamed) return;
    const name = this.current?.name ?? nameInput?.value.trim() ?? '';
    this.isBusy = true;
    this.problem = undefined;
    this.storedNow = undefined;
    try {
      const saved = await bridge.saveConnection(name, connectionInput(fields.collect(), this.current));
      fields.forgetSecrets();
      confirmDone(this, fill(LABEL.ConnectionSaved, name));
      announce(this, fill(LABEL.ConnectionSaved, name));
      this.dispatchEvent(new CustomEvent('saved', { detail: { name: saved.name } }));
    } catch (error) {
      this.refuse(problemOf(error));
    } finally {
      this.isBusy = false;
    }
  }

  /** Faults of fields stand on the fields; the rest beside the buttons. */
  private refuse(problem: Problem): void {
    const errors = this.fields.showFaults(problem.errors ?? []);
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
      const stored = (await bridge.connections()).find((each) => each.name === name);
      if (stored === undefined) this.problem = missing(name);
      else this.showStored(stored);
    } catch (error) {
      this.problem = problemOf(error);
    }
  }

  private showStored(stored: ConnectionView): void {
    this.current = stored;
    this.problem = undefined;
    this.storedNow = differences(this.groups, this.values, valuesOf(stored));
    setTimeout(() => this.template!.querySelector<HTMLElement>('[data-id="stored-now-heading"]')?.focus());
  }

  handleCancel(): void {
    this.fields.forgetSecrets();
    this.dispatchEvent(new CustomEvent('cancel'));
  }
}
