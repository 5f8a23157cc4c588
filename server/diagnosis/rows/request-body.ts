/** Rows about how a token request is written: method, headers, query and body. Pure. */
import { distance } from 'fastest-levenshtein';
import type { RequestRow } from '../diagnosis-row.ts';
import { isPartlyUnknown } from '../read-request.ts';
import type { RequestReading } from '../read-request.ts';

const KNOWN_GRANTS = [
  'client_credentials',
  'password',
  'authorization_code',
  'refresh_token',
  'urn:ietf:params:oauth:grant-type:jwt-bearer',
  'urn:ietf:params:oauth:grant-type:saml2-bearer',
  'urn:ietf:params:oauth:grant-type:token-exchange',
  'urn:ietf:params:oauth:grant-type:device_code',
];
const SECRET_PARAMETERS = ['client_secret', 'password', 'assertion', 'refresh_token'];
const FORM = 'application/x-www-form-urlencoded';
const BRIDGE_INSTEAD = 'With the bridge you need no token code: call callout:PureCloud_Bridge/….';

function nearestGrant(grantType: string): string | undefined {
  const wanted = grantType.trim().toLowerCase().replaceAll(/[\s-]/g, '_');
  return KNOWN_GRANTS.find((grant) => distance(grant, wanted.slice(0, 80)) <= 3);
}

/** The body is known in full, so that what it lacks is truly absent. */
function wholeBody(request: RequestReading | undefined): string | undefined {
  const body = request?.facts.body;
  return request?.isSignIn !== true || body === undefined || isPartlyUnknown(body) ? undefined : body;
}

function knownSystem(request: RequestReading): boolean {
  return request.system === 'purecloud' || request.system === 'salesforce';
}

export const BODY_ROWS: readonly RequestRow[] = [
  {
    code: 'grant_type_in_header',
    aspect: 'request',
    title: 'grant_type was sent as a header',
    causes: [
      'The token endpoint reads grant_type from the form body only, so that it saw a request without one.',
    ],
    remedy: `Put grant_type into the form body: setBody('grant_type=client_credentials'). ${BRIDGE_INSTEAD}`,
    when: ({ request }) => request?.facts.headers.grant_type !== undefined,
  },
  {
    code: 'grant_type_in_query',
    aspect: 'request',
    title: 'grant_type was sent in the URL',
    causes: ['The token endpoint reads grant_type from the form body only.'],
    remedy: 'Move grant_type, and all other parameters after the ? of the URL, into the form body.',
    when: ({ request }) =>
      request?.url?.searchParams.has('grant_type') === true && request.form?.has('grant_type') !== true,
  },
  {
    code: 'secrets_in_query',
    aspect: 'request',
    title: 'A secret was sent in the URL',
    causes: [
      'Token endpoints refuse secrets in the URL or overlook them, and every log on the way has kept this one.',
    ],
    remedy:
      'Move the secret from the URL into the Authorization header or the form body, and then replace it.',
    when: ({ request }) => SECRET_PARAMETERS.some((name) => request?.url?.searchParams.has(name)),
  },
  {
    code: 'method_not_post',
    aspect: 'request',
    title: 'The token request was not a POST',
    causes: ['No method was set, and GET is the default.', 'A redirect turned the POST into a GET.'],
    remedy: "Set the method to POST: req.setMethod('POST') in Apex, -X POST with curl.",
    when: ({ request }) => {
      if (request?.isSignIn !== true || request.method === undefined || isPartlyUnknown(request.method))
        return false;
      return request.method !== 'POST' && !(request.url?.pathname ?? '').endsWith('/authorize');
    },
  },
  {
    code: 'body_encoded_twice',
    aspect: 'request',
    title: 'The form body is percent-encoded as a whole',
    causes: ['The finished body was encoded, and with it the = and & that separate its parameters.'],
    remedy:
      "Encode each value by itself and leave = and & as they are: 'grant_type=password&username=' + EncodingUtil.urlEncode(name, 'UTF-8').",
    when: ({ request }) => /^\s*\w{1,40}%3d/i.test(request?.facts.body ?? ''),
  },
  {
    code: 'body_is_json',
    aspect: 'request',
    title: 'The token request has a JSON body',
    causes: [
      'The token endpoints of PureCloud and Salesforce read forms only; they find no grant_type in JSON.',
      'The content type says JSON over a form body.',
    ],
    remedy: `Send the parameters as a form, with "Content-Type: ${FORM}". On a connection of the bridge, leave contentType empty.`,
    when: ({ request }) => {
      if (request?.isSignIn !== true || !knownSystem(request)) return false;
      return request.bodyIsJson || request.contentType.startsWith('application/json');
    },
  },
  {
    code: 'content_type_not_form',
    aspect: 'request',
    title: 'The content type of the token request is not that of a form',
    causes: [
      'The Content-Type header is missing or names another format, so that the body is not read as a form.',
    ],
    remedy: `Set the header "Content-Type: ${FORM}". On a connection of the bridge, leave contentType empty.`,
    when: ({ request }) => {
      if (request?.isSignIn !== true || !knownSystem(request) || request.facts.body === undefined)
        return false;
      if (isPartlyUnknown(request.contentType) || request.contentType.startsWith('application/json'))
        return false;
      return !request.contentType.startsWith(FORM);
    },
  },
  {
    code: 'grant_type_missing',
    aspect: 'request',
    title: 'The token request has no grant_type in its body',
    causes: [
      'The body is empty: parameters were set as headers, or setBody was not called.',
      'The parameter is misspelt: it is grant_type, with an underscore.',
    ],
    remedy: `Put grant_type=client_credentials into the form body. ${BRIDGE_INSTEAD}`,
    when: ({ request }) => {
      const body = wholeBody(request);
      if (body === undefined || (request?.grantType ?? '').trim() !== '') return false;
      return (
        request?.facts.headers.grant_type === undefined &&
        request?.url?.searchParams.has('grant_type') !== true
      );
    },
  },
  {
    code: 'grant_type_misspelt',
    aspect: 'request',
    title: 'The value of grant_type is not a grant type',
    causes: ['The value is misspelt.', 'The name of the setting was used instead of its value.'],
    remedy: 'Write grant_type=client_credentials, or password, in lower case and with the underscore.',
    when: ({ request }) => {
      const grantType = request?.grantType ?? '';
      if (grantType === '' || isPartlyUnknown(grantType) || /[{<$]/.test(grantType)) return false;
      return (
        !KNOWN_GRANTS.includes(grantType) && (knownSystem(request!) || nearestGrant(grantType) !== undefined)
      );
    },
    tell: ({ request }) => {
      const nearest = nearestGrant(request?.grantType ?? '');
      return nearest === undefined ? {} : { remedy: `Write grant_type=${nearest}, exactly so.` };
    },
  },
  {
    code: 'user_missing',
    aspect: 'request',
    title: 'The password sign-in has no user name or no password',
    causes: ['username or password was left empty or is spelt otherwise: it is username, in one word.'],
    remedy:
      'Give both username and password, or change the connection to client_credentials, which needs neither.',
    when: ({ request }) => {
      if (wholeBody(request) === undefined || request?.grantType !== 'password') return false;
      return (request.username ?? '') === '' || (request.password ?? '') === '';
    },
  },
  {
    code: 'password_grant_to_purecloud',
    aspect: 'request',
    title: 'PureCloud was asked for a password sign-in',
    causes: ['PureCloud documents no password grant for API clients.'],
    remedy:
      'Change grantType of the connection to client_credentials, with a client of type "Client Credentials" from Admin > Integrations > OAuth.',
    when: ({ request }) => request?.system === 'purecloud' && request.grantType === 'password',
  },
];
