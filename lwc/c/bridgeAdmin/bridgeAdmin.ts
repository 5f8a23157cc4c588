import { LightningElement } from 'lwc';
import { LABEL } from 'c/bridgeLabels';
import type { Destination, Tab } from 'c/bridgeTell';

const TABS: readonly { value: Tab; label: string }[] = [
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
  tab: Tab = 'overview';
  announcement = '';
  /** Its form keeps what was typed while one looks elsewhere. */
  wasRequestOpened = false;
  connectionName?: string | undefined;
  syncName?: string | undefined;
  runId?: string | undefined;

  get isOverview(): boolean {
    return this.tab === 'overview';
  }

  get isConnections(): boolean {
    return this.tab === 'connections';
  }

  get isSyncs(): boolean {
    return this.tab === 'syncs';
  }

  get isRuns(): boolean {
    return this.tab === 'runs';
  }

  get isActivity(): boolean {
    return this.tab === 'activity';
  }

  get isSetup(): boolean {
    return this.tab === 'setup';
  }

  get requestClass(): string {
    return this.tab === 'request' ? '' : 'slds-hide';
  }

  handleSelect({ detail }: CustomEvent<{ value: Tab }>): void {
    this.open(detail.value);
  }

  /** From anywhere on the page to the place where a thing is dealt with. */
  handleGo({ detail }: CustomEvent<Destination>): void {
    const { tab, name } = detail;
    if (tab === 'connections') this.connectionName = name;
    if (tab === 'syncs') this.syncName = name;
    if (tab === 'runs') this.runId = name;
    this.open(tab);
  }

  private open(tab: Tab): void {
    this.tab = tab;
    if (tab === 'request') this.wasRequestOpened = true;
  }

  /** A region that does not change is not read: the same words once more differ by a blank that nobody hears. */
  handleAnnounce({ detail }: CustomEvent<{ text: string }>): void {
    this.announcement = detail.text === this.announcement ? `${detail.text}\u00a0` : detail.text;
  }
}
