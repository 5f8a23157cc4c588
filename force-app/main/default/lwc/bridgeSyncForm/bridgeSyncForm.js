import { api } from 'lwc';
import { LABEL } from 'c/bridgeLabels';
import { fill } from 'c/bridgeFormat';
import { bridge, } from 'c/bridgeService';
import { announce, confirmDone } from 'c/bridgeTell';
import { SYNC_DEFAULTS, faultsOfFields, syncGroups, syncInput, syncValues } from 'c/bridgeSyncInputs';
import BridgeStoredForm from 'c/bridgeStoredForm';
/** A new campaign sync, or the settings of a saved one. */
export default class BridgeSyncForm extends BridgeStoredForm {
    /** To choose from. */
    @api
    connections = [];
    checks = [];
    get groups() {
        return syncGroups(this.connections);
    }
    get isChecked() {
        return this.checks.length > 0;
    }
    get newHeading() {
        return LABEL.NewSync;
    }
    valuesOf(stored) {
        return stored === undefined ? SYNC_DEFAULTS : syncValues(stored);
    }
    readAll() {
        return bridge.syncs();
    }
    faultsOf({ errors = [] }) {
        return faultsOfFields(errors, this.values);
    }
    async handleSave() {
        await this.submitInput(async (name, input) => {
            await bridge.saveSync(name, input);
            confirmDone(this, fill(LABEL.SyncSaved, name));
            announce(this, fill(LABEL.SyncSaved, name));
            this.dispatchEvent(new CustomEvent('saved', { detail: { name } }));
        });
    }
    /** Before anything is saved, or runs by its schedule. */
    async handleCheck() {
        await this.submitInput(async (name, input) => {
            this.checks = (await bridge.checkSync(name, input)).checks;
            announce(this, fill(LABEL.MappingChecked, name));
            setTimeout(() => this.template.querySelector('[data-id="checks-heading"]')?.focus());
        });
    }
    async submitInput(send) {
        await this.submit(async (name) => {
            const { input, faults } = syncInput(this.fields.collect(), this.current);
            this.checks = [];
            if (faults.length > 0)
                this.fields.showFaults(faults);
            else
                await send(name, input);
        });
    }
}
