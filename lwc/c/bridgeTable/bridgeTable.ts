import { LightningElement, api } from 'lwc';
import { LABEL } from 'c/bridgeLabels';

interface Cell {
  key: number;
  text: string;
}

/** A small table of plain text that nobody sorts or edits. */
export default class BridgeTable extends LightningElement {
  /** What it lists, for who cannot see where it stands. */
  @api name = '';
  @api heads: readonly string[] = [];
  @api lines: readonly { key: string; cells: readonly string[] }[] = [];
  label = LABEL;

  get headCells(): readonly Cell[] {
    return this.heads.map((text, key) => ({ key, text }));
  }

  get rows(): readonly { key: string; cells: readonly Cell[] }[] {
    return this.lines.map(({ key, cells }) => ({
      key,
      cells: cells.map((text, index) => ({ key: index, text })),
    }));
  }

  get isEmpty(): boolean {
    return this.lines.length === 0;
  }
}
