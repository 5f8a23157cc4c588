import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { diagnose, findings } from '../../server/diagnosis/diagnose.ts';
import { DIAGNOSED_CODES, explainCode, suggestCodes } from '../../server/diagnosis/explain-code.ts';
import { ALL_DIAGNOSIS_CODES } from '../../server/diagnosis/diagnosis-table.ts';
import type { DiagnosisFacts } from '../../server/diagnosis/facts.ts';
import { parsePasted } from '../../server/diagnosis/parse-pasted.ts';
import { CERTIFICATE_FAULTS, TRANSPORT_FAULTS } from '../../server/transport/transport-error.ts';
import { basic, purecloudRequest, salesforceRequest } from './fixtures/parts.ts';

/** Pieces of everything that is ever pasted, so that random text reaches every reader. */
const PIECES = [
  'curl ', "-H 'Authorization: Basic ", '-d ', '--data-urlencode', "'", '"', '\\\n', '$(', ')', '`', '${A}', '$A', '\n', '\n\n',
  'POST /oauth/token HTTP/1.1\n', 'Host: login.mypurecloud.com/oauth\n', 'HTTP/1.1 400 Bad Request\n', '> ', '< ', '* ',
  'req.setHeader(', "'grant_type'", ', ', ');', 'req.setBody(', 'EncodingUtil.base64Encode(Blob.valueOf(', 'a = a + a;', '((((', '))))', '/*', '//',
  'System.HttpRequest[Endpoint=', ', Method=POST]', 'System.HttpResponse[Status=', ', StatusCode=400]', '|EXCEPTION_THROWN|[1]|',
  '{"error":"invalid_client",', '"error_description":"x"}', '{', '[', ']', '}', 'BASE64(', '{!$Credential.x}', 'grant_type=password&', 'username=a b@c',
  'https://login.mypurecloud.con/', 'http://', 'Read timed out', '429', '<html>', '…', '\u0000', '\ud800', '=', ':', '%', '::', 'null',
]; // prettier-ignore
const pastedText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc
    .array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 6 })), { maxLength: 60 })
    .map((pieces) => pieces.join('')),
);
const headers = fc.dictionary(
  fc.constantFrom(
    'authorization',
    'host',
    'content-type',
    'grant_type',
    'retry-after',
    'location',
    'date',
    'x',
  ),
  pastedText,
);
const anyFacts: fc.Arbitrary<DiagnosisFacts> = fc.record(
  {
    system: fc.constantFrom('purecloud', 'salesforce', 'bridge', 'apex', 'unknown'),
    request: fc.record(
      { method: pastedText, url: fc.oneof(pastedText, fc.webUrl()), headers, body: pastedText },
      { requiredKeys: ['headers'] },
    ),
    answer: fc.record(
      { status: fc.integer({ min: 100, max: 599 }), headers, body: fc.oneof(pastedText, fc.json()) },
      { requiredKeys: ['headers', 'body'] },
    ),
    fault: fc.record({
      code: fc.constantFrom(...TRANSPORT_FAULTS),
      details: fc.record({
        phase: fc.constantFrom('prepare', 'tls', 'answer'),
        atProxy: fc.boolean(),
        unforgiven: fc.subarray([...CERTIFICATE_FAULTS]),
      }),
      message: fc.string(),
    }),
    text: pastedText,
  },
  { requiredKeys: [] },
);

describe('whatever comes in', () => {
  test('pasted text becomes facts and a diagnosis', () => {
    fc.assert(
      fc.property(pastedText, (text) => {
        const found = findings(parsePasted(text));
        expect(found.length).toBeGreaterThan(0);
        expect(found.every(({ code }) => ALL_DIAGNOSIS_CODES.includes(code))).toBe(true);
      }),
      { numRuns: 1500 },
    );
  });

  test('facts become a diagnosis with words', () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        for (const { title, causes, remedy } of findings(facts, (text) => text)) {
          expect(title.length * remedy.length * causes.length).toBeGreaterThan(0);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('the same facts get the same diagnosis, and no code is told twice', () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const found = findings(facts);
        expect(diagnose(facts)).toEqual(found[0]);
        expect(new Set(found.map(({ code }) => code)).size).toBe(found.length);
      }),
      { numRuns: 300 },
    );
  });

  test('a code is explained or gets suggestions that can be explained', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), (code) => {
        for (const suggestion of suggestCodes(code, DIAGNOSED_CODES))
          expect(explainCode(suggestion)).toBeDefined();
      }),
    );
  });
});

describe('100 KB of hostile text', () => {
  const KB_100 = 100_000;
  const pieces = [
    ...PIECES,
    ' ',
    'a',
    '=',
    '"a":',
    '$(a',
    '$((a)',
    "curl '",
    'x.setBody(',
    'x.setBody(y+',
    'a=(',
    'a = a + b;',
    '\\',
    'eyJaaaaaaaa',
    '00D',
    'Basic ',
    'no time',
    'HTTP/1.1 200 OK\n',
  ];

  // Quadratic readers take minutes here, and run into the time that a test may take at all.
  test.each(pieces)('is read in time proportional to its length: %j over and over', (piece) => {
    const text = piece.repeat(Math.ceil(KB_100 / piece.length));
    findings(parsePasted(text), (quoted) => quoted);
    findings(parsePasted(`curl https://login.mypurecloud.de/oauth/token -d '${text}'`), (quoted) => quoted);
    findings(
      parsePasted(`r.setHeader('Authorization', 'Basic ${text}');\nnew Http().send(r);`),
      (quoted) => quoted,
    );
    findings(
      { answer: { status: 400, headers: { 'content-type': text }, body: text }, text },
      (quoted) => quoted,
    );
  });
});

describe('secrets', () => {
  const CANARY = 'c4n4ry-7Qz!kW0x';
  const PAIR_TAIL = 'TAIL-of-canary';
  const secret = fc.constantFrom(
    CANARY,
    `${CANARY} `,
    `"${CANARY}"`,
    `${CANARY}&${PAIR_TAIL}`,
    `${CANARY}${CANARY}`,
    encodeURIComponent(CANARY),
  );

  function leaks(facts: DiagnosisFacts, planted: string): string[] {
    const spellings = [
      planted.trim(),
      encodeURIComponent(planted.trim()),
      Buffer.from(planted).toString('base64'),
      CANARY,
    ];
    return [undefined, (text: string) => text].flatMap((redact) => {
      const words = JSON.stringify(findings(facts, redact));
      return spellings.filter((spelling) => words.includes(JSON.stringify(spelling).slice(1, -1)));
    });
  }

  /** Ways in which a secret gets into a request, each with an upstream that gives it back. */
  const WAYS: readonly ((planted: string) => DiagnosisFacts)[] = [
    (planted) => ({ request: purecloudRequest({ headers: { authorization: basic(`id:${planted}`) } }) }),
    (planted) => ({ request: purecloudRequest({ headers: { authorization: basic(`${planted}:id`) } }) }),
    (planted) => ({ request: purecloudRequest({ headers: { authorization: basic(planted) } }) }),
    (planted) => ({ request: purecloudRequest({ headers: { authorization: `Basic ${planted}` } }) }),
    (planted) => ({
      request: purecloudRequest({ headers: { authorization: `Basic BASE64(id:${planted})` } }),
    }),
    (planted) => ({
      request: purecloudRequest({
        url: `https://login.mypurecloud.con/oauth/token?client_secret=${encodeURIComponent(planted)}`,
      }),
    }),
    (planted) => ({
      request: purecloudRequest({
        url: `https://id:${encodeURIComponent(planted)}@login.mypurecloud.com/oauth/token`,
      }),
    }),
    (planted) => ({
      request: purecloudRequest({ body: JSON.stringify({ grant_type: 'x', client_secret: planted }) }),
    }),
    (planted) => ({
      request: salesforceRequest({ grant_type: 'password', username: 'a', password: planted }),
    }),
    (planted) => ({ request: salesforceRequest({ grant_type: 'password', client_secret: planted }) }),
    (planted) => ({
      request: {
        ...purecloudRequest(),
        inputs: { grantType: 'password', clientSecret: planted, password: planted, securityToken: planted },
      },
    }),
  ];
  const ways = fc.constantFrom(...WAYS);

  test('never get into the words, though the upstream repeats them', () => {
    fc.assert(
      fc.property(ways, secret, fc.constantFrom(400, 403, 404, 418, 302), (way, planted, status) => {
        const message = `I do not like ${planted} or ${Buffer.from(planted).toString('base64')}`;
        const code = status === 403 ? 'missing.permissions' : undefined;
        const answer = {
          status,
          headers: { location: `https://x/?s=${encodeURIComponent(planted)}` },
          body: JSON.stringify({ message, code }),
        };
        expect(leaks({ ...way(planted), answer }, planted)).toEqual([]);
        expect(leaks({ ...way(planted), text: message }, planted)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    [
      'curl',
      `curl https://login.mypurecloud.con/oauth/token -u id:${CANARY} -d grant_type=client_credentials\nstrange ${CANARY}`,
    ],
    [
      'a curl header',
      `curl https://login.mypurecloud.com/oauth/token -H 'Authorization: Basic ${CANARY}' -X POST`,
    ],
    [
      'Apex',
      `r.setHeader('Authorization', 'Basic BASE64(id:${CANARY})');\nr.setEndpoint('https://login.mypurecloud.com/oauth/token?client_secret=${CANARY}');\nnew Http().send(r);`,
    ],
    [
      'raw HTTP',
      `POST /oauth/token HTTP/1.1\nHost: login.mypurecloud.com\nAuthorization: Basic id:${CANARY}\n\ngrant_type=client_credentials&client_secret=${CANARY}\n\nHTTP/1.1 418 No\n\nstrange ${CANARY}`,
    ],
    ['a token answer', `{"access_token":"${CANARY}","signature":"${CANARY}"}`],
  ])('never come back from %s', (_name, pasted) => {
    expect(leaks(parsePasted(pasted), CANARY)).toEqual([]);
  });

  test('are not hinted at by a shortened client id that is none', () => {
    const request = purecloudRequest({ headers: { authorization: basic(`${CANARY}:x`) } });
    const answer = {
      status: 400,
      headers: {},
      body: '{"error":"invalid_client","error_description":"authentication failed"}',
    };
    expect(JSON.stringify(findings({ request, answer }))).not.toContain('c4n4…');
  });
});
