import { LightningElement } from 'lwc';
import { LABEL } from 'c/bridgeLabels';
import { fill } from 'c/bridgeFormat';
import { bridge, problemOf, type Diagnosis, type Problem } from 'c/bridgeService';
import { announce } from 'c/bridgeTell';

/** A failure met elsewhere, pasted: what was wrong with it. Nothing pasted is stored. */
export default class BridgeExplain extends LightningElement {
  label = LABEL;
  findings: readonly Diagnosis[] = [];
  problem?: Problem | undefined;
  isBusy = false;

  async handleExplain(): Promise<void> {
    const input = this.template!.querySelector<HTMLTextAreaElement>('[data-id="pasted"]')!;
    if (input.reportValidity() === false) return;
    this.isBusy = true;
    this.problem = undefined;
    try {
      const { findings } = await bridge.diagnose({ text: input.value });
      this.findings = findings;
      announce(this, fill(LABEL.FindingsCount, findings.length));
    } catch (error) {
      this.problem = problemOf(error);
      this.findings = [];
    } finally {
      this.isBusy = false;
    }
  }

  /** It may hold a secret: with the findings it is gone. */
  handleClear(): void {
    const input = this.template!.querySelector<HTMLTextAreaElement>('[data-id="pasted"]')!;
    input.value = '';
    this.findings = [];
    this.problem = undefined;
  }
}
