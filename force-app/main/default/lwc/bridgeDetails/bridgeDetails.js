import { LightningElement, api } from 'lwc';
import { LABEL } from 'c/bridgeLabels';
import { announce } from 'c/bridgeTell';
/** What support asks for, folded away, with a button that copies it. */
export default class BridgeDetails extends LightningElement {
    /** Lines of label and value; never a secret. */
    @api
    lines = [];
    label = LABEL;
    isOpen = false;
    get toggleLabel() {
        return this.isOpen ? LABEL.HideDetails : LABEL.ShowDetails;
    }
    get toggleIcon() {
        return this.isOpen ? 'utility:chevrondown' : 'utility:chevronright';
    }
    get ariaExpanded() {
        return String(this.isOpen);
    }
    get hasLines() {
        return this.lines.length > 0;
    }
    handleToggle() {
        this.isOpen = !this.isOpen;
    }
    async handleCopy() {
        const text = this.lines.map(({ label, value }) => `${label}: ${value}`).join('\n');
        try {
            await navigator.clipboard.writeText(text);
            announce(this, LABEL.Copied);
        }
        catch {
            announce(this, LABEL.CopyRefused);
        }
    }
}
