import { LightningElement, api } from 'lwc';
import { LABEL } from 'c/bridgeLabels';
import { fill } from 'c/bridgeFormat';
import { missing, problemOf } from 'c/bridgeService';
import { differences } from 'c/bridgeDifferences';
/** What the forms of a connection and of a sync have in common: what is stored, what was typed, and what became of sending it. */
export default class BridgeStoredForm extends LightningElement {
    label = LABEL;
    values = this.valuesOf(undefined);
    problem;
    isBusy = false;
    /** What someone else has stored meanwhile, where it differs from the form. */
    storedNow;
    current;
    /** What is to be changed; absent for a new one. */
    @api
    get stored() {
        return this.current;
    }
    set stored(stored) {
        this.current = stored;
        this.values = this.valuesOf(stored);
    }
    /** A form that opens takes the focus. */
    @api
    focus() {
        this.template.querySelector('[data-id="heading"]')?.focus();
    }
    get heading() {
        return this.current === undefined ? this.newHeading : fill(LABEL.EditConnection, this.current.name);
    }
    get isNew() {
        return this.current === undefined;
    }
    get hasOtherStored() {
        return !this.isNew && this.problem?.code === 'conflict';
    }
    get fields() {
        return this.template.querySelector('c-bridge-fields');
    }
    handleFieldChange({ detail }) {
        this.values = { ...this.values, [detail.name]: detail.value };
    }
    /** Nothing is sent while an input is wrong, or what was sent before is under way. */
    async submit(send) {
        const nameInput = this.template.querySelector('[data-id="name"]');
        const isNamed = nameInput?.reportValidity() ?? true;
        if (this.isBusy || !this.fields.checkValidity() || !isNamed)
            return;
        this.isBusy = true;
        this.problem = undefined;
        this.storedNow = undefined;
        try {
            await send(this.current?.name ?? nameInput?.value.trim() ?? '');
        }
        catch (error) {
            this.refuse(problemOf(error));
        }
        finally {
            this.isBusy = false;
        }
    }
    /** Faults as the inputs of the form are called. */
    faultsOf({ errors = [] }) {
        return errors;
    }
    /** Faults of fields stand on the fields; the rest beside the buttons. */
    refuse(problem) {
        const errors = this.fields.showFaults(this.faultsOf(problem));
        this.problem = { ...problem, errors };
        const isOnField = errors.length < (problem.errors?.length ?? 0);
        if (!isOnField)
            setTimeout(() => this.template.querySelector('c-bridge-problem')?.focus());
    }
    /** What was typed stays; its version is read again, so that the next Save replaces what was shown. */
    async handleShowStored() {
        const name = this.current?.name ?? '';
        try {
            const stored = (await this.readAll()).find((each) => each.name === name);
            if (stored === undefined)
                this.problem = missing(name);
            else
                this.showStored(stored);
        }
        catch (error) {
            this.problem = problemOf(error);
        }
    }
    showStored(stored) {
        this.current = stored;
        this.problem = undefined;
        this.storedNow = differences(this.groups, this.values, this.valuesOf(stored));
        setTimeout(() => this.template.querySelector('[data-id="stored-now-heading"]')?.focus());
    }
    handleCancel() {
        this.dispatchEvent(new CustomEvent('cancel'));
    }
}
