/** Plays the page's Apex controllers in a browser: the same calls of the bridge, the same answers, the same errors. */
import { LABEL } from 'c/bridgeLabels';
import { APEX_ANSWERS, APEX_CALLS, type BridgeCall } from './apex-calls.ts';
import { KEY_REFUSED, anySession, presentSession, type Session } from './bridge-key.ts';

type Params = Readonly<Record<string, string>>;

/** Apex's own limit is 120 s; the longest request of the bridge takes as long. */
const PATIENCE_MS = 125_000;

/** As the platform hands over an AuraHandledException. */
class HandledException extends Error {
  readonly body: { message: string };

  constructor(problemJson: string) {
    super('The Apex method was refused');
    this.body = { message: problemJson };
  }
}

function unanswered(isLate: boolean): HandledException {
  const remedy = isLate ? LABEL.BrowserLateRemedy : LABEL.BrowserAwayRemedy;
  const detail = isLate ? LABEL.BrowserLateDetail : LABEL.BrowserAwayDetail;
  const code = isLate ? 'bridge_timeout' : 'bridge_unreachable';
  const title = isLate ? LABEL.BrowserLateTitle : LABEL.BrowserAwayTitle;
  return new HandledException(JSON.stringify({ code, title, detail, remedy, retryable: true }));
}

function authorization(session: Session | undefined): Record<string, string> {
  return session === undefined ? {} : { authorization: `Bearer ${session.key}` };
}

async function fetched({ method, path, body }: BridgeCall, session?: Session): Promise<Response> {
  try {
    return await fetch(path, {
      method,
      headers: { ...authorization(session), 'content-type': 'application/json' },
      signal: AbortSignal.timeout(PATIENCE_MS),
      cache: 'no-store',
      ...(body === undefined ? {} : { body }),
    });
  } catch (error) {
    throw unanswered(error instanceof DOMException && error.name === 'TimeoutError');
  }
}

/** @returns the JSON that the bridge answered, as it came; `{}` where it answered without a body. */
export async function send(call: BridgeCall, session?: Session): Promise<string> {
  const response = await fetched(call, session);
  const text = await response.text().catch(() => {
    throw unanswered(false);
  });
  if (response.ok) return text === '' ? '{}' : text;
  const isOfThisSession = session !== undefined && session === presentSession();
  if (response.status === 401 && isOfThisSession) window.dispatchEvent(new CustomEvent(KEY_REFUSED));
  // A proxy before the bridge may answer with a page of its own while the bridge is away.
  if (!response.headers.get('content-type')?.includes('json')) throw unanswered(false);
  throw new HandledException(text);
}

/** Where the key was refused, what only looks waits for the next one; what would change something is not done behind someone's back. */
async function sendAsPresent(call: BridgeCall): Promise<string> {
  return await send(call, call.method === 'GET' ? await anySession() : presentSession());
}

/** Only an org can check its Named Credential and permission sets; here it is enough that the bridge answers. */
async function setup(): Promise<string> {
  const name = 'bridge';
  try {
    await send({ method: 'GET', path: '/livez' });
    return JSON.stringify({ steps: [{ name, outcome: 'done' }] });
  } catch (error) {
    const { body } = error as HandledException;
    const { detail, remedy } = JSON.parse(body.message) as { detail: string; remedy: string };
    return JSON.stringify({ steps: [{ name, outcome: 'failed', detail, remedy }] });
  }
}

/** @param name class and method, as in `@salesforce/apex/Class.method`. */
export function apexMethod(name: string): (params?: Params) => Promise<string> {
  if (name === 'BridgeSetupController.getSetup') return setup;
  const callOf = APEX_CALLS[name];
  if (callOf === undefined) throw new Error(`The browser's page does not know the Apex method ${name}`);
  const answerOf = APEX_ANSWERS[name] ?? ((json: string) => json);
  return async (params = {}) => answerOf(await sendAsPresent(callOf(params)));
}
