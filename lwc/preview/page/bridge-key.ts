/** The key of the person at this page: in memory, until the page is left. */
let present: string | undefined;

export const KEY_REFUSED = 'bridgekeyrefused';

export function signIn(key: string): void {
  present = key;
}

export function signOut(): void {
  present = undefined;
}

export function authorization(): Record<string, string> {
  return present === undefined ? {} : { authorization: `Bearer ${present}` };
}

export function isSignedIn(): boolean {
  return present !== undefined;
}
