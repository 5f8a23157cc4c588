import { LightningElement, api } from 'lwc';
import { LABEL } from 'c/bridgeLabels';
import { showDetail } from 'c/bridgeColumns';
import { fill } from 'c/bridgeFormat';
import { MAY_ADMINISTER } from 'c/bridgeRights';
import { NOTHING_YET, createLooking } from 'c/bridgeLook';
import { createPoll } from 'c/bridgePoll';
import { bridge } from 'c/bridgeService';
/** Every campaign sync, and the one that is looked at or changed. */
export default class BridgeSyncs extends LightningElement {
    label = LABEL;
    look = NOTHING_YET;
    connections = [];
    form = 'none';
    edited;
    mayAdminister = MAY_ADMINISTER;
    chosen;
    /** What was just saved, until the list is read again. */
    saved;
    looking = createLooking(bridge.syncs, (look) => this.show(look), (syncs) => syncs.map(({ name, status, version }) => [name, status, version]));
    poll = createPoll({
        ask: () => this.looking.again(),
        fastestMs: 2_000,
        slowestMs: 60_000,
    });
    /** The sync to show first. */
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
        void this.askConnections();
    }
    disconnectedCallback() {
        this.poll.stop();
    }
    /** Without them the form still takes their names. */
    async askConnections() {
        this.connections = await bridge.connections().catch(() => []);
    }
    /** Chosen once: a list that grows or shrinks meanwhile does not move what is looked at. */
    show(look) {
        this.look = look;
        this.chosen ??= this.syncs[0]?.name;
    }
    get syncs() {
        return this.look.data ?? [];
    }
    get isOffered() {
        return this.look.data !== undefined && this.mayAdminister;
    }
    get selected() {
        return this.syncs.find(({ name }) => name === this.chosen);
    }
    /** Of a list that could not be read nobody knows what is missing. */
    get gone() {
        const { chosen, selected } = this;
        const isKnown = this.look.problem === undefined && chosen !== undefined && chosen !== this.saved;
        return isKnown && selected === undefined ? fill(LABEL.NoLongerThere, chosen) : undefined;
    }
    get isForm() {
        return this.form !== 'none';
    }
    get isDetail() {
        return !this.isForm && this.syncs.length > 0;
    }
    get isFirstUse() {
        return !this.isForm && this.saved === undefined && this.syncs.length === 0;
    }
    get items() {
        return this.syncs.map(({ name, status, paused, contactListName, contactListId }) => {
            const isSelected = name === this.selected?.name;
            return {
                name,
                list: contactListName ?? contactListId,
                word: status ?? (paused === true ? 'Paused' : undefined),
                current: isSelected ? 'true' : undefined,
                className: isSelected ? 'item selected' : 'item',
            };
        });
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
        this.open('new', undefined);
    }
    handleEdit() {
        this.open('edit', this.selected);
    }
    open(form, edited) {
        this.edited = edited;
        this.form = form;
        setTimeout(() => this.template.querySelector('c-bridge-sync-form')?.focus());
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
            this.chosen = this.syncs.find(({ name }) => name !== detail.name)?.name;
        this.focusDetail();
    }
}
