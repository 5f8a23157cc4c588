/** Rows about what Salesforce answers: its sign-in and its API. Pure. */
import type { DiagnosisWords, OutcomeRow } from '../diagnosis-row.ts';
import type { Evidence } from '../evidence.ts';

const USE_CLIENT_CREDENTIALS = 'Change grantType of the connection to client_credentials';
const MY_DOMAIN = 'https://{name}.my.salesforce.com';

function isError({ system, error }: Evidence, ...codes: string[]): boolean {
  return system === 'salesforce' && codes.includes(error);
}

/** Phrases of Salesforce that no one else writes count wherever they stand. */
function says({ words }: Evidence, phrase: RegExp): boolean {
  return phrase.test(words);
}

function ownWords({ system, words }: Evidence, phrase: RegExp): boolean {
  return system === 'salesforce' && phrase.test(words);
}

function sharedHostWords({ request }: Evidence): Partial<DiagnosisWords> {
  return request?.system === 'salesforce' && request.host !== ''
    ? {
        causes: [
          `The sign-in went to ${request.host.endsWith('.my.salesforce.com') ? 'an address that is not that of the org of this app' : 'a host that is not a My Domain address'}.`,
        ],
      }
    : {};
}

export const SALESFORCE_ROWS: readonly OutcomeRow[] = [
  {
    code: 'password_flow_blocked',
    title: 'This org blocks the sign-in with user name and password',
    causes: [
      "The org was made since Summer '23, or an administrator blocked the flow.",
      'The app is an External Client App, which has no password sign-in.',
    ],
    remedy: `${USE_CLIENT_CREDENTIALS}; it takes five minutes: enable Client Credentials Flow in the app's policies and choose a Run As user.`,
    when: (e) => says(e, /username-password flow (?:is )?(?:disabled|blocked|not enabled)/),
  },
  {
    code: 'salesforce_ip_restricted',
    title: 'Salesforce does not allow sign-ins from this address',
    causes: [
      'The profile of the user has Login IP Ranges without the address of the bridge.',
      'The app enforces IP restrictions.',
      'Sessions of the org are locked to the address they began at.',
    ],
    remedy:
      'Add the outgoing address of the bridge to Login IP Ranges of the user\'s profile, or set IP Relaxation of the app to "Relax IP restrictions".',
    when: (e) => says(e, /\bip restricted\b|restricted ip\b/),
  },
  {
    code: 'my_domain_required',
    yieldsTo: 'address',
    title: 'Salesforce takes this sign-in only at the My Domain address',
    causes: ['Client credentials went to login.salesforce.com, test.salesforce.com or a Setup host.'],
    remedy: `Use ${MY_DOMAIN}/services/oauth2/token as URL of the connection: in the org, see Setup > My Domain.`,
    when: (e) => says(e, /request not supported on this domain/),
    tell: sharedHostWords,
  },
  {
    code: 'run_as_user_missing',
    title: 'The app has no user to act as',
    causes: ['Client Credentials Flow is enabled in the app, and no Run As user was chosen.'],
    remedy:
      "Open the app's policies in Setup > External Client App Manager, enable Client Credentials Flow and choose a Run As user.",
    when: (e) => says(e, /no client credentials user enabled/),
  },
  {
    code: 'salesforce_flow_not_enabled',
    title: 'The app does not allow this kind of sign-in',
    causes: [
      'The flow is not enabled in the OAuth settings of the app, or not in its policies.',
      'The consumer key of another app was taken.',
    ],
    remedy:
      'Enable the flow in Setup > External Client App Manager, under OAuth settings of the app, and again under its policies.',
    when: (e) =>
      isError(e, 'unauthorized_client') || ownWords(e, /(?:flow|grant type) (?:is )?not (?:enabled|allowed)/),
  },
  {
    code: 'user_not_approved',
    title: 'The user is not approved for this app',
    causes: [
      'Permitted Users is "All users may self-authorize", and a server cannot click on Allow.',
      'None of the permission sets of the app is assigned to the user.',
      'The assertion went to the wrong sign-in host.',
    ],
    remedy:
      'Set Permitted Users of the app to "Admin approved users are pre-authorized", then add a permission set of the user to the app.',
    when: (e) => says(e, /user hasn't approved this consumer/),
  },
  {
    code: 'jwt_audience_invalid',
    title: 'The audience of the signed assertion is not this org',
    causes: [
      'audience is login.salesforce.com or test.salesforce.com, and the app wants the My Domain address.',
      'The connection names another org.',
    ],
    remedy: `Set audience of the connection to the My Domain address, ${MY_DOMAIN}.`,
    when: (e) => says(e, /audience (?:validation failed|is invalid)|invalid audience/),
  },
  {
    code: 'jwt_assertion_expired',
    title: 'The signed assertion was too old when it arrived',
    causes: [
      'The clock of the machine of the bridge is wrong.',
      'The assertion was made for longer than five minutes ahead.',
    ],
    remedy:
      "Correct the clock of the machine of the bridge; pcbridge doctor compares it with the upstream's.",
    when: (e) => says(e, /assertion (?:is |has )?expired|expired assertion|expired authorization code/),
  },
  {
    code: 'jwt_assertion_invalid',
    title: 'Salesforce does not accept the signed assertion',
    causes: [
      'The certificate in the app is not the one that belongs to privateKey, or it has expired.',
      'subject is not the user name of a user of this org.',
      'The key is not RSA of 2048 bits or more.',
    ],
    remedy:
      'Upload the certificate of this privateKey to the app, under Use digital signatures; then check subject of the connection.',
    when: (e) => says(e, /invalid assertion|assertion (?:is )?invalid|invalid_assertion/),
  },
  {
    code: 'app_not_installed',
    yieldsTo: 'address',
    title: 'This app is not installed in the org that was asked',
    causes: [
      'The sign-in or its audience went to test.salesforce.com instead of My Domain.',
      'The app lives in another org, and was not packaged for this one.',
    ],
    remedy: `Use the My Domain address of the org of the app, as URL and as audience: ${MY_DOMAIN}.`,
    when: (e) => isError(e, 'app_not_found') || says(e, /external client app is not installed/),
  },
  {
    code: 'app_approval_required',
    title: 'An administrator must install the app first',
    causes: ['Since September 2025 orgs block apps that nobody has installed.'],
    remedy: 'Ask an administrator to install the app: Setup > Connected Apps OAuth Usage > Install.',
    when: (e) =>
      says(e, /oauth_approval_error_generic|app[ +]must[ +]be[ +]installed[ +]into[ +]org/) ||
      e.error === 'oauth_approval_error_generic',
  },
  {
    code: 'client_id_unknown',
    yieldsTo: 'request',
    title: 'Salesforce does not know this consumer key',
    causes: [
      'The consumer key is misspelt or of another app.',
      'The app was made less than ten minutes ago.',
      'The key was sent in the header; Salesforce wants it in the body.',
    ],
    remedy:
      'Check the consumer key in Setup > External Client App Manager; with a new app wait ten minutes. credentialsInBody of the connection is to be true.',
    when: (e) => isError(e, 'invalid_client_id') || says(e, /client identifier invalid/),
  },
  {
    code: 'client_secret_wrong',
    yieldsTo: 'request',
    title: 'Salesforce does not accept the consumer secret',
    causes: ['The secret was replaced or is misspelt.', 'The secret is of another app than the key.'],
    remedy:
      'Copy the consumer secret again, from Setup > External Client App Manager, and set it as clientSecret of the connection.',
    when: (e) =>
      isError(e, 'invalid_client', 'invalid_client_credentials') || says(e, /invalid client credentials/),
  },
  {
    code: 'refresh_token_expired',
    title: 'The sign-in has to be made anew',
    causes: [
      'The refresh token expired, was revoked, or was replaced by a newer one.',
      'An administrator ended the sessions of the app.',
    ],
    remedy:
      'Sign in again, once. Better: change the connection to client_credentials, which has no refresh token to lose.',
    when: (e) => says(e, /expired access\/refresh token|expired refresh token/),
  },
  {
    code: 'salesforce_user_inactive',
    title: 'The user of this sign-in is inactive or frozen',
    causes: ['The integration user was deactivated or frozen, often together with the person who left.'],
    remedy: "Activate the user in Setup > Users, or choose another Run As user in the app's policies.",
    when: (e) =>
      isError(e, 'inactive_user') ||
      ownWords(e, /user (?:is )?(?:inactive|frozen|deactivated)|inactive user/),
  },
  {
    code: 'salesforce_org_inactive',
    title: 'The org is locked, closed or suspended',
    causes: ['The trial or sandbox has run out.', 'The contract of the org has ended.'],
    remedy:
      'Sign in to the org with a browser: it says why it is closed. Then name another org in the connection, or have this one reopened.',
    when: (e) => isError(e, 'inactive_org'),
  },
  {
    code: 'salesforce_login_rate_exceeded',
    title: 'This user signs in too often',
    causes: [
      'A program signs in for every call instead of keeping its token.',
      'Salesforce allows a user 3,600 sign-ins an hour.',
    ],
    remedy:
      'Wait an hour, and let all programs take their token from the bridge (pcbridge token NAME), which signs in once.',
    when: (e) => isError(e, 'rate_limit_exceeded') || says(e, /login rate exceeded/),
  },
  {
    code: 'salesforce_password_expired',
    title: 'The password of the user has expired',
    causes: ['The password policy of the org made it run out.'],
    remedy:
      'Set a new password and give the user "Password Never Expires". Better: change the connection to client_credentials.',
    when: (e) =>
      e.error === 'invalid_operation_with_expired_password' || ownWords(e, /password (?:has )?expired/),
  },
  {
    code: 'soap_login_refused',
    title: 'The SOAP sign-in was refused',
    causes: [
      'User name, password or security token is wrong, or the user is locked out.',
      "The org does not allow SOAP sign-ins; they end altogether with Summer '27.",
    ],
    remedy: 'Change the program from SOAP login() to client credentials or JWT; the bridge does both.',
    when: (e) =>
      e.error === 'invalid_login' ||
      says(e, /invalid username, password, security token; or user locked out/),
  },
  {
    code: 'salesforce_sign_in_refused',
    yieldsTo: 'request',
    title: 'Salesforce refused this sign-in without saying why',
    causes: [
      'The password was changed or is misspelt.',
      'The security token is missing, was reset with the password, or was appended twice.',
      'The org blocks the sign-in with user name and password.',
      'The user is locked out, frozen or inactive.',
      'The address of the bridge is not allowed.',
    ],
    remedy:
      'Open Setup > Login History and look for this user: "Invalid Password" means replace it, "Username-Password Flow Disabled" means use client_credentials, "Restricted IP" means allow the address. Do not try again before: the user may be locked out.',
    when: (e) => says(e, /authentication failure/) || isError(e, 'invalid_grant'),
  },
  {
    code: 'salesforce_grant_refused',
    yieldsTo: 'request',
    title: 'Salesforce found no grant type that it knows',
    causes: [
      'grant_type is missing or misspelt.',
      'The body was sent as JSON, or without the content type of a form.',
    ],
    remedy:
      'Send grant_type=client_credentials in a form body, with "Content-Type: application/x-www-form-urlencoded".',
    when: (e) => isError(e, 'unsupported_grant_type') || ownWords(e, /grant type not supported/),
  },
  {
    code: 'salesforce_scope_refused',
    title: 'Salesforce refused the scope',
    causes: ['The scope is not among those selected in the app.'],
    remedy:
      "Remove scope from the connection, or add it to the app's OAuth settings in Setup > External Client App Manager.",
    when: (e) => isError(e, 'invalid_scope'),
  },
  {
    code: 'salesforce_response_type_refused',
    title: 'The request went to the sign-in page, not to the token endpoint',
    causes: ['The path is /services/oauth2/authorize.'],
    remedy: 'Use /services/oauth2/token as path of the URL.',
    when: (e) => isError(e, 'unsupported_response_type'),
  },
  {
    code: 'salesforce_session_invalid',
    yieldsTo: 'request',
    title: 'Salesforce does not accept this token any more',
    causes: [
      'The session ran out: two hours without use, unless the org says otherwise.',
      'The token was revoked, or is of another org.',
      'Sessions of the org are locked to the address they began at.',
    ],
    remedy:
      'Get a new token, once: pcbridge token NAME. If it ends early again, set tokenLifetimeSeconds of the connection below the session timeout of the org.',
    when: (e) => e.error === 'invalid_session_id' || says(e, /session expired or invalid/),
  },
  {
    code: 'salesforce_api_only_user',
    title: 'This user can only use the API',
    causes: ['The user has "API Only User", for whom there is no sign-in page.'],
    remedy: 'Use client_credentials or JWT for this user: a browser sign-in cannot work.',
    when: (e) => says(e, /api[- ]only user/),
  },
  {
    code: 'salesforce_api_disabled',
    title: 'The API is not enabled for this org or user',
    causes: ['The profile of the user lacks "API Enabled".', 'The edition of the org has no API.'],
    remedy:
      'Add "API Enabled" to the user by a permission set; if it is there already, this edition has no API.',
    when: (e) =>
      /^api_(?:disabled_for_org|currently_disabled)$/.test(e.error) ||
      says(e, /rest api is not enabled for this organization/),
  },
  {
    code: 'salesforce_request_limit_exceeded',
    title: 'The org has used its API calls of 24 hours',
    causes: ['All programs of the org share one budget, and together they used it up.'],
    remedy:
      'Pause the syncs until calls are free again: Setup > Company Information shows the budget, and pcbridge sync pause stops one.',
    when: (e) => e.error === 'request_limit_exceeded' || says(e, /totalrequests limit exceeded/),
  },
  {
    code: 'salesforce_record_locked',
    title: 'The record was busy',
    causes: ['Another program or a flow was changing the same record or its campaign.'],
    remedy:
      'Try again; a run of the bridge does so by itself, and pcbridge run retry takes the rows that were left.',
    when: (e) => e.error === 'unable_to_lock_row',
  },
  {
    code: 'salesforce_access_missing',
    title: 'The user may not see or change this object or field',
    causes: [
      'Field-level security or object permissions of the Run As user lack it.',
      'The name of the field or object is misspelt.',
    ],
    remedy:
      'Give the Run As user access to the object and field by a permission set, then check the spelling of the field.',
    when: (e) => /^(?:insufficient_access|invalid_field|invalid_type)/.test(e.error),
  },
  {
    code: 'salesforce_unavailable',
    title: 'Salesforce is not available just now',
    causes: ['Maintenance or an incident of this instance.', 'The org is being moved or refreshed.'],
    remedy: 'Try again in some minutes; if it lasts, look for your instance at status.salesforce.com.',
    when: (e) =>
      e.error === 'server_unavailable' ||
      (e.system === 'salesforce' && [502, 503, 504].includes(e.status ?? 0)),
  },
  {
    code: 'salesforce_request_malformed',
    yieldsTo: 'request',
    title: 'Salesforce could not read the token request',
    causes: ['A parameter is missing or stands there twice.', 'The body is not sent as a form.'],
    remedy:
      'Send all parameters once, in a form body with "Content-Type: application/x-www-form-urlencoded", by POST.',
    when: (e) =>
      isError(e, 'invalid_request') ||
      (e.request?.isSignIn === true &&
        e.system === 'salesforce' &&
        e.error === '' &&
        e.answer?.kind !== 'html' &&
        e.status === 400),
  },
];
