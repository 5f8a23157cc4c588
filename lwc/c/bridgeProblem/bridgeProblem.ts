import { LightningElement, api } from 'lwc';
import { LABEL } from 'c/bridgeLabels';
import type { Problem } from 'c/bridgeService';
import type { Detail } from 'c/bridgeDetails';

/** What failed, why, and what to do about it, beside what failed. */
export default class BridgeProblem extends LightningElement {
  @api problem?: Problem;
  /** Offers to try again; the parent hears `retry`. */
  @api canRetry = false;
  label = LABEL;

  get faults(): readonly { key: string; text: string }[] {
    return (this.problem?.errors ?? []).map(({ field, detail }) => ({
      key: field,
      text: `${field}: ${detail}`,
    }));
  }

  get hasFaults(): boolean {
    return this.faults.length > 0;
  }

  /** The catalogue's detail often repeats its title. */
  get detail(): string | undefined {
    const { detail, title } = this.problem ?? {};
    return detail === title ? undefined : detail;
  }

  get lines(): readonly Detail[] {
    const { code, correlationId, status } = this.problem ?? {};
    return [
      ...(code === undefined ? [] : [{ label: LABEL.Code, value: code }]),
      ...(status === undefined ? [] : [{ label: LABEL.HttpStatus, value: String(status) }]),
      ...(correlationId === undefined ? [] : [{ label: LABEL.ReferenceBridge, value: correlationId }]),
    ];
  }

  /** For who acted far from where it stands. */
  @api
  focus(): void {
    this.template!.querySelector<HTMLElement>('[data-id="problem"]')?.focus();
  }

  handleRetry(): void {
    this.dispatchEvent(new CustomEvent('retry'));
  }
}
