import { LightningElement, api } from 'lwc';
const NEXT = {
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
    @api
    name = '';
    @api
    tabs = [];
    /** Value of the tab that is shown; the parent hears `tabselect` and sets it. */
    @api
    value = '';
    /** `default`, or `scoped` for tabs inside a tab. */
    @api
    variant = 'default';
    get views() {
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
    get frameClass() {
        return `slds-tabs_${this.variant}`;
    }
    get navClass() {
        return `slds-tabs_${this.variant}__nav nav`;
    }
    get linkClass() {
        return `slds-tabs_${this.variant}__link`;
    }
    get panelName() {
        return this.tabs.find(({ value }) => value === this.value)?.label ?? '';
    }
    handleClick(event) {
        event.preventDefault();
        this.select(event.currentTarget.dataset.value ?? '');
    }
    /** One stop for Tab, and arrows inside, as the pattern of ARIA has it. With a modifier they are the browser's: Alt+Left goes back. */
    handleKeyDown(event) {
        const next = NEXT[event.key];
        const isModified = event.altKey || event.ctrlKey || event.metaKey || event.shiftKey;
        if (next === undefined || isModified)
            return;
        event.preventDefault();
        const index = this.tabs.findIndex(({ value }) => value === this.value);
        const { value = '' } = this.tabs[next(index, this.tabs.length)] ?? {};
        this.select(value);
        this.template.querySelector(`[data-value="${value}"]`)?.focus();
    }
    select(value) {
        if (value !== this.value)
            this.dispatchEvent(new CustomEvent('tabselect', { detail: { value } }));
    }
}
