import { LightningElement, api } from 'lwc';
import { LABEL } from 'c/bridgeLabels';
/** A small table of plain text that nobody sorts or edits. */
export default class BridgeTable extends LightningElement {
    /** What it lists, for who cannot see where it stands. */
    @api
    name = '';
    @api
    heads = [];
    @api
    lines = [];
    label = LABEL;
    get headCells() {
        return this.heads.map((text, key) => ({ key, text }));
    }
    get rows() {
        return this.lines.map(({ key, cells }) => ({
            key,
            cells: cells.map((text, index) => ({ key: index, text })),
        }));
    }
    get isEmpty() {
        return this.lines.length === 0;
    }
}
