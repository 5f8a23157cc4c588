import { LightningElement, api } from 'lwc';
import { LABEL } from 'c/bridgeLabels';
import { showDetail } from 'c/bridgeColumns';
import { fill } from 'c/bridgeFormat';
import { MAY_ADMINISTER } from 'c/bridgeRights';
import { NOTHING_YET, createLooking } from 'c/bridgeLook';
import { createPoll } from 'c/bridgePoll';
import { providerLabel } from 'c/bridgeInputs';
import { bridge } from 'c/bridgeService';
/** Every connection, and the one that is looked at or changed. */
export default class BridgeConnections extends LightningElement {
    label = LABEL;
    list = NOTHING_YET;
    status = NOTHING_YET;
    form = 'none';
    mayAdminister = MAY_ADMINISTER;
    /** As it was when the form opened: what is asked for meanwhile must not wipe what is typed. */
    edited;
    chosen;
    /** What was just saved, until the list is read again. */
    saved;
    lookingAtList = createLooking(bridge.connections, (look) => this.show(look));
    lookingAtStatus = createLooking(bridge.status, (look) => (this.status = look), ({ connections }) => connections.map(({ name, status }) => [name, status]));
    poll = createPoll({ ask: () => this.ask(), fastestMs: 2_000, slowestMs: 60_000 });
    /** The connection to show first. */
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
    async ask() {
        return (await Promise.all([this.lookingAtList.again(), this.lookingAtStatus.again()])).includes(true);
    }
    /** Chosen once: a list that grows or shrinks meanwhile does not move what is looked at. */
    show(look) {
        this.list = look;
        this.chosen ??= this.connections[0]?.name;
    }
    get connections() {
        return this.list.data ?? [];
    }
    /** Without the list there is no place for a form. */
    get isOffered() {
        return this.list.data !== undefined && this.mayAdminister;
    }
    get isEmpty() {
        return this.connections.length === 0;
    }
    get selected() {
        return this.connections.find(({ name }) => name === this.chosen);
    }
    /** Of a list that could not be read nobody knows what is missing. */
    get gone() {
        const { chosen, selected } = this;
        const isKnown = this.list.problem === undefined && chosen !== undefined && chosen !== this.saved;
        return isKnown && selected === undefined ? fill(LABEL.NoLongerThere, chosen) : undefined;
    }
    get selectedStatus() {
        return this.statusOf(this.selected?.name);
    }
    statusOf(name) {
        return this.status.data?.connections.find((status) => status.name === name);
    }
    get items() {
        return this.connections.map(({ name, provider }) => {
            const isSelected = name === this.selected?.name;
            return {
                name,
                provider: providerLabel(provider),
                word: this.statusOf(name)?.status,
                current: isSelected ? 'true' : undefined,
                className: isSelected ? 'item selected' : 'item',
            };
        });
    }
    get isForm() {
        return this.form !== 'none';
    }
    get isDetail() {
        return !this.isForm && !this.isEmpty;
    }
    get isFirstUse() {
        return !this.isForm && this.saved === undefined && this.isEmpty;
    }
    handleRefresh() {
        return this.poll.again();
    }
    handleSelect(event) {
        this.chosen = event.currentTarget.dataset.name;
        this.form = 'none';
        setTimeout(() => showDetail(this.template));
    }
    handleNew() {
        this.open('new');
    }
    handleEdit() {
        this.open('edit');
    }
    open(form) {
        this.form = form;
        this.edited = form === 'edit' ? this.selected : undefined;
        setTimeout(() => this.template.querySelector('c-bridge-connection-form')?.focus());
    }
    async handleSaved({ detail }) {
        this.form = 'none';
        this.chosen = this.saved = detail.name;
        await this.poll.again();
        this.saved = undefined;
        if (this.chosen === detail.name && !this.isForm)
            this.focusDetail();
    }
    handleCancel() {
        this.form = 'none';
        this.focusDetail();
    }
    focusDetail() {
        setTimeout(() => {
            const item = this.template.querySelector('.selected');
            (item ?? this.template.querySelector('[data-id="new"]'))?.focus();
        });
    }
    async handleRemoved({ detail }) {
        await this.poll.again();
        if (detail.name === this.chosen)
            this.chosen = this.connections.find(({ name }) => name !== detail.name)?.name;
        this.focusDetail();
    }
}
