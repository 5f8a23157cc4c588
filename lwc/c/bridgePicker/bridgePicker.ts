import { LightningElement, api } from 'lwc';
import { LABEL } from 'c/bridgeLabels';

export interface PickerItem {
  name: string;
  note?: string | undefined;
  /** For c/bridgeStatusWord. */
  word?: string | undefined;
}

/** From here on one is looked for by its name, and not by eye. */
const MANY = 10;

/** Names, of which one is looked at. The parent hears `pick` with the name of another. */
export default class BridgePicker extends LightningElement {
  @api items: readonly PickerItem[] = [];
  /** Name of the one that is looked at. */
  @api selected?: string;
  label = LABEL;
  filter = '';

  /** The one that is looked at takes the focus. @returns false: it is not among those that are listed. */
  @api
  focusSelected(): boolean {
    const item = this.template!.querySelector<HTMLElement>('.selected');
    item?.focus();
    return item !== null;
  }

  get isLong(): boolean {
    return this.items.length > MANY;
  }

  get listed(): readonly object[] {
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

  get isNoneListed(): boolean {
    return this.listed.length === 0;
  }

  handleFilter({ detail }: CustomEvent<{ value: string }>): void {
    this.filter = detail.value;
  }

  handlePick(event: Event): void {
    const { name } = (event.currentTarget as HTMLElement).dataset;
    this.dispatchEvent(new CustomEvent('pick', { detail: { name } }));
  }
}
