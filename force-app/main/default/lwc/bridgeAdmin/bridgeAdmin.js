import { LightningElement } from 'lwc';
import { LABEL } from 'c/bridgeLabels';
/** The page: its tabs, and the one region that is read out. */
export default class BridgeAdmin extends LightningElement {
    label = LABEL;
    tab = 'overview';
    announcement = '';
    /** Its form keeps what was typed while one looks elsewhere. */
    wasRequestOpened = false;
    connectionName;
    syncName;
    runId;
    get isOverview() {
        return this.tab === 'overview';
    }
    get isConnections() {
        return this.tab === 'connections';
    }
    get isSyncs() {
        return this.tab === 'syncs';
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
    handleActive(event) {
        this.open(event.target.value);
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
    handleAnnounce({ detail }) {
        this.announcement = detail.text;
    }
}
