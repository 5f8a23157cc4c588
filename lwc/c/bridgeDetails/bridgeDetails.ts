import { LightningElement, api } from 'lwc';
import { LABEL } from 'c/bridgeLabels';
import { announce } from 'c/bridgeTell';

export interface Detail {
  label: string;
  value: string;
}

/** What support asks for, folded away, with a button that copies it. */
export default class BridgeDetails extends LightningElement {
  /** Lines of label and value; never a secret. */
  @api lines: readonly Detail[] = [];
  label = LABEL;
  isOpen = false;

  get toggleLabel(): string {
    return this.isOpen ? LABEL.HideDetails : LABEL.ShowDetails;
  }

  get toggleIcon(): string {
    return this.isOpen ? 'utility:chevrondown' : 'utility:chevronright';
  }

  get ariaExpanded(): string {
    return String(this.isOpen);
  }

  get hasLines(): boolean {
    return this.lines.length > 0;
  }

  handleToggle(): void {
    this.isOpen = !this.isOpen;
  }

  async handleCopy(): Promise<void> {
    const text = this.lines.map(({ label, value }) => `${label}: ${value}`).join('\n');
    try {
      await navigator.clipboard.writeText(text);
      announce(this, LABEL.Copied);
    } catch {
      announce(this, LABEL.CopyRefused);
    }
  }
}
