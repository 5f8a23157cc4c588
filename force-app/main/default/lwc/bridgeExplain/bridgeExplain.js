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
    turn = 0;
    async handleExplain() {
        const input = this.template.querySelector('[data-id="pasted"]');
        if (input.reportValidity() === false)
            return;
        const turn = ++this.turn;
        this.isBusy = true;
        this.problem = undefined;
        try {
            const { findings } = await bridge.diagnose({ text: input.value });
            if (turn !== this.turn)
                return;
            this.findings = findings;
            announce(this, fill(LABEL.FindingsCount, findings.length));
        }
        catch (error) {
            if (turn !== this.turn)
                return;
            this.problem = problemOf(error);
            this.findings = [];
        }
        finally {
            if (turn === this.turn)
                this.isBusy = false;
        }
    }
    /** It may hold a secret: with the findings it is gone, those too that are still on their way. */
    handleClear() {
        const input = this.template.querySelector('[data-id="pasted"]');
        input.value = '';
        this.turn += 1;
        this.isBusy = false;
        this.findings = [];
        this.problem = undefined;
    }
}
