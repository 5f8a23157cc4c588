import { LightningElement, api } from 'lwc';
import { LABEL } from 'c/bridgeLabels';
/** From here on one is looked for by its name, and not by eye. */
const MANY = 10;
/** Names, of which one is looked at. The parent hears `pick` with the name of another. */
export default class BridgePicker extends LightningElement {
    @api
    items = [];
    /** Name of the one that is looked at. */
    @api
    selected;
    label = LABEL;
    filter = '';
    /** The one that is looked at takes the focus. @returns false: it is not among those that are listed. */
    @api
    focusSelected() {
        const item = this.template.querySelector('.selected');
        item?.focus();
        return item !== null;
    }
    get isLong() {
        return this.items.length > MANY;
    }
    get listed() {
        const text = this.isLong ? this.filter.trim().toLowerCase() : '';
        return this.items
            .filter(({ name }) => name.includes(text))
            .map((item) => {
            const isSelected = item.name === this.selected;
            return {
                ...item,
                current: isSelected ? 'true' : undefined,
                className: isSelected ? 'item selected' : 'item',
            };
        });
    }
    get isNoneListed() {
        return this.listed.length === 0;
    }
    handleFilter({ detail }) {
        this.filter = detail.value;
    }
    handlePick(event) {
        const { name } = event.currentTarget.dataset;
        this.dispatchEvent(new CustomEvent('pick', { detail: { name } }));
    }
}
