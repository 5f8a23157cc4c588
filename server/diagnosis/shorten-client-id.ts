/** A client id as it may be shown: enough to recognise one's own, not enough to use. Pure. */

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const CONSUMER_KEY = /^3MVG[\w.]{20,500}$/;

export function isUuid(text: string): boolean {
  return UUID.test(text);
}

export function isConsumerKey(text: string): boolean {
  return CONSUMER_KEY.test(text);
}

/**
 * `3f2a…9c1e` for a value shaped like a client id of PureCloud or a consumer key of Salesforce, nothing for any other:
 * a value in the wrong field may be a secret.
 */
export function shortenClientId(clientId: string): string | undefined {
  if (!isUuid(clientId) && !isConsumerKey(clientId)) return undefined;
  return `${clientId.slice(0, 4)}…${clientId.slice(-4)}`;
}
