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
  /** Tabs with a form that is open: it keeps what was typed, too. */
  private openForms: ReadonlySet<Tab> = new Set();
  connectionName?: string | undefined;
  syncName?: string | undefined;
  runId?: string | undefined;

  get isOverview(): boolean {
    return this.tab === 'overview';
  }

  get hasConnections(): boolean {
    return this.isKept('connections');
  }

  get connectionsClass(): string {
    return this.classOf('connections');
  }

  get hasSyncs(): boolean {
    return this.isKept('syncs');
  }

  get syncsClass(): string {
    return this.classOf('syncs');
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
    return this.classOf('request');
  }

  private isKept(tab: Tab): boolean {
    return this.tab === tab || this.openForms.has(tab);
  }

  private classOf(tab: Tab): string {
    return this.tab === tab ? '' : 'slds-hide';
  }

  handleSelect({ detail }: CustomEvent<{ value: Tab }>): void {
    this.open(detail.value);
  }

  handleFormChange(event: CustomEvent<{ isOpen: boolean }>): void {
    const tab = (event.currentTarget as HTMLElement).dataset.tab as Tab;
    const others = [...this.openForms].filter((other) => other !== tab);
    this.openForms = new Set(event.detail.isOpen ? [...others, tab] : others);
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
