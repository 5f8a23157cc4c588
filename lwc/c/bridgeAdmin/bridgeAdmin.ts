import { LightningElement } from 'lwc';
import { LABEL } from 'c/bridgeLabels';
import type { Destination, Tab } from 'c/bridgeTell';

/** The page: its tabs, and the one region that is read out. */
export default class BridgeAdmin extends LightningElement {
  label = LABEL;
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

  handleActive(event: Event): void {
    this.open((event.target as HTMLElement & { value: Tab }).value);
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

  handleAnnounce({ detail }: CustomEvent<{ text: string }>): void {
    this.announcement = detail.text;
  }
}
