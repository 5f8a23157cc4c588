import { LightningElement, api } from 'lwc';
import { LABEL } from 'c/bridgeLabels';
import { showDetail } from 'c/bridgeColumns';
import { fill } from 'c/bridgeFormat';
import { MAY_ADMINISTER } from 'c/bridgeRights';
import { NOTHING_YET } from 'c/bridgeLook';
/**
 * What the lists of connections and of syncs have in common: the one that is looked at, and the form beside them. The parent hears
 * `formchange`: what is typed in a form that is open is lost with it.
 */
export default class BridgeStoredList extends LightningElement {
    label = LABEL;
    look = NOTHING_YET;
    form = 'none';
    mayAdminister = MAY_ADMINISTER;
    /** As it was when the form opened: what is asked for meanwhile must not wipe what is typed. */
    edited;
    chosen;
    /** What was just saved, until the list is read again. */
    saved;
    /** The one to show first. */
    @api
    get selectedName() {
        return this.chosen;
    }
    set selectedName(name) {
        if (name !== undefined)
            this.chosen = name;
    }
    connectedCallback() {
        this.poll.start();
    }
    disconnectedCallback() {
        this.poll.stop();
    }
    /** Chosen once: a list that grows or shrinks meanwhile does not move what is looked at. */
    show(look) {
        this.look = look;
        this.chosen ??= this.all[0]?.name;
    }
    get all() {
        return this.look.data ?? [];
    }
    /** Without the list there is no place for a form. */
    get isOffered() {
        return this.look.data !== undefined && this.mayAdminister;
    }
    get selected() {
        return this.all.find(({ name }) => name === this.chosen);
    }
    /** Of a list that could not be read nobody knows what is missing. */
    get gone() {
        const { chosen, selected } = this;
        const isKnown = this.look.problem === undefined && chosen !== undefined && chosen !== this.saved;
        return isKnown && selected === undefined ? fill(LABEL.NoLongerThere, chosen) : undefined;
    }
    get selectedItem() {
        return this.selected?.name;
    }
    get isForm() {
        return this.form !== 'none';
    }
    get hasAny() {
        return this.all.length > 0;
    }
    get isDetail() {
        return !this.isForm && this.hasAny;
    }
    /** Out of sight beside a form, and with its filter as it was afterwards. */
    get listClass() {
        return this.isForm ? 'slds-hide' : '';
    }
    get isFirstUse() {
        return !this.isForm && this.saved === undefined && !this.hasAny;
    }
    handleRefresh() {
        return this.poll.again();
    }
    handlePick({ detail }) {
        this.chosen = detail.name;
        this.change('none');
        setTimeout(() => showDetail(this.template));
    }
    handleNew() {
        this.open('new', undefined);
    }
    handleEdit() {
        this.open('edit', this.selected);
    }
    open(form, edited) {
        this.edited = edited;
        this.change(form);
        setTimeout(() => this.template.querySelector('[data-id="form"]')?.focus());
    }
    change(form) {
        this.form = form;
        this.dispatchEvent(new CustomEvent('formchange', { detail: { isOpen: this.isForm } }));
    }
    async handleSaved({ detail }) {
        this.change('none');
        this.chosen = this.saved = detail.name;
        await this.poll.again();
        this.saved = undefined;
        if (this.chosen === detail.name && !this.isForm)
            this.focusDetail();
    }
    handleCancel() {
        this.change('none');
        this.focusDetail();
    }
    focusDetail() {
        setTimeout(() => {
            const picker = this.template.querySelector('c-bridge-picker');
            const isFocused = picker?.focusSelected() ?? false;
            if (!isFocused)
                this.template.querySelector('[data-id="new"]')?.focus();
        });
    }
    async handleRemoved({ detail }) {
        await this.poll.again();
        if (detail.name === this.chosen)
            this.chosen = this.all.find(({ name }) => name !== detail.name)?.name;
        this.focusDetail();
    }
}
