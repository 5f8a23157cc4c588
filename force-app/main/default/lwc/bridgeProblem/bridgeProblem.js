import { LightningElement, api } from 'lwc';
import { LABEL } from 'c/bridgeLabels';
/** What failed, why, and what to do about it, beside what failed. */
export default class BridgeProblem extends LightningElement {
    @api
    problem;
    /** Offers to try again; the parent hears `retry`. */
    @api
    canRetry = false;
    label = LABEL;
    get faults() {
        return (this.problem?.errors ?? []).map(({ field, detail }) => ({
            key: field,
            text: `${field}: ${detail}`,
        }));
    }
    get hasFaults() {
        return this.faults.length > 0;
    }
    /** The catalogue's detail often repeats its title. */
    get detail() {
        const { detail, title } = this.problem ?? {};
        return detail === title ? undefined : detail;
    }
    get lines() {
        const { code, correlationId, status } = this.problem ?? {};
        return [
            ...(code === undefined ? [] : [{ label: LABEL.Code, value: code }]),
            ...(status === undefined ? [] : [{ label: LABEL.HttpStatus, value: String(status) }]),
            ...(correlationId === undefined ? [] : [{ label: LABEL.ReferenceBridge, value: correlationId }]),
        ];
    }
    /** For who acted far from where it stands. */
    @api
    focus() {
        this.template.querySelector('[data-id="problem"]')?.focus();
    }
    handleRetry() {
        this.dispatchEvent(new CustomEvent('retry'));
    }
}
