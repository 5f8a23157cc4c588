import { LightningElement, api } from 'lwc';
import { markOf } from 'c/bridgeWords';
/** One status word, always as icon and word: colour alone says nothing to many people. */
export default class BridgeStatusWord extends LightningElement {
    /** One of the eight status words. */
    @api
    word;
    /** Icon, colour and label, where it is no status word. */
    @api
    mark;
    get shown() {
        return this.mark ?? markOf(this.word);
    }
}
