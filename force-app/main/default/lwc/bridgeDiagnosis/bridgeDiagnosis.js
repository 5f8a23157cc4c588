import { LightningElement, api } from 'lwc';
import { LABEL } from 'c/bridgeLabels';
/** A failure in plain words: what it is, why it may be, what to do; with what support asks for below. */
export default class BridgeDiagnosis extends LightningElement {
    @api
    diagnosis;
    /** References and status, beyond the code. */
    @api
    details = [];
    label = LABEL;
    get causes() {
        return (this.diagnosis?.causes ?? []).map((text, key) => ({ key, text }));
    }
    get lines() {
        const code = this.diagnosis?.code;
        return [...(code === undefined ? [] : [{ label: LABEL.Code, value: code }]), ...this.details];
    }
}
