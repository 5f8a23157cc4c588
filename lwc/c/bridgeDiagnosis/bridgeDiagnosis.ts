import { LightningElement, api } from 'lwc';
import { LABEL } from 'c/bridgeLabels';
import type { Diagnosis } from 'c/bridgeService';
import type { Detail } from 'c/bridgeDetails';

/** A failure in plain words: what it is, why it may be, what to do; with what support asks for below. */
export default class BridgeDiagnosis extends LightningElement {
  @api diagnosis?: Diagnosis;
  /** References and status, beyond the code. */
  @api details: readonly Detail[] = [];
  label = LABEL;

  get causes(): readonly { key: number; text: string }[] {
    return (this.diagnosis?.causes ?? []).map((text, key) => ({ key, text }));
  }

  get lines(): readonly Detail[] {
    const code = this.diagnosis?.code;
    return [...(code === undefined ? [] : [{ label: LABEL.Code, value: code }]), ...this.details];
  }
}
