/** Rows about what Apex says when a callout does not come to an answer. Matched on its exception texts. Pure. */
import type { OutcomeRow } from '../diagnosis-row.ts';
import type { Evidence } from '../evidence.ts';

/** Only plain text: an upstream's answer that holds such a phrase speaks about something else. */
function says({ text }: Evidence, phrase: RegExp): boolean {
  return phrase.test(text);
}

const CALL = 'callout:PureCloud_Bridge/…';

export const APEX_ROWS: readonly OutcomeRow[] = [
  {
    code: 'remote_site_missing',
    title: 'Apex called a URL that the org does not allow',
    causes: [
      'The code calls a raw URL, and the org has no remote site for it.',
      'The Named Credential was left out: the endpoint must begin with callout:.',
    ],
    remedy: `Call ${CALL} instead of a URL; no remote site is needed then.`,
    when: (e) => says(e, /unauthorized endpoint|remote site settings/),
  },
  {
    code: 'credential_access_missing',
    title: 'The running user may not use the External Credential',
    causes: [
      'The permission set that grants the principal is not assigned to the running user.',
      'The user lacks Read on User External Credentials.',
      'The flow runs as the Default Workflow User or, of API version 52 and older, as Automated Process, which has no permission set by itself.',
      'The External Credential was renamed or not deployed.',
    ],
    remedy:
      'Assign the permission set of PureCloud Bridge for callers to the running user; for schedule-triggered flows to the one as whom they run.',
    when: (e) => says(e, /couldn't access the credential/),
  },
  {
    code: 'named_credential_missing',
    title: 'The org has no Named Credential of that name',
    causes: [
      'The name after callout: is misspelt.',
      'The Named Credential was not deployed to this org.',
      'The running user may not use it.',
    ],
    remedy: 'Check the name in Setup > Named Credentials: it is PureCloud_Bridge unless someone renamed it.',
    when: (e) => says(e, /named credential .{0,120}might not exist|couldn't access the endpoint/),
  },
  {
    code: 'external_credential_token_failed',
    title: 'Salesforce could not fetch a token for the External Credential',
    causes: [
      'The token endpoint needs headers that Salesforce does not send there: custom headers do not reach it.',
      'Client id or secret of the principal is wrong.',
      'The URL of the identity provider is wrong.',
    ],
    remedy:
      'Set up the External Credential with the key of the bridge (Custom), or with https://{bridge}/login/{connection}/oauth/token as token endpoint.',
    when: (e) => says(e, /unable to fetch the oauth token/),
  },
  {
    code: 'jwt_exchange_failed',
    title: 'Salesforce could not exchange its JWT for a token',
    causes: [
      'A legacy Named Credential of type JWT was used for client credentials, which it cannot do.',
      'Issuer, audience or certificate do not suit the token endpoint.',
    ],
    remedy: `Use an External Credential for the bridge instead, and call ${CALL}.`,
    when: (e) => says(e, /unable to complete the jwt token exchange/),
  },
  {
    code: 'namespace_not_allowed',
    title: 'The package may not use this Named Credential',
    causes: ['The code runs in the namespace of a package, and the Named Credential does not list it.'],
    remedy: 'Add the namespace to Allowed Namespaces for Callouts, in Setup > Named Credentials.',
    when: (e) =>
      says(
        e,
        /allowed namespaces|namespace .{0,80}(?:isn't|is not|not) (?:allowed|permitted).{0,80}(?:callout|credential)/,
      ),
  },
  {
    code: 'uncommitted_work',
    title: 'Apex may not call out after it has saved something',
    causes: ['The same transaction inserted, updated or enqueued something before the callout.'],
    remedy:
      'Call the bridge before saving, or move the call into a Queueable that implements Database.AllowsCallouts.',
    when: (e) => says(e, /uncommitted work pending/),
  },
  {
    code: 'apex_read_timed_out',
    title: 'Apex stopped waiting for the answer',
    causes: [
      'Apex waits 10 s unless the code sets more.',
      'The call does work that takes long.',
      'All callouts of a transaction share 120 s.',
    ],
    remedy:
      'Start a run instead of waiting: POST /v1/syncs/{name}/runs answers at once. For other calls raise req.setTimeout, and X-Bridge-Timeout-Seconds with it.',
    when: (e) => says(e, /read timed out|exceeded maximum time allotted for callout/),
  },
  {
    code: 'too_many_callouts',
    title: 'One transaction made too many callouts',
    causes: ['The code calls once for every record; a transaction may call 100 times.'],
    remedy: 'Send the records as one list in one call, or start a run of a sync.',
    when: (e) => says(e, /too many callouts/),
  },
  {
    code: 'apex_certificate_refused',
    title: 'Salesforce does not trust the certificate of the bridge',
    causes: [
      'The bridge does not send its intermediate certificates.',
      'The certificate has expired, is self-signed or comes from a private authority.',
      'The certificate is for another host name.',
    ],
    remedy:
      'Put the full chain of a public certificate authority into the file that BRIDGE_TLS_CERT names, or into the reverse proxy in front of the bridge.',
    when: (e) =>
      says(
        e,
        /pkix path|chaining check failed|valid certification path|no subject alternative|no name matching .{1,120} found|certificate_unknown/,
      ),
  },
  {
    code: 'callout_not_allowed_here',
    title: 'Apex may not call out from here',
    causes: [
      'Triggers and scheduled classes call out in background jobs only.',
      'A future method lacks (callout=true).',
    ],
    remedy:
      'Move the call into a Queueable that implements Database.AllowsCallouts, and enqueue it from here.',
    when: (e) =>
      says(e, /callouts? from (?:triggers?|scheduled apex|scheduler)|callout not allowed from this/),
  },
  {
    code: 'apex_test_without_mock',
    title: 'An Apex test called out without a mock',
    causes: ['Test methods may not call out; the test set no mock.'],
    remedy: 'Set a mock before the call: Test.setMock(HttpCalloutMock.class, mock).',
    when: (e) => says(e, /do not support web service callouts/),
  },
  {
    code: 'apex_size_exceeded',
    title: 'The request or answer is too large for Apex',
    causes: ['Apex takes 6 MB in a synchronous transaction and 12 MB in an asynchronous one.'],
    remedy: 'Ask for smaller pages, or let a sync of the bridge move the data without Apex.',
    when: (e) => says(e, /exceeded max size limit of/),
  },
  {
    code: 'apex_endpoint_malformed',
    title: 'Apex was given an endpoint that is no URL',
    causes: [
      'The endpoint begins neither with callout: nor with https://.',
      'A variable of the endpoint was null.',
    ],
    remedy: `Set the endpoint to ${CALL}, in one piece.`,
    when: (e) =>
      says(e, /no protocol:|unknown protocol:|malformedurlexception|uri cannot be null|invalid endpoint/),
  },
];
