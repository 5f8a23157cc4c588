import { LightningElement } from 'lwc';
import { LABEL } from 'c/bridgeLabels';
import { fill } from 'c/bridgeFormat';
import { bridge, problemOf } from 'c/bridgeService';
import { announce } from 'c/bridgeTell';
/** A failure met elsewhere, pasted: what was wrong with it. Nothing pasted is stored. */
export default class BridgeExplain extends LightningElement {
    label = LABEL;
    findings = [];
    problem;
    isBusy = false;
    async handleExplain() {
        const input = this.template.querySelector('[data-id="pasted"]');
        if (input.reportValidity() === false)
            return;
        this.isBusy = true;
        this.problem = undefined;
        try {
            const { findings } = await bridge.diagnose({ text: input.value });
            this.findings = findings;
            announce(this, fill(LABEL.FindingsCount, findings.length));
        }
        catch (error) {
            this.problem = problemOf(error);
            this.findings = [];
        }
        finally {
            this.isBusy = false;
        }
    }
    /** It may hold a secret: with the findings it is gone. */
    handleClear() {
        const input = this.template.querySelector('[data-id="pasted"]');
        input.value = '';
        this.findings = [];
        this.problem = undefined;
    }
}
