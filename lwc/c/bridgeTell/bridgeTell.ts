/** Says something to the person: to all who read the screen, or as a short confirmation. Never a secret: both outlive the call. */
import type { LightningElement } from 'lwc';
import { ShowToastEvent } from 'lightning/platformShowToastEvent';

/** Read out by the one polite region of the page. */
export function announce(from: LightningElement, text: string): void {
  from.dispatchEvent(new CustomEvent('announce', { detail: { text }, bubbles: true, composed: true }));
}

/** For what went well and needs nothing more; whatever needs a person stands beside its cause instead. */
export function confirmDone(from: LightningElement, title: string): void {
  from.dispatchEvent(new ShowToastEvent({ title, variant: 'success' }));
}

export type Tab = 'overview' | 'connections' | 'request' | 'syncs' | 'runs' | 'activity' | 'setup';

export interface Destination {
  tab: Tab;
  /** Connection, sync or run to show there. */
  name?: string;
}

export function goTo(from: LightningElement, destination: Destination): void {
  from.dispatchEvent(new CustomEvent('go', { detail: destination, bubbles: true, composed: true }));
}
