/** The key of the person at this page: in memory, until the page is left. */
let present: string | undefined;
let hasWorked = false;

/** Told when the bridge stops taking a key that it took before. */
export const KEY_REFUSED = 'bridgekeyrefused';

export function signIn(key: string): void {
  present = key;
  hasWorked = false;
}

export function signOut(): void {
  present = undefined;
  hasWorked = false;
}

export function authorization(): Record<string, string> {
  return present === undefined ? {} : { authorization: `Bearer ${present}` };
}

export function confirmKey(): void {
  hasWorked = true;
}

export function isSignedIn(): boolean {
  return hasWorked;
}
