import { describe, expect, test } from '@jest/globals';
import { diagnose, findings } from '../../server/diagnosis/diagnose.ts';
import type { TransportFaultCode, TransportPhase } from '../../server/transport/transport-error.ts';
import {
  CLIENT_ID,
  CLIENT_SECRET,
  answer,
  basic,
  fault,
  other,
  purecloudApi,
  purecloudRequest,
  purecloudSignIn,
  salesforceRequest,
  withAuthorization,
} from './fixtures/parts.ts';

const codesOf = (...args: Parameters<typeof findings>) => findings(...args).map(({ code }) => code);
const asIs = (text: string) => text;

describe('a fault of the request', () => {
  const literal = withAuthorization('Basic BASE64(id:secret)');

  test('wins over an answer that does not say why', () => {
    expect(codesOf({ ...literal, answer: answer(400) })).toEqual([
      'literal_base64',
      'purecloud_request_malformed',
    ]);
  });

  test('stands behind an answer that has nothing to do with it', () => {
    expect(codesOf({ ...literal, answer: answer(503) })).toEqual(['purecloud_unavailable', 'literal_base64']);
    expect(codesOf({ ...literal, answer: answer(429, '', { 'retry-after': '3' }) })[0]).toBe(
      'purecloud_rate_limited',
    );
  });

  test('stands behind a network that never brought the request there', () => {
    expect(codesOf({ ...literal, ...withoutRequest(fault('connection_refused')) })).toEqual([
      'connection_refused',
      'literal_base64',
    ]);
  });

  test('wins over the network when it is the address that is wrong', () => {
    const request = purecloudRequest({ url: 'https://login.mypurecloud.con/oauth/token' });
    expect(codesOf({ ...withoutRequest(fault('name_not_found')), request })).toEqual([
      'region_unknown',
      'host_name_not_found',
    ]);
  });

  test('stands behind a client that may not sign in this way, which no fault of writing leads to', () => {
    const refused = purecloudSignIn(
      'unauthorized_client',
      'client is not authorized to use the client_credential grant type',
    );
    const request = purecloudRequest({ headers: { ...purecloudRequest().headers, host: 'a/b' } });
    expect(codesOf({ ...refused, request })[0]).toBe('grant_type_not_allowed');
  });

  test('is told together with all others', () => {
    const request = purecloudRequest({
      method: 'GET',
      url: 'http://login.mypurecloud.de/oauth/token/',
      body: '',
      headers: { 'content-type': 'text/plain', authorization: basic(`${CLIENT_ID}:${CLIENT_SECRET} `) },
    });
    expect(codesOf({ request })).toEqual([
      'sign_in_over_plain_http',
      'url_trailing_slash',
      'method_not_post',
      'content_type_not_form',
      'grant_type_missing',
      'credential_has_spaces',
    ]);
  });

  test('over plain http is no alarm where nothing was sent', () => {
    const request = purecloudRequest({ url: 'http://login.mypurecloud.de/oauth/token' });
    const ended = (code: TransportFaultCode, phase: TransportPhase) =>
      findings({ request, fault: { code, details: { phase }, message: 'x' } });
    expect(ended('name_not_found', 'nameLookup').map(({ code }) => code)).toEqual(['host_name_not_found']);
    const refused = ended('connection_refused', 'connect').find(
      ({ code }) => code === 'sign_in_over_plain_http',
    );
    expect(refused?.remedy).toBe('Change the URL to https://. Nothing was sent this time.');
    expect(findings({ request })[0]?.remedy).toMatch(/crossed the network/);
  });

  test('is not seen in a request without one', () => {
    expect(codesOf({ request: purecloudRequest() })).toEqual(['not_recognised']);
    expect(codesOf({ request: salesforceRequest({ grant_type: 'client_credentials' }) })).toEqual([
      'not_recognised',
    ]);
  });

  test.each([
    ['a proxied call', 'https://api.mypurecloud.de/api/v2/users', 'GET'],
    ['a call of the bridge', 'callout:PureCloud_Bridge/proxy/purecloud/api/v2/users', 'GET'],
    ['another upstream', 'https://id.example.com/token', 'POST'],
  ])('is not seen in %s either', (_name, url, method) => {
    expect(codesOf({ request: { method, url, headers: { authorization: 'Bearer abc' } } })).toEqual([
      'not_recognised',
    ]);
  });
});

function withoutRequest({ fault: only }: ReturnType<typeof fault>): { fault: NonNullable<typeof only> } {
  return { fault: only! };
}

describe('the words of a diagnosis', () => {
  test('name region and shortened client where PureCloud refuses it', () => {
    expect(diagnose(purecloudSignIn('invalid_client', 'authentication failed')).title).toBe(
      'PureCloud does not accept the client 3f2a…9c1e in mypurecloud.de',
    );
  });

  test('name the region that was probably meant', () => {
    const { title, remedy } = diagnose({
      request: purecloudRequest({ url: 'https://login.mypurcloud.de/oauth/token' }),
    });
    expect(title).toBe('PureCloud has no region at login.mypurcloud.de');
    expect(remedy).toMatch(/^Use mypurecloud\.de /);
  });

  test('name every certificate fault and the flag that forgives it', () => {
    const { title, remedy } = diagnose(
      fault('certificate_refused', {
        faults: ['certificateNameMismatch', 'invalidCertificateDate', 'unknownCertificateAuthority'],
        unforgiven: ['certificateNameMismatch', 'invalidCertificateDate'],
      }),
    );
    expect(title).toContain('another host name; it is expired or not yet valid');
    expect(title).not.toContain('authority');
    expect(remedy).toContain('ignoreCertificateNameMismatch and ignoreInvalidCertificateDate');
    expect(remedy).toContain('BRIDGE_CA_FILE');
  });

  test.each([
    ['a number', { 'retry-after': '37' }, 37],
    [
      'a date, counted from the date of the answer',
      { date: 'Sat, 21 Nov 2026 09:00:00 GMT', 'retry-after': 'Sat, 21 Nov 2026 09:01:30 GMT' },
      90,
    ],
  ])('name the wait that Retry-After asks for as %s', (_name, headers: Record<string, string>, seconds) => {
    expect(diagnose(other(429, '', headers)).remedy).toContain(`Wait ${seconds} s`);
  });

  test('name the wait that stands in the message of PureCloud', () => {
    const { title } = diagnose(
      purecloudApi(
        429,
        'too.many.requests',
        'Rate limit exceeded the maximum. Retry the request in [12] seconds',
      ),
    );
    expect(title).toBe('PureCloud asks to wait 12 s');
  });

  test('quote an upstream only through the redactor', () => {
    const facts = purecloudApi(
      403,
      'missing.permissions',
      'You are missing the following permission(s): outbound:contact:add',
    );
    expect(JSON.stringify(diagnose(facts))).not.toContain('outbound:contact:add');
    expect(diagnose(facts, asIs).causes[0]).toContain('outbound:contact:add');
    expect(diagnose(facts, () => 'redacted').causes[0]).toBe('PureCloud says: redacted');
  });

  test('quote what was not recognised, on one line and cut short', () => {
    const { code, causes } = diagnose({ text: `strange\n\u001b[31m${'x'.repeat(5000)}` }, asIs);
    expect(code).toBe('not_recognised');
    expect(causes[0]!.length).toBeLessThan(300);
    expect(causes[0]).toMatch(/^What was said: strange \[31mx+…$/);
  });
});

describe('the system that speaks', () => {
  const invalidClient = { error: 'invalid_client', error_description: 'x' };

  test('is told by the host', () => {
    expect(diagnose({ request: purecloudRequest(), answer: answer(400, invalidClient) }).code).toBe(
      'client_not_accepted',
    );
  });

  test('is taken from the connection where the host tells nothing', () => {
    const facts = other(400, invalidClient);
    expect(diagnose(facts).code).toBe('oauth_client_refused');
    expect(diagnose({ ...facts, system: 'purecloud' }).code).toBe('client_not_accepted');
    expect(diagnose({ answer: facts.answer!, system: 'salesforce' }).code).toBe('client_secret_wrong');
  });

  test('is PureCloud where the bridge passed on its answer', () => {
    const request = { url: 'callout:PureCloud_Bridge/proxy/pc/api/v2/users', headers: {} };
    expect(diagnose({ ...purecloudApi(403, 'missing.permissions'), request }).code).toBe(
      'purecloud_permission_missing',
    );
  });

  test('is the bridge where its own sign-in refuses a caller', () => {
    const request = purecloudRequest({ url: 'https://bridge.example.com/login/pc/oauth/token' });
    expect(diagnose({ request, answer: answer(401, invalidClient) }).code).toBe('caller_unauthenticated');
  });

  test('is whom the diagnosis inside an answer of the bridge names', () => {
    const body = {
      exitPath: 'Failure',
      upstreamStatus: 400,
      upstreamBody: '{}',
      diagnosis: { code: 'literal_base64' },
    };
    expect(diagnose({ answer: answer(200, body) }).code).toBe('literal_base64');
    const unknown = {
      ...body,
      diagnosis: { code: 'of_a_later_version' },
      upstreamBody: '{"error":"invalid_grant","error_description":"ip restricted"}',
    };
    expect(diagnose({ answer: answer(200, unknown) }).code).toBe('salesforce_ip_restricted');
  });

  test('is read from the exit path where the bridge says no more', () => {
    expect(diagnose({ answer: answer(200, { exitPath: 'UnknownHost' }) }).code).toBe('unknown_host');
  });
});

test('a host with the dot of the root at its end is the host without it', () => {
  const at = (url: string) => findings({ request: { url, headers: {} } }).map(({ code }) => code);
  expect(at('https://LOGIN.mypurecloud.com./oauth/token')).toEqual(
    at('https://login.mypurecloud.com/oauth/token'),
  );
});
