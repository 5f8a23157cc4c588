import { LightningElement, api } from 'lwc';
import { LABEL } from 'c/bridgeLabels';
import { fill } from 'c/bridgeFormat';
import { bridge, missing, problemOf } from 'c/bridgeService';
import { announce, confirmDone } from 'c/bridgeTell';
import { CONNECTION_DEFAULTS, connectionGroups, connectionInput, valuesOf } from 'c/bridgeInputs';
import { differences } from 'c/bridgeDifferences';
/**
 * A new connection, or the settings of a saved one. An empty secret keeps the one that the bridge holds: a new one therefore stays in its
 * input until it is saved, or a second try after a refusal would say "saved" and keep the old one.
 */
export default class BridgeConnectionForm extends LightningElement {
    label = LABEL;
    values = CONNECTION_DEFAULTS;
    problem;
    isBusy = false;
    /** What someone else has stored meanwhile, where it differs from the form. */
    storedNow;
    current;
    /** The connection to change; absent for a new one. */
    @api
    get stored() {
        return this.current;
    }
    set stored(stored) {
        this.current = stored;
        this.values = stored === undefined ? CONNECTION_DEFAULTS : valuesOf(stored);
    }
    /** A form that opens takes the focus. */
    @api
    focus() {
        this.template.querySelector('[data-id="heading"]')?.focus();
    }
    get heading() {
        return this.current === undefined ? LABEL.NewConnection : fill(LABEL.EditConnection, this.current.name);
    }
    get isNew() {
        return this.current === undefined;
    }
    get groups() {
        return connectionGroups(this.values, this.current);
    }
    get fields() {
        return this.template.querySelector('c-bridge-fields');
    }
    /** Salesforce reads the credentials in the body; the bridge's own default is the same. */
    handleFieldChange({ detail }) {
        const { name, value } = detail;
        const follows = name === 'provider' && this.isNew ? { credentialsInBody: value === 'salesforce' } : {};
        this.values = { ...this.values, [name]: value, ...follows };
    }
    get nameInput() {
        return this.template.querySelector('[data-id="name"]');
    }
    async handleSave() {
        const { fields, nameInput } = this;
        const isNamed = nameInput?.reportValidity() ?? true;
        if (this.isBusy || !fields.checkValidity() || !isNamed)
            return;
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
        }
        catch (error) {
            this.refuse(problemOf(error));
        }
        finally {
            this.isBusy = false;
        }
    }
    /** Faults of fields stand on the fields; the rest beside the buttons. */
    refuse(problem) {
        const errors = this.fields.showFaults(problem.errors ?? []);
        this.problem = { ...problem, errors };
        const isOnField = errors.length < (problem.errors?.length ?? 0);
        if (!isOnField)
            setTimeout(() => this.template.querySelector('c-bridge-problem')?.focus());
    }
    get hasOtherStored() {
        return !this.isNew && this.problem?.code === 'conflict';
    }
    /** What was typed stays; its version is read again, so that the next Save replaces what was shown. */
    async handleShowStored() {
        const name = this.current?.name ?? '';
        try {
            const stored = (await bridge.connections()).find((each) => each.name === name);
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
        this.storedNow = differences(this.groups, this.values, valuesOf(stored));
        setTimeout(() => this.template.querySelector('[data-id="stored-now-heading"]')?.focus());
    }
    handleCancel() {
        this.fields.forgetSecrets();
        this.dispatchEvent(new CustomEvent('cancel'));
    }
}
