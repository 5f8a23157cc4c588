import { LightningElement } from 'lwc';
import { LABEL } from 'c/bridgeLabels';
import { NOTHING_YET, createLooking } from 'c/bridgeLook';
import { setupLink } from 'c/bridgeLinks';
import { connectionStep, dryRunStep } from 'c/bridgeSteps';
import { stepMark } from 'c/bridgeWords';
import { announce, goTo } from 'c/bridgeTell';
import { bridge } from 'c/bridgeService';
const NAMES = {
    bridge: LABEL.StepBridge,
    namedCredential: LABEL.StepNamedCredential,
    principal: LABEL.StepPrincipal,
    permissionSet: LABEL.StepPermissionSet,
    purecloud: LABEL.StepPureCloud,
    salesforce: LABEL.StepSalesforce,
    dryRun: LABEL.StepDryRun,
};
const TABS = {
    purecloud: 'connections',
    salesforce: 'connections',
    dryRun: 'syncs',
};
async function askAll() {
    const steps = await bridge.setup();
    const [status, syncs] = await Promise.allSettled([bridge.status(), bridge.syncs()]);
    return {
        steps,
        connections: status.status === 'fulfilled' ? status.value.connections : undefined,
        syncs: syncs.status === 'fulfilled' ? syncs.value.length : undefined,
    };
}
/** From nothing to the first call: each step with what it still needs. */
export default class BridgeSetup extends LightningElement {
    label = LABEL;
    look = NOTHING_YET;
    looking = createLooking(askAll, (look) => (this.look = look));
    connectedCallback() {
        void this.looking.again();
    }
    get all() {
        const { data } = this.look;
        if (data === undefined)
            return [];
        return [
            ...data.steps,
            connectionStep('purecloud', data.connections),
            connectionStep('salesforce', data.connections),
            dryRunStep(data.syncs),
        ];
    }
    get steps() {
        return this.all.map(({ name, outcome, detail, remedy }) => ({
            name,
            label: NAMES[name] ?? name,
            outcome,
            mark: stepMark(outcome),
            detail,
            remedy: outcome === 'done' ? undefined : remedy,
            link: outcome === 'done' ? undefined : this.linkOf(name),
            tab: outcome === 'done' ? undefined : TABS[name],
        }));
    }
    linkOf(name) {
        return setupLink(name);
    }
    get progress() {
        const { all } = this;
        const done = all.filter(({ outcome }) => outcome === 'done').length;
        return all.length === 0 ? 0 : Math.round((100 * done) / all.length);
    }
    async handleCheck() {
        await this.looking.again();
        announce(this, LABEL.CheckedNow);
    }
    handleGo(event) {
        goTo(this, { tab: event.target.dataset.tab });
    }
}
