import { LightningElement, api } from 'lwc';
import { markOf, type Mark } from 'c/bridgeWords';

/** One status word, always as icon and word: colour alone says nothing to many people. */
export default class BridgeStatusWord extends LightningElement {
  /** One of the eight status words. */
  @api word?: string;
  /** Icon, colour and label, where it is no status word. */
  @api mark?: Mark;

  get shown(): Mark {
    return this.mark ?? markOf(this.word);
  }
}
