import { describe, expect, test } from '@jest/globals';
import { findings } from '../../server/diagnosis/diagnose.ts';
import { mergedFacts, parsePasted } from '../../server/diagnosis/parse-pasted.ts';
import { CLIENT_ID, CLIENT_SECRET, basic } from './fixtures/parts.ts';

const codesOf = (pasted: string) => findings(parsePasted(pasted)).map(({ code }) => code);

/** The question that started this project: https://salesforce.stackexchange.com/q/216303 */
const FOUNDING_SOURCE = `HttpRequest req = new HttpRequest();
req.setEndpoint('https://login.mypurecloud.com/oauth/token');
req.setMethod('POST');
req.setHeader('content-type', 'application/x-www-form-urlencoded');
req.setHeader('authorization', 'Basic BASE64(' + clientId + ':' + clientSecret + ')');
req.setHeader('grant_type', 'client_credentials');
HttpResponse res = new Http().send(req);`;
const FOUNDING_OUTPUT = `grant_type null
authorization Basic BASE64(--clientID--:--clientSecret--)
content-type application/x-www-form-urlencoded
Host login.mypurecloud.com/oauth
System.HttpRequest[Endpoint=https://login.mypurecloud.com/oauth/token, Method=POST]
System.HttpResponse[Status=Bad Request, StatusCode=400]`;

describe('the founding case', () => {
  test('is diagnosed by name: header, placeholder and host', () => {
    expect(codesOf(`${FOUNDING_SOURCE}\n\n${FOUNDING_OUTPUT}`)).toEqual([
      'grant_type_in_header',
      'literal_base64',
      'host_holds_path',
      'purecloud_request_malformed',
    ]);
  });

  test('is diagnosed from its source and the bare answer', () => {
    expect(codesOf(`${FOUNDING_SOURCE}\n\n400 Bad Request`).slice(0, 2)).toEqual([
      'grant_type_in_header',
      'literal_base64',
    ]);
  });

  test('is diagnosed from its output alone', () => {
    expect(codesOf(FOUNDING_OUTPUT)).toEqual(
      ['literal_base64', 'host_holds_path', 'bad_request'].with(2, 'purecloud_request_malformed'),
    );
  });

  test('is diagnosed from the example of the documentation, sent as it is', () => {
    const pasted = `POST /oauth/token HTTP/1.1
Host: login.mypurecloud.com
Content-Type: application/x-www-form-urlencoded
Authorization: Basic BASE64(<client_id>:<client_secret>)

HTTP/1.1 400 Bad Request`;
    expect(codesOf(pasted)).toContain('literal_base64');
  });

  test('has no fault once it is corrected', () => {
    const corrected = FOUNDING_SOURCE.replace(
      "'Basic BASE64(' + clientId + ':' + clientSecret + ')'",
      "'Basic ' + EncodingUtil.base64Encode(Blob.valueOf(clientId + ':' + clientSecret))",
    ).replace(
      "req.setHeader('grant_type', 'client_credentials');",
      "req.setBody('grant_type=client_credentials');",
    );
    expect(codesOf(corrected)).toEqual(['not_recognised']);
  });
});

describe('raw HTTP', () => {
  test('gives request and answer with headers and body', () => {
    const pasted = `POST /oauth/token HTTP/1.1\r\nHost: login.mypurecloud.de\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\ngrant_type=client_credentials\r\n\r\nHTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\n\r\n{"code":"too.many.requests"}\n\nWhat does it mean?`;
    expect(parsePasted(pasted)).toEqual({
      request: {
        method: 'POST',
        url: 'https://login.mypurecloud.de/oauth/token',
        headers: { host: 'login.mypurecloud.de', 'content-type': 'application/x-www-form-urlencoded' },
        body: 'grant_type=client_credentials',
      },
      answer: { status: 429, headers: { 'retry-after': '7' }, body: '{"code":"too.many.requests"}' },
      text: 'What does it mean?',
    });
  });

  test('keeps the host apart from the path somebody put into it', () => {
    const { request } = parsePasted(
      'POST /token HTTP/1.1\nHost: login.mypurecloud.com/oauth\n\ngrant_type=client_credentials',
    );
    expect(request?.url).toBe('https://login.mypurecloud.com/token');
    expect(codesOf('POST /oauth/token HTTP/1.1\nHost: login.mypurecloud.com/oauth\n')).toContain(
      'host_holds_path',
    );
  });

  test('is read through the marks of curl -v', () => {
    const pasted = `* Connected to login.mypurecloud.de
> POST /oauth/token HTTP/2
> Host: login.mypurecloud.de
> Authorization: ${basic(`${CLIENT_ID}:${CLIENT_SECRET}`)}
> Content-Type: application/json
>
} [35 bytes data]
< HTTP/2 400
< content-type: application/json
<
{"error":"invalid_request","description":"no grant","error_description":"no grant"}`;
    const { request, answer } = parsePasted(pasted);
    expect(request?.headers['content-type']).toBe('application/json');
    expect(answer).toMatchObject({ status: 400, headers: { 'content-type': 'application/json' } });
    expect(codesOf(pasted)[0]).toBe('body_is_json');
  });
});

describe('a curl command', () => {
  test('gives method, URL, headers, user and data over continued lines', () => {
    const pasted = `$ curl -sS -X POST \\
  'https://login.mypurecloud.de/oauth/token' \\
  -u ${CLIENT_ID}:${CLIENT_SECRET} \\
  -H "X-Note: a \\"b\\"" --data-raw 'grant_type=client_credentials' \\
  --data-urlencode 'scope=a b'
{"error":"invalid_client","description":"authentication failed","error_description":"authentication failed"}`;
    const { request, answer } = parsePasted(pasted);
    expect(request).toEqual({
      method: 'POST',
      url: 'https://login.mypurecloud.de/oauth/token',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        authorization: basic(`${CLIENT_ID}:${CLIENT_SECRET}`),
        'x-note': 'a "b"',
      },
      body: 'grant_type=client_credentials&scope=a%20b',
    });
    expect(answer?.body).toContain('authentication failed');
    expect(codesOf(pasted)).toEqual(['client_not_accepted']);
  });

  test.each([
    [
      'curl https://login.mypurecloud.de/oauth/token -u a:b -d \'{"grant_type":"client_credentials"}\'',
      'body_is_json',
    ],
    ['curl -u a:b https://login.mypurecloud.de/oauth/token', 'method_not_post'],
    [
      'curl -G https://login.mypurecloud.de/oauth/token -u a:b -d grant_type=client_credentials',
      'grant_type_in_query',
    ],
    [
      "curl https://login.mypurecloud.de/oauth/token -H 'Authorization: Basic BASE64(a:b)' -d grant_type=client_credentials",
      'literal_base64',
    ],
    [
      "curl https://login.mypurecloud.de/oauth/token -u '$CLIENT_ID:$CLIENT_SECRET' -d grant_type=client_credentials",
      'placeholder_not_replaced',
    ],
    [
      "curl https://login.mypurecloud.de/oauth/token -H 'Grant_Type: client_credentials' -X POST",
      'grant_type_in_header',
    ],
    [
      "curl 'https://login.salesforce.com/services/oauth2/token' --data 'grant_type=client_credentials&client_id=3MVG9a'",
      'client_credentials_on_shared_host',
    ],
  ])('shows its fault: %s', (pasted, code) => {
    expect(codesOf(pasted)[0]).toBe(code);
  });

  test('is not faulted for what the shell fills in', () => {
    const pasted = `curl -X POST "https://login.$REGION/oauth/token" -H "Authorization: Basic $(echo -n "$ID:$SECRET" | base64)" -d "grant_type=\${GRANT}"`;
    expect(codesOf(pasted)).toEqual(['not_recognised']);
  });
});

describe('Apex source', () => {
  const source = (lines: string) => `HttpRequest r = new HttpRequest();\n${lines}\nnew Http().send(r);`;
  const good = `r.setEndpoint('https://login.mypurecloud.de/oauth/token'); r.setMethod('POST'); r.setBody('grant_type=client_credentials');`;

  test.each([
    [
      'a merge field that Apex encodes',
      `${good} r.setHeader('Authorization', 'Basic ' + EncodingUtil.base64Encode(Blob.valueOf('{!$Credential.UserName}:{!$Credential.Password}')));`,
      'merge_field_encoded',
    ],
    [
      'a header that is encoded twice',
      `${good} String pair = EncodingUtil.base64Encode(Blob.valueOf(id + ':' + secret)); r.setHeader('Authorization', 'Basic ' + EncodingUtil.base64Encode(Blob.valueOf(pair)));`,
      'basic_encoded_twice',
    ],
    [
      'a body of JSON',
      `${good.replace("'grant_type=client_credentials'", 'JSON.serialize(body)')} r.setHeader('Content-Type', 'application/json');`,
      'body_is_json',
    ],
    [
      'a method that was never set',
      good.replace("r.setMethod('POST');", "r.setMethod('GET');"),
      'method_not_post',
    ],
    [
      'an endpoint in a variable',
      `String host = 'https://api.mypurecloud.de'; ${good.replace("'https://login.mypurecloud.de/oauth/token'", "host + '/oauth/token'")}`,
      'sign_in_host_wrong',
    ],
    [
      'a body that was never set',
      good.replace("r.setBody('grant_type=client_credentials');", ''),
      'grant_type_missing',
    ],
    [
      'a body encoded as a whole',
      good.replace(
        "'grant_type=client_credentials'",
        "EncodingUtil.urlEncode('grant_type=client_credentials', 'UTF-8')",
      ),
      'body_encoded_twice',
    ],
  ])('shows %s', (_name, lines, code) => {
    expect(codesOf(source(lines))).toContain(code);
  });

  test('is read around comments and line breaks inside a call', () => {
    const { request } = parsePasted(
      source(
        `r // not yet\n .setEndpoint(\n 'https://login.mypurecloud.de' /* region */ + '/oauth/token'\n);\n// r.setHeader('grant_type', 'x');`,
      ),
    );
    expect(request?.url).toBe('https://login.mypurecloud.de/oauth/token');
    expect(request?.headers.grant_type).toBeUndefined();
  });

  test('gives way to the exception that stands below it', () => {
    const pasted = `${source(good)}\n\nSystem.CalloutException: Unauthorized endpoint, please check Setup->Security->Remote site settings.`;
    expect(codesOf(pasted)[0]).toBe('remote_site_missing');
  });
});

describe('an Apex debug log', () => {
  const at = '09:00:01.0 (1234567)|';

  test('gives callout, status, what was printed and the exception', () => {
    const pasted = `66.0 APEX_CODE,DEBUG;CALLOUT,INFO
${at}CODE_UNIT_STARTED|[EXTERNAL]|execute_anonymous_apex
${at}CALLOUT_REQUEST|[12]|System.HttpRequest[Endpoint=https://login.mypurecloud.de/oauth/token, Method=POST]
${at}CALLOUT_RESPONSE|[12]|System.HttpResponse[Status=Bad Request, StatusCode=400]
${at}USER_DEBUG|[13]|DEBUG|{"error":"invalid_client","description":"client not found","error_description":"client not found"}`;
    const { request, answer } = parsePasted(pasted);
    expect(request).toMatchObject({ method: 'POST', url: 'https://login.mypurecloud.de/oauth/token' });
    expect(answer).toMatchObject({ status: 400 });
    expect(codesOf(pasted)).toEqual(['client_not_found']);
  });

  test.each([
    ['EXCEPTION_THROWN|[13]|System.CalloutException: Read timed out', 'apex_read_timed_out'],
    ['FATAL_ERROR|System.LimitException: Too many callouts: 101', 'too_many_callouts'],
    ['USER_DEBUG|[2]|DEBUG|Unable to fetch the OAuth token', 'external_credential_token_failed'],
  ])('names the cause in %s', (line, code) => {
    expect(codesOf(`${at}${line}`)[0]).toBe(code);
  });
});

describe('a message alone', () => {
  test.each([
    [
      '{"error":"invalid_client","description":"authentication failed","error_description":"authentication failed"}',
      'client_not_accepted',
    ],
    ['{"error":"invalid_client","error_description":"authentication failed"}', 'client_not_accepted'],
    [
      '{"error":"unauthorized_client","description":"client is not authorized to use the client_credential grant type"}',
      'grant_type_not_allowed',
    ],
    ['{"error":"invalid_grant","error_description":"authentication failure"}', 'salesforce_sign_in_refused'],
    ['Error: invalid_grant: request not supported on this domain', 'my_domain_required'],
    [
      '{"message":"Invalid login credentials.","code":"bad.credentials","status":401}',
      'purecloud_token_refused',
    ],
    [
      '[{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]',
      'salesforce_session_invalid',
    ],
    ['You have uncommitted work pending. Please commit or rollback before calling out', 'uncommitted_work'],
    [
      "We couldn't access the credential(s). You might not have the required permissions",
      'credential_access_missing',
    ],
    [
      'Error: unable to get local issuer certificate\n    at TLSSocket.onConnectSecure',
      'certificate_authority_unknown',
    ],
    [
      'Error: write EPROTO 140:error:0A00010B:SSL routines:ssl3_get_record:wrong version number',
      'tls_to_plain_port',
    ],
    ['getaddrinfo ENOTFOUND login.mypurecloud.con', 'host_name_not_found'],
    ['connect ECONNREFUSED 127.0.0.1:8080', 'connection_refused'],
    ["Hostname/IP does not match certificate's altnames: Host: x", 'certificate_name_mismatch'],
    ['certificate has expired', 'certificate_date_invalid'],
    ['{"code":"credential_rejected","status":502,"remedy":"…","correlationId":"1"}', 'credential_rejected'],
    ['caller_unauthenticated', 'caller_unauthenticated'],
    ['<html><head><title>Access Denied</title></head><body>Zscaler</body></html>', 'proxy_error_page'],
    ['Response: 503', 'server_unavailable'],
    ['{"access_token":"ab', 'json_cut_off'],
  ])('%s', (pasted, code) => {
    expect(codesOf(pasted)[0]).toBe(code);
  });
});

test('puts a request and an answer that were pasted apart together', () => {
  const parts = [
    'POST /oauth/token HTTP/1.1\nHost: login.mypurecloud.de\n\ngrant_type=client_credentials',
    '{"error":"invalid_client"}',
    'It fails.',
  ];
  const facts = mergedFacts(parts.map(parsePasted));
  expect(facts.request?.url).toBe('https://login.mypurecloud.de/oauth/token');
  expect(facts.answer?.body).toBe('{"error":"invalid_client"}');
  expect(facts.text).toBe('It fails.');
});
