/** The key of the person at this page: in memory, until the page is left. */
export interface Session {
  key: string;
}

let present: Session | undefined;
let next = Promise.withResolvers<Session>();

/** Told when the bridge stops taking the key of the present session. */
export const KEY_REFUSED = 'bridgekeyrefused';

/** What a browser can put into a header at all: Latin-1 without control characters. */
export function isSendable(key: string): boolean {
  return /^[ -~\u0080-\u00ff]*$/.test(key);
}

/** @param session Whose key the bridge has taken. */
export function signIn(session: Session): void {
  present = session;
  next.resolve(session);
}

/** Who waited for the session before waits for ever: its page is gone. */
export function signOut(): void {
  present = undefined;
  next = Promise.withResolvers<Session>();
}

export function presentSession(): Session | undefined {
  return present;
}

/** The present session, or the next one. */
export async function anySession(): Promise<Session> {
  return present ?? (await next.promise);
}
