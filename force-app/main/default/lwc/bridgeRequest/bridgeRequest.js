import { LightningElement } from 'lwc';
import { LABEL } from 'c/bridgeLabels';
import { fill } from 'c/bridgeFormat';
import { pureCloudApi } from 'c/bridgeLinks';
import { MAY_ADMINISTER } from 'c/bridgeRights';
import { bridge, problemOf } from 'c/bridgeService';
import { announce, confirmDone, goTo } from 'c/bridgeTell';
import { exitMark } from 'c/bridgeWords';
import { PROVIDERS, REQUEST_DEFAULTS, connectionInput, forgottenSecret, requestGroups } from 'c/bridgeInputs';
const SECRETS = ['clientSecret', 'password', 'privateKey'];
/** The Bearer Token Request tool: every input, one execution, how it ended, and a connection made of it. */
export default class BridgeRequest extends LightningElement {
    label = LABEL;
    providers = PROVIDERS;
    values = REQUEST_DEFAULTS;
    /** One, and another when it is cleared: an input keeps the fault that stands on it for as long as it lives. */
    forms = [0];
    answer;
    problem;
    isBusy = false;
    isSaving = false;
    mayAdminister = MAY_ADMINISTER;
    get groups() {
        return requestGroups(this.values);
    }
    get fields() {
        return this.template.querySelector('c-bridge-fields');
    }
    handleFieldChange({ detail }) {
        this.values = { ...this.values, [detail.name]: detail.value };
    }
    handleClear() {
        this.values = { ...REQUEST_DEFAULTS };
        this.fields.forgetSecrets();
        this.forms = this.forms.map((form) => form + 1);
        this.answer = undefined;
        this.problem = undefined;
        this.isSaving = false;
    }
    /** The secrets are on their way before the inputs are emptied, and nothing here keeps them. */
    async handleRequest() {
        const { fields } = this;
        if (this.isBusy || !fields.checkValidity())
            return;
        this.isBusy = true;
        this.problem = undefined;
        this.answer = undefined;
        announce(this, LABEL.RequestStarted);
        try {
            const asking = bridge.requestBearerToken(fields.collect());
            fields.forgetSecrets();
            this.show(await asking);
        }
        catch (error) {
            this.refuse(problemOf(error));
        }
        finally {
            this.isBusy = false;
        }
    }
    show(answer) {
        this.answer = answer;
        announce(this, fill(LABEL.RequestEnded, answer.exitPath, exitMark(answer.exitPath).label));
        setTimeout(() => this.template.querySelector('c-bridge-request-result')?.focus());
    }
    /** Faults of fields stand on the fields; the rest beside the buttons. */
    refuse(problem) {
        const errors = this.fields.showFaults(problem.errors ?? []);
        this.problem = { ...problem, errors };
        const isOnField = errors.length < (problem.errors?.length ?? 0);
        if (!isOnField)
            setTimeout(() => this.template.querySelector('c-bridge-problem')?.focus());
    }
    handleSaveAs() {
        this.isSaving = true;
    }
    handleCancelSave() {
        this.isSaving = false;
    }
    /** The page forgot the secrets when it sent them: they are typed once more, or the connection could not sign in. */
    missingSecrets(collected) {
        return this.groups
            .flatMap(({ fields }) => fields)
            .filter(({ name, isRequired }) => isRequired === true && SECRETS.includes(name))
            .map(({ name }) => name)
            .filter((name) => collected[name] === undefined);
    }
    async handleSave() {
        const nameInput = this.template.querySelector('[data-id="name"]');
        const providerInput = this.template.querySelector('[data-id="provider"]');
        const { fields } = this;
        const missing = this.missingSecrets(fields.collect());
        if (missing.length > 0) {
            fields.showFaults(missing.map(forgottenSecret));
            return;
        }
        if (nameInput.reportValidity() === false || !fields.checkValidity())
            return;
        this.isBusy = true;
        this.problem = undefined;
        try {
            const name = nameInput.value.trim();
            const provider = providerInput.value;
            const input = connectionInput(fields.collect());
            const apiUrl = provider === 'purecloud' ? pureCloudApi(String(input.url)) : undefined;
            await bridge.saveConnection(name, {
                ...input,
                provider,
                ...(apiUrl === undefined ? {} : { apiUrl }),
            });
            fields.forgetSecrets();
            confirmDone(this, fill(LABEL.ConnectionSaved, name));
            this.isSaving = false;
            goTo(this, { tab: 'connections', name });
        }
        catch (error) {
            this.refuse(problemOf(error));
        }
        finally {
            this.isBusy = false;
        }
    }
}
