/** Rows about what a request signs in with: the Authorization header, client id, secret, user and password. Pure; quotes none of them. */
import type { RequestRow } from '../diagnosis-row.ts';
import type { Evidence } from '../evidence.ts';
import { decodeBase64Text, isPartlyUnknown } from '../read-request.ts';
import type { RequestReading } from '../read-request.ts';
import { isConsumerKey, isUuid } from '../shorten-client-id.ts';

const ENCODE = "EncodingUtil.base64Encode(Blob.valueOf(id + ':' + secret))";
const PLACEHOLDER =
  /^(?:<[^>]{0,80}>|\$?\{[\w .:-]{1,80}\}|\$[A-Za-z_]\w{0,80}|%\w{1,80}%|\[[\w -]{1,80}\]|-{2,4}\w{1,40}-{2,4}|(?:your|my|the)[ _-]?(?:purecloud|genesys|salesforce)?[ _-]?(?:client|consumer|app)?[ _-]?(?:id|key|secret|password|username)(?:[ _-]?here)?|(?:client|consumer)[ _-]?(?:id|key|secret)|changeme|x{4,80}|\*{3,80}|\.{3})$/i;
/** Salesforce's security tokens, as every sample shows them: 24 or 25 letters and digits. */
const TOKEN_LENGTHS = [25, 24];

function parts(request: RequestReading | undefined): string[] {
  return [request?.clientId, request?.clientSecret].filter((value) => value !== undefined);
}

/** Credentials of a sign-in that were sent in the Authorization header, whole and as they are. */
function sentCredentials({ request }: Evidence): string | undefined {
  if (request?.authorization === undefined || isPartlyUnknown(request.authorization)) return undefined;
  return isLiteralBase64(request) || hasMergeField(request.authorization) ? undefined : request.credentials;
}

function isLiteralBase64(request: RequestReading): boolean {
  return /base64\s{0,9}\(/i.test(request.authorization ?? '');
}

function hasMergeField(text: string): boolean {
  return text.includes('{!');
}

function isEncodedPair(text: string): boolean {
  return text.length >= 8 && decodeBase64Text(text)?.includes(':') === true;
}

/** The very end of the password stands there twice, as when a stored password already held the token. */
function endsWithTokenTwice(password: string): boolean {
  return TOKEN_LENGTHS.some((length) => {
    const token = password.slice(-length);
    return password.length > 2 * length && /^[A-Za-z0-9]+$/.test(token) && password.endsWith(token + token);
  });
}

function isSalesforcePassword(request: RequestReading | undefined): request is RequestReading {
  return request?.system === 'salesforce' && request.grantType === 'password';
}

export const CREDENTIAL_ROWS: readonly RequestRow[] = [
  {
    code: 'literal_base64',
    aspect: 'credential',
    title: 'The Authorization header holds the words BASE64(…)',
    causes: ['BASE64(…) in the documentation is an instruction to encode; here it was sent as text.'],
    remedy: `Encode id:secret instead of writing BASE64: 'Basic ' + ${ENCODE}. Or call callout:PureCloud_Bridge/… and let the bridge sign in.`,
    when: ({ request }) => request !== undefined && isLiteralBase64(request),
  },
  {
    code: 'merge_field_encoded',
    aspect: 'credential',
    title: 'A merge field was encoded before Salesforce filled it in',
    causes: [
      'Apex encoded the text {!$Credential…} itself. Salesforce fills merge fields when it sends the call, and does not look inside Base64.',
    ],
    remedy:
      'Let the credential build the header: remove setHeader for Authorization, and put the formula into the External Credential as a custom header.',
    when: ({ request }) => hasMergeField(request?.basic?.decoded ?? ''),
  },
  {
    code: 'merge_field_unresolved',
    aspect: 'credential',
    title: 'A merge field was sent as plain text',
    causes: [
      'The call did not go to a callout: address, so that nothing fills merge fields.',
      'The Named Credential does not allow formulas in the HTTP header or body.',
      'The name in the merge field is not that of the External Credential.',
    ],
    remedy:
      'Call callout:PureCloud_Bridge/… instead of a URL, and allow formulas in HTTP header on that Named Credential.',
    when: ({ request }) => {
      if (request === undefined || request.url?.protocol === 'callout:') return false;
      const { headers, body = '', url = '' } = request.facts;
      return [...Object.values(headers), body, url].some(hasMergeField) || parts(request).some(hasMergeField);
    },
  },
  {
    code: 'authorization_has_line_break',
    aspect: 'credential',
    title: 'The Authorization header holds a line break',
    causes: ['The encoder wrapped its output after 64 or 76 characters.'],
    remedy: 'Encode without wrapping: EncodingUtil.base64Encode in Apex, base64 -w0 in a shell.',
    when: (evidence) => /[\r\n]/.test(sentCredentials(evidence)?.trim() ?? ''),
  },
  {
    code: 'authorization_scheme_wrong',
    aspect: 'credential',
    title: 'The Authorization header of the token request is not Basic',
    causes: [
      'The word Basic and the space after it are missing.',
      'Bearer was written: a bearer token is what this request is to fetch.',
    ],
    remedy: `Write the header as 'Basic ' + ${ENCODE}.`,
    when: (evidence) => {
      const { request } = evidence;
      if (request?.isSignIn !== true || sentCredentials(evidence) === undefined) return false;
      return request.scheme !== 'basic' && request.system !== 'bridge';
    },
  },
  {
    code: 'placeholder_not_replaced',
    aspect: 'credential',
    title: 'A placeholder was sent instead of the client id or the secret',
    causes: [
      'A value of the example was not replaced.',
      'A variable was not filled in: in single quotes a shell fills none.',
    ],
    remedy:
      'Replace the placeholder by the client id and secret of your own client, from Admin > Integrations > OAuth in PureCloud.',
    when: ({ request }) => parts(request).some((part) => PLACEHOLDER.test(part.trim())),
  },
  {
    code: 'basic_not_decodable',
    aspect: 'credential',
    title: 'The Authorization header does not decode',
    causes: [
      'id:secret was sent as it is, without Base64.',
      'The value was cut off when it was copied.',
      'It was encoded for URLs, with - and _ instead of + and /.',
    ],
    remedy: `Encode id:secret with standard Base64: ${ENCODE}.`,
    when: (evidence) => {
      const sent = sentCredentials(evidence);
      return (
        sent !== undefined &&
        evidence.request?.scheme === 'basic' &&
        evidence.request.basic === undefined &&
        !/[\r\n]/.test(sent)
      );
    },
  },
  {
    code: 'basic_encoded_twice',
    aspect: 'credential',
    title: 'The Authorization header was encoded twice',
    causes: [
      'The value was already Base64 when the code encoded it.',
      'A tool that encodes by itself, such as curl -u, was given an encoded value.',
    ],
    remedy: 'Give the client id and secret as they are; what builds the header encodes them once.',
    when: ({ request }) => request?.basic?.hasColon === false && isEncodedPair(request.basic.decoded.trim()),
  },
  {
    code: 'basic_without_colon',
    aspect: 'credential',
    title: 'The Authorization header decodes to something without a colon',
    causes: [
      'Only the client id or only the secret was encoded.',
      'id and secret were encoded each by itself.',
      'They were joined by something other than a colon.',
    ],
    remedy: `Join id and secret by a colon and encode that once: ${ENCODE}.`,
    when: ({ request }) => request?.basic?.hasColon === false && !isPartlyUnknown(request.basic.decoded),
  },
  {
    code: 'client_id_encoded',
    aspect: 'credential',
    title: 'The client id was encoded before it was given',
    causes: ['The value in the field of the client id is Base64; it is encoded once more when it is sent.'],
    remedy: 'Give clientId and clientSecret as PureCloud shows them, never encoded.',
    when: ({ request }) => {
      const decoded = decodeBase64Text((request?.clientId ?? '').trim());
      return (
        decoded !== undefined &&
        (isUuid(decoded.trim()) ||
          isUuid(decoded.split(':')[0] ?? '') ||
          isConsumerKey(decoded.split(':')[0] ?? ''))
      );
    },
  },
  {
    code: 'credential_is_empty',
    aspect: 'credential',
    title: 'The client id or the secret is empty',
    causes: [
      'A variable was null when the header was built: Apex and JavaScript then write the word null or undefined.',
      'The custom setting or environment variable is not there in this org or on this machine.',
    ],
    remedy:
      'Set clientId and clientSecret, and check the place they are read from: in another org or process it may be empty.',
    when: ({ request }) => {
      if (request?.isSignIn !== true || (request.basic !== undefined && !request.basic.hasColon))
        return false;
      return parts(request).some((part) => ['', 'null', 'undefined'].includes(part.trim().toLowerCase()));
    },
  },
  {
    code: 'credential_has_spaces',
    aspect: 'credential',
    title: 'The client id or the secret begins or ends with a space or a line break',
    causes: [
      'It was copied with the space or line break around it.',
      'It was read from a file or piped through echo, which ends with a line break: use printf or echo -n.',
    ],
    remedy: 'Set clientId and clientSecret again, without the space or line break at the end.',
    when: ({ request }) => parts(request).some((part) => part !== part.trim() && part.trim() !== ''),
  },
  {
    code: 'credential_has_quotes',
    aspect: 'credential',
    title: 'The client id or the secret is inside quotation marks',
    causes: ['The quotation marks of a .env file, a YAML file or a shell became part of the value.'],
    remedy: 'Remove the quotation marks around the value where it is stored.',
    when: ({ request }) =>
      parts(request).some((part) => /^(["'])[^]*\1$/.test(part.trim()) && part.trim().length > 1),
  },
  {
    code: 'id_and_secret_swapped',
    aspect: 'credential',
    title: 'The client id and the secret have changed places',
    causes: [
      'The secret was given where the id belongs: only the id of a PureCloud client is written in five groups with hyphens.',
    ],
    remedy: 'Give the value with the four hyphens as clientId, and the other one as clientSecret.',
    when: ({ request }) =>
      request?.clientSecret !== undefined &&
      isUuid(request.clientSecret.trim()) &&
      !isUuid((request.clientId ?? '').trim()),
  },
  {
    code: 'client_of_other_system',
    aspect: 'credential',
    title: 'This client id belongs to the other system',
    causes: [
      'A consumer key of Salesforce (3MVG…) was sent to PureCloud, or a client id of PureCloud to Salesforce.',
    ],
    remedy:
      'Give the connection the client of its own system: Admin > Integrations > OAuth in PureCloud, Setup > External Client App Manager in Salesforce.',
    when: ({ request }) => {
      const clientId = (request?.clientId ?? '').trim();
      return (
        (request?.system === 'purecloud' && isConsumerKey(clientId)) ||
        (request?.system === 'salesforce' && isUuid(clientId))
      );
    },
  },
  {
    code: 'authorization_missing',
    aspect: 'credential',
    title: 'The token request carries no client',
    causes: [
      'The Authorization header was not set.',
      'The header was dropped on the way, as happens on a redirect.',
    ],
    remedy: `Set the header Authorization to 'Basic ' + ${ENCODE}.`,
    when: ({ request }) => {
      if (request?.isSignIn !== true || request.system !== 'purecloud' || request.authorization !== undefined)
        return false;
      if (request.facts.body === undefined && request.facts.inputs === undefined) return false;
      return !isPartlyUnknown(request.facts.body ?? '') && request.clientId === undefined;
    },
  },
  {
    code: 'client_in_body_for_purecloud',
    aspect: 'credential',
    title: 'The client was sent to PureCloud in the body',
    causes: ['PureCloud documents the Authorization header as the only place for client id and secret.'],
    remedy:
      'Set credentialsInBody of the connection to false, or send client id and secret as a Basic Authorization header.',
    when: ({ request }) =>
      request?.system === 'purecloud' &&
      request.authorization === undefined &&
      request.form?.has('client_id') === true,
  },
  {
    code: 'bearer_twice',
    aspect: 'credential',
    title: 'The Authorization header says Bearer twice',
    causes: ['The word Bearer was put before a value that already began with it.'],
    remedy: "Write the header as 'Bearer ' + token, with the bare token.",
    when: ({ request }) => request?.scheme === 'bearer' && /^bearer\b/i.test(request.credentials),
  },
  {
    code: 'bearer_token_empty',
    aspect: 'credential',
    title: 'The Authorization header carries no token',
    causes: [
      'The variable with the token was null when the header was built, because the sign-in before it failed.',
    ],
    remedy:
      'Check that the sign-in answered with a token before using it, or call callout:PureCloud_Bridge/…, which brings its own.',
    when: ({ request }) =>
      request?.scheme === 'bearer' && ['', 'null', 'undefined'].includes(request.credentials.toLowerCase()),
  },
  {
    code: 'basic_on_api_call',
    aspect: 'credential',
    title: 'An API call carries the client instead of a token',
    causes: ['The Basic header of the token request was used for the calls after it.'],
    remedy:
      "Send the token of the sign-in: 'Bearer ' + token. Or call callout:PureCloud_Bridge/proxy/{connection}/…, which adds it.",
    when: ({ request }) =>
      request?.scheme === 'basic' &&
      request.system === 'purecloud' &&
      !request.isSignIn &&
      (request.url?.pathname ?? '').includes('/api/'),
  },
  {
    code: 'security_token_twice',
    aspect: 'credential',
    title: 'The security token was appended to the password twice',
    causes: ['The stored password already ended with the security token when the token was appended to it.'],
    remedy:
      'Set password of the connection to the bare password and securityToken to the token: the bridge appends it exactly once.',
    when: ({ request }) => {
      if (!isSalesforcePassword(request)) return false;
      const { password = '', securityToken = '' } = request.facts.inputs ?? {};
      const stored = securityToken !== '' && password.endsWith(securityToken);
      return stored || endsWithTokenTwice(request.form?.get('password') ?? request.password ?? '');
    },
  },
  {
    code: 'plus_not_encoded',
    aspect: 'credential',
    title: 'A plus sign in the user name was not encoded',
    causes: ['In a form body a bare + means a space, so that the user name arrived with a space in it.'],
    remedy:
      "Encode each value of the body: EncodingUtil.urlEncode(username, 'UTF-8') in Apex, --data-urlencode with curl.",
    when: ({ request }) =>
      request?.facts.inputs === undefined &&
      /\S \S*@/.test((request?.form?.get('username') ?? '').slice(0, 300)),
  },
  {
    code: 'username_shape_wrong',
    aspect: 'credential',
    title: 'The user name does not look like one of Salesforce',
    causes: [
      'The name or alias of the user was given; a user name of Salesforce is written like an e-mail address.',
    ],
    remedy: 'Copy Username from Setup > Users; in a sandbox it ends with the name of the sandbox.',
    when: ({ request }) =>
      isSalesforcePassword(request) &&
      (request.username ?? '') !== '' &&
      !request.username!.includes('@') &&
      !/[…%]/.test(request.username!),
  },
  {
    code: 'security_token_missing',
    aspect: 'credential',
    hint: true,
    title: 'The security token may be missing from the password',
    causes: [
      'Salesforce wants the security token behind the password when the call comes from an address it does not trust.',
      'The token was reset together with the password.',
    ],
    remedy:
      'Set securityToken of the connection, or add the address of the bridge to Setup > Network Access. Better: change the connection to client_credentials.',
    when: ({ request }) => {
      if (!isSalesforcePassword(request)) return false;
      const sent = request.form?.get('password') ?? request.password ?? '';
      return (
        (request.facts.inputs?.securityToken ?? '') === '' &&
        sent !== '' &&
        !isPartlyUnknown(sent) &&
        !/[A-Za-z0-9]{24}$/.test(sent)
      );
    },
  },
  {
    code: 'client_sent_twice',
    aspect: 'credential',
    hint: true,
    title: 'The client was sent in the header and in the body',
    causes: ['A sign-in may carry the client in one place only; some servers refuse two.'],
    remedy: 'Remove client_id and client_secret from the body, or the Authorization header.',
    when: ({ request }) =>
      request?.isSignIn === true && request.scheme === 'basic' && request.form?.has('client_secret') === true,
  },
];
