import { LightningElement } from 'lwc';
import { LABEL } from 'c/bridgeLabels';
const TABS = [
    { value: 'overview', label: LABEL.TabOverview },
    { value: 'connections', label: LABEL.TabConnections },
    { value: 'request', label: LABEL.TabRequest },
    { value: 'syncs', label: LABEL.TabSyncs },
    { value: 'runs', label: LABEL.TabRuns },
    { value: 'activity', label: LABEL.TabActivity },
    { value: 'setup', label: LABEL.TabSetup },
];
/** The page: its tabs, and the one region that is read out. */
export default class BridgeAdmin extends LightningElement {
    label = LABEL;
    tabs = TABS;
    tab = 'overview';
    announcement = '';
    /** Its form keeps what was typed while one looks elsewhere. */
    wasRequestOpened = false;
    /** Tabs with a form that is open: it keeps what was typed, too. */
    openForms = new Set();
    connectionName;
    syncName;
    runId;
    get isOverview() {
        return this.tab === 'overview';
    }
    get hasConnections() {
        return this.isKept('connections');
    }
    get connectionsClass() {
        return this.classOf('connections');
    }
    get hasSyncs() {
        return this.isKept('syncs');
    }
    get syncsClass() {
        return this.classOf('syncs');
    }
    get isRuns() {
        return this.tab === 'runs';
    }
    get isActivity() {
        return this.tab === 'activity';
    }
    get isSetup() {
        return this.tab === 'setup';
    }
    get requestClass() {
        return this.classOf('request');
    }
    isKept(tab) {
        return this.tab === tab || this.openForms.has(tab);
    }
    classOf(tab) {
        return this.tab === tab ? '' : 'slds-hide';
    }
    handleSelect({ detail }) {
        this.open(detail.value);
    }
    handleFormChange(event) {
        const tab = event.currentTarget.dataset.tab;
        const others = [...this.openForms].filter((other) => other !== tab);
        this.openForms = new Set(event.detail.isOpen ? [...others, tab] : others);
    }
    /** From anywhere on the page to the place where a thing is dealt with. */
    handleGo({ detail }) {
        const { tab, name } = detail;
        if (tab === 'connections')
            this.connectionName = name;
        if (tab === 'syncs')
            this.syncName = name;
        if (tab === 'runs')
            this.runId = name;
        this.open(tab);
    }
    open(tab) {
        this.tab = tab;
        if (tab === 'request')
            this.wasRequestOpened = true;
    }
    /** A region that does not change is not read: the same words once more differ by a blank that nobody hears. */
    handleAnnounce({ detail }) {
        this.announcement = detail.text === this.announcement ? `${detail.text}\u00a0` : detail.text;
    }
}
