import { LightningElement, api } from 'lwc';
/** Terms and what they are, side by side. */
export default class BridgeFacts extends LightningElement {
    @api
    facts = [];
}
