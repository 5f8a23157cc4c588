import { LightningElement } from 'lwc';
import { LABEL } from 'c/bridgeLabels';
import { KEY_REFUSED, presentSession, signOut } from '../../bridge-key.ts';

/** What Lightning Experience would give around the page: a header, and who is signed in. */
export default class Shell extends LightningElement {
  label = LABEL;
  isSignedIn = presentSession() !== undefined;
  /** Its page stays, out of sight, with what was typed into it. */
  wasRefused = false;

  handleRefused = (): void => {
    this.leave(true);
  };

  get hasPage(): boolean {
    return this.isSignedIn || this.wasRefused;
  }

  get isSignedOut(): boolean {
    return !this.isSignedIn;
  }

  get pageClass(): string {
    return this.isSignedIn ? '' : 'slds-hide';
  }

  connectedCallback(): void {
    window.addEventListener(KEY_REFUSED, this.handleRefused);
  }

  disconnectedCallback(): void {
    window.removeEventListener(KEY_REFUSED, this.handleRefused);
  }

  handleSignedIn(): void {
    this.isSignedIn = true;
    this.wasRefused = false;
    this.keepFocus();
  }

  /** What had the focus is gone; without this the next Tab would begin at the top of the browser. */
  private keepFocus(): void {
    this.template!.querySelector<HTMLElement>('h1')?.focus();
  }

  handleSignOut(): void {
    this.leave(false);
  }

  leave(wasRefused: boolean): void {
    signOut();
    this.isSignedIn = false;
    this.wasRefused = wasRefused;
    this.keepFocus();
  }
}
