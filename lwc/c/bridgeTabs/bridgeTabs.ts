import { LightningElement, api } from 'lwc';

export interface TabItem {
  value: string;
  label: string;
}

interface TabView extends TabItem {
  itemClass: string;
  selected: string;
  tabIndex: string;
}

const NEXT: Readonly<Record<string, (index: number, count: number) => number>> = {
  ArrowRight: (index, count) => (index + 1) % count,
  ArrowLeft: (index, count) => (index + count - 1) % count,
  Home: () => 0,
  End: (_index, count) => count - 1,
};

/**
 * Tabs after the blueprint of the design system. lightning-tabset hides what does not fit behind a menu that is a tab and a button
 * in one, which screen readers cannot tell apart; here the bar takes another line.
 */
export default class BridgeTabs extends LightningElement {
  /** What one chooses between, for who cannot see it. */
  @api name = '';
  @api tabs: readonly TabItem[] = [];
  /** Value of the tab that is shown; the parent hears `tabselect` and sets it. */
  @api value = '';
  /** `default`, or `scoped` for tabs inside a tab. */
  @api variant: 'default' | 'scoped' = 'default';

  get views(): readonly TabView[] {
    return this.tabs.map(({ value, label }) => {
      const isSelected = value === this.value;
      return {
        value,
        label,
        itemClass: `slds-tabs_${this.variant}__item${isSelected ? ' slds-is-active' : ''}`,
        selected: String(isSelected),
        tabIndex: isSelected ? '0' : '-1',
      };
    });
  }

  get frameClass(): string {
    return `slds-tabs_${this.variant}`;
  }

  get navClass(): string {
    return `slds-tabs_${this.variant}__nav nav`;
  }

  get linkClass(): string {
    return `slds-tabs_${this.variant}__link`;
  }

  get panelName(): string {
    return this.tabs.find(({ value }) => value === this.value)?.label ?? '';
  }

  handleClick(event: Event): void {
    event.preventDefault();
    this.select((event.currentTarget as HTMLElement).dataset.value ?? '');
  }

  /** One stop for Tab, and arrows inside, as the pattern of ARIA has it. With a modifier they are the browser's: Alt+Left goes back. */
  handleKeyDown(event: KeyboardEvent): void {
    const next = NEXT[event.key];
    const isModified = event.altKey || event.ctrlKey || event.metaKey || event.shiftKey;
    if (next === undefined || isModified) return;
    event.preventDefault();
    const index = this.tabs.findIndex(({ value }) => value === this.value);
    const { value = '' } = this.tabs[next(index, this.tabs.length)] ?? {};
    this.select(value);
    this.template!.querySelector<HTMLElement>(`[data-value="${value}"]`)?.focus();
  }

  private select(value: string): void {
    if (value !== this.value) this.dispatchEvent(new CustomEvent('tabselect', { detail: { value } }));
  }
}
