/** Rows about what PureCloud answers: its sign-in and its API. Matched on code, since its messages change. Pure. */
import type { DiagnosisWords, OutcomeRow } from '../diagnosis-row.ts';
import type { Evidence } from '../evidence.ts';
import { knownPureCloudDomain } from '../known-hosts.ts';
import { shortenClientId } from '../shorten-client-id.ts';

const CLIENTS_PAGE = 'Admin > Integrations > OAuth';

function isError(evidence: Evidence, ...codes: string[]): boolean {
  return evidence.system === 'purecloud' && codes.includes(evidence.error);
}

function isBareStatus({ system, status, error, answer }: Evidence, ...statuses: number[]): boolean {
  return system === 'purecloud' && error === '' && answer?.kind !== 'html' && statuses.includes(status ?? 0);
}

function regionOf({ request }: Evidence): string | undefined {
  return knownPureCloudDomain(request?.host ?? '');
}

/** Names the region, and the client where its id has the shape of one. */
function inRegion(evidence: Evidence): Partial<DiagnosisWords> {
  const region = regionOf(evidence);
  if (region === undefined) return {};
  const id = shortenClientId((evidence.request?.clientId ?? '').trim());
  return {
    title: `PureCloud does not accept ${id === undefined ? 'this client' : `the client ${id}`} in ${region}`,
  };
}

function waitWords({ answer }: Evidence): Partial<DiagnosisWords> {
  const seconds = answer?.retryAfterSeconds;
  if (seconds === undefined) return {};
  return {
    title: `PureCloud asks to wait ${seconds} s`,
    remedy: `Wait ${seconds} s. Syncs and connections of the bridge slow down by themselves; nothing to do there.`,
  };
}

function permissionWords(evidence: Evidence): Partial<DiagnosisWords> {
  const named = evidence.quoteUpstream(evidence.answer?.original ?? '');
  if (named === undefined || named === '') return {};
  return {
    causes: [
      `PureCloud says: ${named}`,
      'The role is there, but for another division.',
      'PureCloud names a permission that is not open to your organisation.',
    ],
  };
}

export const PURECLOUD_ROWS: readonly OutcomeRow[] = [
  {
    code: 'grant_type_not_allowed',
    title: 'This PureCloud client may not sign in this way',
    causes: [
      'The client was made for another grant type, such as Code Authorization or Token Implicit.',
      'The client id of another client was taken.',
    ],
    remedy: `Create a client of type "Client Credentials" in ${CLIENTS_PAGE}: the type decides how a client may sign in. Then set its id and secret on the connection.`,
    when: (e) =>
      isError(e, 'unauthorized_client') ||
      /not authorized to use the client_?-?credentials? grant/.test(e.words),
  },
  {
    code: 'client_not_found',
    yieldsTo: 'request',
    title: 'PureCloud does not know this client',
    causes: ['The client belongs to another region.', 'The client was deleted, or its id is misspelt.'],
    remedy: `Check the region of the connection against the address bar of your PureCloud admin page, then the client id in ${CLIENTS_PAGE}.`,
    when: (e) =>
      e.system === 'purecloud' && e.error.includes('invalid_client') && e.words.includes('client not found'),
    tell: inRegion,
  },
  {
    code: 'client_not_accepted',
    yieldsTo: 'request',
    title: 'PureCloud does not accept this client',
    causes: [
      'The client belongs to another region.',
      'The secret was replaced or is misspelt.',
      'The client was deleted, disabled or is inactive.',
    ],
    remedy: `Check the region of the connection first, against the address bar of your PureCloud admin page; then replace the secret, from ${CLIENTS_PAGE}.`,
    when: (e) =>
      isError(e, 'invalid_client') || (e.system === 'purecloud' && e.words.includes('authentication failed')),
    tell: inRegion,
  },
  {
    code: 'user_context_required',
    title: 'This call needs a person',
    causes: ['The path is about the user who is signed in, such as /users/me, and a client is no user.'],
    remedy: 'Use a path that works without a person, such as /api/v2/users/{id}, or a sign-in of a user.',
    when: (e) => e.words.includes('requires a user context'),
  },
  {
    code: 'purecloud_grant_refused',
    yieldsTo: 'request',
    title: 'PureCloud does not take this grant type',
    causes: ['grant_type is misspelt.', 'The grant is one that PureCloud does not offer.'],
    remedy: 'Set grantType of the connection to client_credentials.',
    when: (e) => isError(e, 'unsupported_grant_type'),
  },
  {
    code: 'purecloud_scope_refused',
    title: 'PureCloud refused the scope',
    causes: ['A client of type "Client Credentials" takes its rights from roles, not from scopes.'],
    remedy: `Remove scope from the connection, and give the client roles in ${CLIENTS_PAGE}, on the client's Roles tab.`,
    when: (e) => isError(e, 'invalid_scope'),
  },
  {
    code: 'purecloud_token_expired',
    title: 'The PureCloud token has expired',
    causes: ['It was kept for longer than it is valid.'],
    remedy:
      'Get a new token with pcbridge token NAME, or call through /proxy/{connection}, which renews it in time.',
    when: (e) => isError(e, 'credentials.expired'),
  },
  {
    code: 'purecloud_token_refused',
    yieldsTo: 'request',
    title: 'PureCloud does not accept this token',
    causes: [
      'The token has expired or was revoked.',
      'The token is from another region.',
      'The client was disabled, which ends all of its tokens.',
    ],
    remedy:
      'Get a new token, once. If it is refused too, check region and client with pcbridge connection test NAME.',
    when: (e) => isError(e, 'bad.credentials'),
  },
  {
    code: 'purecloud_token_missing',
    yieldsTo: 'request',
    title: 'The call to PureCloud carried no token',
    causes: [
      'The Authorization header was not set or is not "Bearer" and a token.',
      'A redirect or proxy dropped the header.',
    ],
    remedy:
      'Call through the bridge, callout:PureCloud_Bridge/proxy/{connection}/…, which adds the token; or set "Authorization: Bearer TOKEN".',
    when: (e) => isError(e, 'authentication.required'),
  },
  {
    code: 'purecloud_address_not_allowed',
    title: 'PureCloud does not allow calls from this address',
    causes: [
      'The organisation in PureCloud has a list of allowed addresses, and that of the bridge is not on it.',
    ],
    remedy:
      'Add the outgoing address of the bridge to the allowed addresses of your organisation in PureCloud admin.',
    when: (e) => isError(e, 'ip.not.authorized'),
  },
  {
    code: 'purecloud_permission_missing',
    title: 'The PureCloud client lacks a permission',
    causes: [
      'No role with that permission is on the client.',
      'The role is there, but for another division.',
      'PureCloud names a permission that is not open to your organisation.',
    ],
    remedy: `Add a role with that permission on the client's Roles tab in ${CLIENTS_PAGE}, with the right division.`,
    when: (e) =>
      isError(e, 'missing.permissions', 'missing.any.permissions', 'missing.division.permission') ||
      /unable to perform the requested action\. you (?:must have|are missing)/.test(e.words),
    tell: permissionWords,
  },
  {
    code: 'purecloud_app_not_authorized',
    title: 'PureCloud has not approved this client',
    causes: [
      'Scopes are enforced and nobody has approved the client for this organisation.',
      'The client may not use this part of the API.',
    ],
    remedy: 'Ask an administrator to approve the client in Admin > Integrations > Authorized Applications.',
    when: (e) => isError(e, 'not.authorized'),
  },
  {
    code: 'contact_columns_limit_exceeded',
    title: 'The contact list would have too many columns',
    causes: ['A contact list of PureCloud holds 50 columns.'],
    remedy: 'Remove columns from the sync until there are 50 or fewer.',
    when: (e) =>
      e.error === 'contact_columns_limit_exceeded' || e.words.includes('contact_columns_limit_exceeded'),
  },
  {
    code: 'phone_columns_fixed',
    title: 'The phone columns of a contact list cannot change',
    causes: ['The sync names other phone columns than the list was made with.'],
    remedy: 'Create a new contact list with these phone columns and move the campaign to it.',
    when: (e) =>
      isError(e, 'cannot.update.phone.columns') || e.words.includes('phone number columns are different'),
  },
  {
    code: 'phone_country_missing',
    title: 'A phone number has no country',
    causes: ['The number is written in national form, and neither the record nor the sync names a country.'],
    remedy: 'Add a country on the record, or set defaultCountry of the sync.',
    when: (e) => /missing country (?:information|code)|phone has no country/.test(e.words),
  },
  {
    code: 'contact_time_zone_unknown',
    title: 'PureCloud found no time zone for a contact',
    causes: ['Automatic time zones only know numbers of the United States and Canada.'],
    remedy: 'Add a time-zone column to the sync and map it in the contact list.',
    when: (e) =>
      /(?:could ?n[o']t|cannot|unable to|no) (?:be )?(?:find|determine|map|mapped|mappable)?.{0,40}time ?zone|time ?zone.{0,40}(?:not mappable|could not be)/.test(
        e.words.slice(0, 2000),
      ),
  },
  {
    code: 'purecloud_rate_limited',
    title: 'PureCloud asks to wait',
    causes: [
      'The token has used its calls for this minute, 300 unless agreed otherwise.',
      'Other programs use the same client.',
      'This kind of resource has a lower limit of its own.',
    ],
    remedy:
      'Wait for the seconds in Retry-After. Syncs slow down by themselves; else lower requestsPerMinute of the connection, or give each program a client of its own.',
    when: (e) =>
      isError(e, 'too.many.requests', 'too.many.requests.retry.after') ||
      (e.system === 'purecloud' && e.status === 429) ||
      e.words.includes('rate limit exceeded the maximum'),
    tell: waitWords,
  },
  {
    code: 'purecloud_value_invalid',
    title: 'PureCloud did not accept a value of the call',
    causes: [
      'A member is missing, has the wrong type, or an id does not exist.',
      'A date is not written as ISO 8601 in UTC.',
    ],
    remedy:
      'Correct the member that PureCloud names in its message; the API explorer of PureCloud shows the shape it wants.',
    when: (e) => isError(e, 'bad.request', 'invalid.value', 'invalid.date'),
  },
  {
    code: 'purecloud_not_found',
    yieldsTo: 'address',
    title: 'PureCloud has nothing at this path',
    causes: [
      'The id is of another organisation or region, or was deleted.',
      'The path is misspelt, or lacks /api/v2.',
      'The client cannot see the division it is in.',
    ],
    remedy: 'Check path and id, then the region of the connection.',
    when: (e) => isError(e, 'not.found') || isBareStatus(e, 404),
  },
  {
    code: 'purecloud_client_too_slow',
    title: 'PureCloud did not receive the whole request in time',
    causes: ['The body was sent too slowly, or was shorter than Content-Length says.'],
    remedy: 'Send the call again, with a smaller body if it was a large one.',
    when: (e) => isError(e, 'client.timeout') || isBareStatus(e, 408),
  },
  {
    code: 'purecloud_conflict',
    title: 'PureCloud has another version of this object',
    causes: ['Someone else changed the object since it was read.', 'An object of that name exists already.'],
    remedy: 'Read the object again, and send the change with its new version number.',
    when: (e) => e.system === 'purecloud' && e.status === 409,
  },
  {
    code: 'purecloud_body_too_large',
    title: 'The body is larger than PureCloud takes',
    causes: ['A request may hold 512,000 bytes, and a batch of contacts 1,000.'],
    remedy: 'Send smaller batches; a sync of the bridge cuts them by bytes and by count.',
    when: (e) => isError(e, 'request.entity.too.large') || isBareStatus(e, 413),
  },
  {
    code: 'purecloud_media_type_refused',
    title: 'PureCloud does not read this content type',
    causes: ['The call has no Content-Type header: Apex sends a form unless it is set.'],
    remedy: "Set the header: req.setHeader('Content-Type', 'application/json').",
    when: (e) =>
      isError(e, 'unsupported.media.type') ||
      (e.system === 'purecloud' && e.status === 415 && e.request?.isSignIn !== true),
  },
  {
    code: 'purecloud_timed_out',
    title: 'PureCloud ran out of time inside',
    causes: ["A service behind PureCloud's API was too slow.", 'The call asks for too much at once.'],
    remedy: 'Try again, and ask for smaller pages or shorter intervals.',
    when: (e) => isError(e, 'authentication.request.timeout', 'request.timeout') || isBareStatus(e, 504),
  },
  {
    code: 'purecloud_unavailable',
    title: 'PureCloud is not available just now',
    causes: ['Maintenance or an incident in this region.'],
    remedy:
      'Try again in a minute; if it lasts, look at status.mypurecloud.com. The bridge tries again by itself.',
    when: (e) => isError(e, 'service.unavailable') || isBareStatus(e, 502, 503),
    tell: waitedWords,
  },
  {
    code: 'purecloud_internal_error',
    title: 'PureCloud failed inside',
    causes: ['A fault in PureCloud.', 'A value of the call that PureCloud did not foresee.'],
    remedy:
      'Try again; if it repeats, report the ININ-Correlation-Id of the answer to the support of PureCloud.',
    when: (e) => isError(e, 'internal.server.error') || isBareStatus(e, 500),
  },
  {
    code: 'purecloud_request_malformed',
    yieldsTo: 'request',
    title: 'PureCloud could not read the token request',
    causes: [
      'grant_type is not in the form body.',
      'The Authorization header is not "Basic" and the Base64 of id:secret.',
      'The body is not sent as a form.',
    ],
    remedy:
      "Send grant_type=client_credentials as form body, with 'Basic ' + base64(id:secret) as Authorization. With the bridge you need no token code: call callout:PureCloud_Bridge/….",
    when: (e) => isError(e, 'invalid_request') || (e.request?.isSignIn === true && isBareStatus(e, 400, 401)),
  },
];

function waitedWords({ answer }: Evidence): Partial<DiagnosisWords> {
  const seconds = answer?.retryAfterSeconds;
  return seconds === undefined
    ? {}
    : {
        remedy: `Try again in ${seconds} s; if it lasts, look at status.mypurecloud.com. The bridge tries again by itself.`,
      };
}
