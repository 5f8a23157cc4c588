import { LightningElement, api } from 'lwc';

/** One part of the whole on the overview: its name, its status word, and a line or two. */
export default class BridgeTile extends LightningElement {
  /** Also the heading. */
  @api name = '';
  @api iconName = '';
  /** One of the eight status words. */
  @api word = 'Unknown';
  @api lines: readonly string[] = [];

  get shownLines(): readonly { key: number; text: string }[] {
    return this.lines.map((text, key) => ({ key, text }));
  }
}
