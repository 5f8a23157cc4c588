/** Rows about answers of any upstream, by status, format and the errors of OAuth. The general ones: they stand last. Pure. */
import type { DiagnosisWords, OutcomeRow } from '../diagnosis-row.ts';
import type { Evidence } from '../evidence.ts';

const PROXY_MARKS =
  /squid|zscaler|blue ?coat|fortigate|fortiguard|forcepoint|websense|mcafee web gateway|palo alto|cisco umbrella|sophos|barracuda|netskope|proxy (?:error|server|authentication)|web filter|blocked by|access denied by .{0,40}policy|err_access_denied/;
const PROXY_HEADERS = [
  'x-squid-error',
  'proxy-authenticate',
  'proxy-status',
  'x-bluecoat-via',
  'x-zscaler-error',
];

function status(evidence: Evidence): number {
  return evidence.status ?? 0;
}

function isSuccessStatus(evidence: Evidence): boolean {
  return (
    evidence.answer !== undefined &&
    (evidence.status === undefined || (status(evidence) >= 200 && status(evidence) < 300))
  );
}

function isSignInAnswer({ request }: Evidence): boolean {
  return request === undefined || request.isSignIn;
}

function retryWords({ answer }: Evidence): Partial<DiagnosisWords> {
  const seconds = answer?.retryAfterSeconds;
  return seconds === undefined ? {} : { remedy: `Wait ${seconds} s, as the upstream asks, then try again.` };
}

function redirectWords(evidence: Evidence): Partial<DiagnosisWords> {
  const target = evidence.quoteUpstream(evidence.answer?.headers.location ?? '');
  return target === undefined || target === ''
    ? {}
    : { title: `The upstream sent the request on to another address: ${target}` };
}

/** What a proxy wrote, as against the upstream: its own headers, or a page that names a product. */
function isProxyPage({ answer, words }: Evidence): boolean {
  if (answer === undefined) return false;
  if (PROXY_HEADERS.some((name) => answer.headers[name] !== undefined)) return true;
  return answer.kind === 'html' && PROXY_MARKS.test(words);
}

export const ANSWER_ROWS: readonly OutcomeRow[] = [
  {
    code: 'sign_in_succeeded',
    title: 'The sign-in worked',
    causes: ['The answer holds an access token; nothing is wrong with this exchange.'],
    remedy:
      'Send the token with each call as "Authorization: Bearer TOKEN"; the fault, if there is one, lies in a later call.',
    when: (e) => isSuccessStatus(e) && e.answer?.hasToken === true,
  },
  {
    code: 'proxy_error_page',
    title: 'A proxy or firewall answered in place of the upstream',
    causes: [
      'The proxy does not allow this host.',
      'The proxy wants a sign-in.',
      'The proxy could not reach the upstream.',
    ],
    remedy:
      'Ask the owner of the proxy to allow the host of the URL; the page it answered with is in the activity of the bridge.',
    when: isProxyPage,
  },
  {
    code: 'redirected',
    yieldsTo: 'address',
    title: 'The upstream sent the request on to another address',
    causes: [
      'The URL begins with http:// where https:// is wanted.',
      'The My Domain of the org was renamed.',
      'A portal wants a person to sign in first.',
    ],
    remedy:
      'Write the address that the upstream names into the URL, if you trust it: the bridge never follows a redirect, so that no secret goes where nobody meant it to.',
    when: (e) => status(e) >= 300 && status(e) < 400,
    tell: redirectWords,
  },
  {
    code: 'upstream_asks_to_wait',
    title: 'The upstream asks to wait',
    causes: ['The upstream got more requests than it allows.', 'Other programs use the same client.'],
    remedy: 'Wait for the seconds in Retry-After; else lower requestsPerMinute of the connection.',
    when: (e) => status(e) === 429,
    tell: retryWords,
  },
  {
    code: 'server_timed_out',
    title: 'A gateway in front of the upstream ran out of time',
    causes: ['The service behind the gateway is slow or down.'],
    remedy: 'Try again in a minute; if it lasts, look at the status page of the upstream.',
    when: (e) => status(e) === 504,
    tell: retryWords,
  },
  {
    code: 'server_unavailable',
    title: 'The upstream is not available just now',
    causes: ['Maintenance or an incident.', 'A gateway could not reach the service behind it.'],
    remedy: 'Try again in a minute; if it lasts, look at the status page of the upstream.',
    when: (e) => status(e) === 502 || status(e) === 503 || e.error === 'temporarily_unavailable',
    tell: retryWords,
  },
  {
    code: 'server_failed',
    title: 'The upstream failed inside',
    causes: ['A fault in the upstream.', 'A value of the request that the upstream did not foresee.'],
    remedy: 'Try again; if it repeats, report time and correlation id to the support of the upstream.',
    when: (e) => status(e) >= 500,
  },
  {
    code: 'oauth_client_refused',
    yieldsTo: 'request',
    title: 'The upstream does not accept this client',
    causes: [
      'The client secret was replaced or is misspelt.',
      'The client id is unknown there.',
      'The client was sent in the header where the body is wanted, or the other way round.',
    ],
    remedy:
      'Check clientId and clientSecret of the connection; then try credentialsInBody the other way round.',
    when: (e) => e.error === 'invalid_client',
  },
  {
    code: 'oauth_grant_not_allowed',
    title: 'This client may not use this grant type',
    causes: ['The client was registered for another grant type.'],
    remedy: 'Register a client for this grant type in the upstream, or change grantType of the connection.',
    when: (e) => e.error === 'unauthorized_client',
  },
  {
    code: 'oauth_grant_refused',
    yieldsTo: 'request',
    title: 'The upstream refused the user, password or assertion',
    causes: [
      'User name or password is wrong or has expired.',
      'The assertion is expired, or its key is not known there.',
    ],
    remedy:
      'Check username and password of the connection, or privateKey, subject and audience where it signs assertions.',
    when: (e) => e.error === 'invalid_grant',
  },
  {
    code: 'oauth_grant_type_unknown',
    yieldsTo: 'request',
    title: 'The upstream does not know this grant type',
    causes: [
      'grant_type did not reach it as part of a form body.',
      'The upstream does not offer this grant.',
    ],
    remedy:
      'Leave contentType of the connection empty, so that a form is sent; then check which grants the upstream offers.',
    when: (e) => e.error === 'unsupported_grant_type',
  },
  {
    code: 'oauth_scope_refused',
    title: 'The upstream refused the scope',
    causes: ['The scope is misspelt, or the client may not ask for it.'],
    remedy: 'Correct scope of the connection, or remove it.',
    when: (e) => e.error === 'invalid_scope',
  },
  {
    code: 'oauth_request_invalid',
    yieldsTo: 'request',
    title: 'The upstream could not read the token request',
    causes: [
      'A parameter is missing or stands there twice.',
      'The body is not in the format that the upstream reads.',
    ],
    remedy:
      'Check contentType and credentialsInBody of the connection against the documentation of the upstream.',
    when: (e) => e.error === 'invalid_request',
  },
  {
    code: 'access_denied',
    title: 'The upstream denied access',
    causes: [
      'A user or an administrator said no.',
      'A policy of the upstream does not allow this client here.',
    ],
    remedy: 'Ask an administrator of the upstream to approve the client.',
    when: (e) => e.error === 'access_denied',
  },
  {
    code: 'html_answer',
    yieldsTo: 'address',
    title: 'A web page came back instead of an answer',
    causes: [
      'The URL leads to a sign-in page or to a site, not to the token endpoint.',
      'A proxy, a firewall or a captive portal answered.',
      'The upstream is under maintenance.',
    ],
    remedy:
      'Check the URL: it must be that of the token endpoint, /oauth/token for PureCloud and /services/oauth2/token for Salesforce.',
    when: (e) => e.answer?.kind === 'html',
  },
  {
    code: 'endpoint_not_found',
    yieldsTo: 'address',
    title: 'The upstream has nothing at this path',
    causes: [
      'The path is misspelt or ends with a slash.',
      'The host is right for pages, but not for tokens.',
    ],
    remedy: 'Check the path of the URL: /oauth/token for PureCloud, /services/oauth2/token for Salesforce.',
    when: (e) => status(e) === 404 || status(e) === 410,
  },
  {
    code: 'method_not_allowed',
    yieldsTo: 'request',
    title: 'The upstream does not allow this method here',
    causes: ['The token request was not a POST.', 'The path is that of another resource.'],
    remedy: 'Set the method to POST for a token request; for other calls check the path.',
    when: (e) => status(e) === 405,
  },
  {
    code: 'content_type_refused',
    yieldsTo: 'request',
    title: 'The upstream does not read this content type',
    causes: ['The body was sent as JSON where a form is wanted, or the other way round.'],
    remedy:
      'Leave contentType of the connection empty for a form, or set it to application/json where the upstream asks for JSON.',
    when: (e) => status(e) === 415 || status(e) === 406,
  },
  {
    code: 'sign_in_required',
    yieldsTo: 'request',
    title: 'The upstream wants a valid sign-in',
    causes: [
      'The Authorization header is missing, or of the wrong kind.',
      'The token or the credential in it is wrong or has expired.',
    ],
    remedy:
      'Check the Authorization header; through the bridge, check the connection with pcbridge connection test NAME.',
    when: (e) => status(e) === 401,
  },
  {
    code: 'upstream_forbids',
    yieldsTo: 'request',
    title: 'The upstream knows the client and forbids the call',
    causes: [
      'The client lacks a role or permission.',
      'A list of allowed addresses or a web firewall keeps the bridge out.',
    ],
    remedy: 'Check the roles of the client in the upstream; then whether it only allows certain addresses.',
    when: (e) => status(e) === 403,
  },
  {
    code: 'bad_request',
    yieldsTo: 'request',
    title: 'The upstream found the request bad and did not say why',
    causes: [
      'grant_type is not in the form body.',
      'The Authorization header is not "Basic" and the Base64 of id:secret.',
      'The body is not in the format that the upstream reads.',
    ],
    remedy:
      'Check the request itself: paste it together with the answer into pcbridge explain -, which looks at every part of it.',
    when: (e) => status(e) === 400,
  },
  {
    code: 'request_refused',
    yieldsTo: 'request',
    title: 'The upstream refused the request',
    causes: ['The request is not what the upstream expects at this path.'],
    remedy: 'Check URL, method and body against the documentation of the upstream.',
    when: (e) => status(e) > 400 && status(e) < 500,
  },
  {
    code: 'empty_answer',
    yieldsTo: 'address',
    title: 'The answer is empty',
    causes: ['The URL leads to another endpoint than the token endpoint.', 'A proxy dropped the body.'],
    remedy: 'Check the URL: a token endpoint always answers with JSON.',
    when: (e) => isSuccessStatus(e) && e.answer?.kind === 'empty' && isSignInAnswer(e),
  },
  {
    code: 'json_cut_off',
    title: 'The JSON of the answer breaks off',
    causes: ['The connection was closed before the end.', 'A proxy or log shortened the body.'],
    remedy: 'Try again; if this was pasted, paste the whole answer.',
    when: (e) => e.answer?.kind === 'jsonCutOff',
  },
  {
    code: 'json_invalid',
    title: 'The answer looks like JSON and is not',
    causes: [
      'A proxy or script in front of the upstream wrote it.',
      'The answer was changed when it was copied.',
    ],
    remedy: 'Check the URL, then ask whoever runs the upstream; a token answer is strict JSON.',
    when: (e) => e.answer?.kind === 'jsonInvalid',
  },
  {
    code: 'json_without_token',
    yieldsTo: 'address',
    title: 'The answer is JSON and holds no access token',
    causes: [
      'The URL leads to another endpoint than the token endpoint.',
      'access_token is empty, or not a text.',
      'The upstream reports an error with a status that means success.',
    ],
    remedy: 'Check the URL: the token endpoint answers with a member access_token.',
    when: (e) =>
      isSuccessStatus(e) &&
      e.answer?.kind === 'json' &&
      isSignInAnswer(e) &&
      e.error === '' &&
      e.words === '',
  },
  {
    code: 'answer_not_json',
    yieldsTo: 'address',
    title: 'The answer is not JSON',
    causes: [
      'The URL leads to another endpoint than the token endpoint.',
      'Something in between answered in place of the upstream.',
    ],
    remedy: 'Check the URL: a token endpoint always answers with JSON.',
    when: (e) =>
      isSuccessStatus(e) && e.status !== undefined && e.answer?.kind === 'text' && isSignInAnswer(e),
  },
];
