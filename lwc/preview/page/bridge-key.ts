/** The key of the person at this page: in memory, until the page is left. */
let present: string | undefined;
let hasWorked = false;
let signIns = 0;

/** Told when the bridge stops taking a key that it took before. */
export const KEY_REFUSED = 'bridgekeyrefused';

/** What a browser can put into a header at all: Latin-1 without control characters. */
export function isSendable(key: string): boolean {
  return /^[ -~\u0080-\u00ff]*$/.test(key);
}

export function signIn(key: string): void {
  present = key;
  hasWorked = false;
  signIns += 1;
}

export function signOut(): void {
  present = undefined;
  hasWorked = false;
}

export function authorization(): Record<string, string> {
  return present === undefined ? {} : { authorization: `Bearer ${present}` };
}

/** Which sign-in it is that lasts: an answer to a call of one before says nothing of this one. */
export function session(): number {
  return signIns;
}

export function confirmKey(): void {
  hasWorked = true;
}

export function isSignedIn(): boolean {
  return hasWorked;
}
