import { ShowToastEvent } from 'lightning/platformShowToastEvent';
/** Read out by the one polite region of the page. */
export function announce(from, text) {
    from.dispatchEvent(new CustomEvent('announce', { detail: { text }, bubbles: true, composed: true }));
}
/** For what went well and needs nothing more; whatever needs a person stands beside its cause instead. */
export function confirmDone(from, title) {
    from.dispatchEvent(new ShowToastEvent({ title, variant: 'success' }));
}
export function goTo(from, destination) {
    from.dispatchEvent(new CustomEvent('go', { detail: destination, bubbles: true, composed: true }));
}
