import { LABEL } from 'c/bridgeLabels';
import { fill } from 'c/bridgeFormat';
import { bridge } from 'c/bridgeService';
import { announce, confirmDone } from 'c/bridgeTell';
import { CONNECTION_DEFAULTS, connectionGroups, connectionInput, valuesOf } from 'c/bridgeInputs';
import BridgeStoredForm from 'c/bridgeStoredForm';
/**
 * A new connection, or the settings of a saved one. An empty secret keeps the one that the bridge holds: a new one therefore stays in its
 * input until it is saved, or a second try after a refusal would say "saved" and keep the old one.
 */
export default class BridgeConnectionForm extends BridgeStoredForm {
    get groups() {
        return connectionGroups(this.values, this.current);
    }
    get newHeading() {
        return LABEL.NewConnection;
    }
    valuesOf(stored) {
        return stored === undefined ? CONNECTION_DEFAULTS : valuesOf(stored);
    }
    readAll() {
        return bridge.connections();
    }
    /** Salesforce reads the credentials in the body; the bridge's own default is the same. */
    handleFieldChange(event) {
        super.handleFieldChange(event);
        const { name, value } = event.detail;
        if (name === 'provider' && this.isNew)
            this.values = { ...this.values, credentialsInBody: value === 'salesforce' };
    }
    async handleSave() {
        await this.submit(async (name) => {
            const saved = await bridge.saveConnection(name, connectionInput(this.fields.collect(), this.current));
            this.fields.forgetSecrets();
            confirmDone(this, fill(LABEL.ConnectionSaved, name));
            announce(this, fill(LABEL.ConnectionSaved, name));
            this.dispatchEvent(new CustomEvent('saved', { detail: { name: saved.name } }));
        });
    }
    handleCancel() {
        this.fields.forgetSecrets();
        super.handleCancel();
    }
}
