import { describe, expect, test } from '@jest/globals';
import { Secret } from '../../server/secret.ts';
import { createRedactor } from '../../server/telemetry/redaction.ts';
import { findCredentials, PATTERNS } from '../../server/telemetry/redaction-patterns.ts';
import { plantSecrets, STAGES_MAX } from '../../server/telemetry/redaction-planted.ts';

const SECRET = 'p@ss w/"ö&é\'<1>\\n+=%41';
const planted = createRedactor([new Secret(SECRET), `the-id:${SECRET}`]);
const blind = createRedactor([]);
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const percentAll = (text: string): string =>
  [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
const unicodeAll = (text: string): string =>
  [...text].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
const strict = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`);
const form = (text: string): string => new URLSearchParams({ '': text }).toString().slice(1);
const json = (text: string): string => JSON.stringify(text).slice(1, -1);
const html = (text: string): string =>
  text.replace(
    /[&<>"']/g,
    (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[c]!,
  );
const entities = (text: string): string =>
  [...text].map((c) => `&#x${c.codePointAt(0)!.toString(16).toUpperCase()};`).join('');

describe('a planted secret', () => {
  test.each<[string, string]>([
    ['as it is', SECRET],
    ['percent-encoded', encodeURIComponent(SECRET)],
    ['percent-encoded in lower case', encodeURIComponent(SECRET).replace(/%../g, (e) => e.toLowerCase())],
    ['percent-encoded strictly', strict(SECRET)],
    ['percent-encoded whole', percentAll(SECRET)],
    ['form-encoded', form(SECRET)],
    ['in a JSON string', json(SECRET)],
    ['in a JSON string with escaped slashes', json(SECRET).replaceAll('/', '\\/')],
    ['in a JSON string in \\u escapes', unicodeAll(SECRET)],
    [
      'in a JSON string in capital \\u escapes',
      unicodeAll(SECRET).replace(/[0-9a-f]{4}/g, (h) => h.toUpperCase()),
    ],
    ['in HTML', html(SECRET)],
    ['in HTML with decimal entities', [...SECRET].map((c) => `&#${c.codePointAt(0)};`).join('')],
    ['in HTML with hexadecimal entities', entities(SECRET)],
    ['in hexadecimal', Buffer.from(SECRET).toString('hex')],
    ['in capital hexadecimal', Buffer.from(SECRET).toString('hex').toUpperCase()],
    ['in Base64', base64(SECRET).replace(/=+$/, '')],
    ['in Base64url', Buffer.from(SECRET).toString('base64url')],
    ['in Base64 with its id', base64(`the-id:${SECRET}`).replace(/=+$/, '')],
    ['in JSON in JSON', json(json(SECRET))],
    ['form-encoded in JSON', json(form(SECRET))],
    ['in JSON, percent-encoded', encodeURIComponent(json(SECRET))],
    ['percent-encoded twice', encodeURIComponent(encodeURIComponent(SECRET))],
    ['in JSON in HTML', html(json(SECRET))],
    ['in HTML in JSON', json(html(SECRET))],
    ['in Base64, percent-encoded', encodeURIComponent(base64(SECRET)).replace(/(%3D)+$/, '')],
  ])('is masked %s', (_name, encoded) => {
    expect(planted.text(`before {${encoded}} after`)).toMatch(
      /^before \{\[secret\][A-Za-z0-9=]{0,4}\} after$/,
    );
  });

  test.each([0, 1, 2, 3, 4, 5])('is masked in a larger Base64 text, %i bytes in', (offset) => {
    const text = base64(`${'x'.repeat(offset)}${SECRET}yyyy`);
    const redacted = planted.text(`Basic:${text}`);
    const clean = Math.floor((offset * 8) / 6); // characters before the first that holds a bit of the secret
    expect(redacted).toMatch(new RegExp(`^Basic:.{${clean}}\\[secret\\][\\w+/]{4,6}=*$`));
  });

  test('is masked in Base64 that is wrapped into lines', () => {
    const wrapped = base64(`{"a":"${'x'.repeat(50)}","b":"${json('0123456789abcdef'.repeat(5))}"}`).replace(
      /.{76}/g,
      '$&\r\n',
    );
    expect(createRedactor(['0123456789abcdef'.repeat(5)]).text(wrapped)).toMatch(
      /^eyJhIjoi[\w+/=\r\n]{66,90}\[secret\][\w+/=]{1,6}$/,
    );
  });

  const client = 'the-client-secret-of-somebody';

  test.each<[string, string, string]>([
    ['the other first', 'QWJjZGVmZ2hpams', base64(`12${client}34`)],
    ['the other last', base64(`12${client}34`), 'QWJjZGVmZ2hpams'],
    ['in hexadecimal, the other first', 'a1b2c3d4e5f60718', Buffer.from(client).toString('hex')],
    [
      'over two lines, the other last',
      `${base64(client).slice(0, 20)}\n${base64(client).slice(20).replace(/=+$/, '')}`,
      'QWJjZGVm',
    ],
  ])('is masked where another secret touches it: %s', (_name, first, second) => {
    const token = first.startsWith('QWJj') || first.startsWith('a1b2') ? first : second;
    const redacted = createRedactor([client, token]).text(`{"note":"${first}${second}"}`);
    expect(redacted).toMatch(/^\{"note":".{0,3}\[secret\]/);
    expect(redacted).not.toContain(token);
    for (const piece of [
      base64(client).slice(2, 12),
      base64(`12${client}`).slice(6, 16),
      Buffer.from(client).toString('hex').slice(4, 16),
    ])
      expect(redacted).not.toContain(piece);
  });

  test('is masked in Base64 of its percent-encoded form, as RFC 6749 §2.3.1 wants it', () => {
    const header = base64(`id:${form('a+b/c d=é')}`);
    expect(createRedactor(['a+b/c d=é']).text(header)).toMatch(/^aWQ6\[secret\]=*$/);
  });

  test('is masked percent-encoded in Latin-1', () => {
    expect(createRedactor(['passé-partout']).text('p=pass%E9-partout')).toBe('p=[secret]');
  });

  test('is masked where a character outside the basic plane is escaped', () => {
    expect(createRedactor(['key-😀-key']).text('{"a":"key-\\ud83d\\ude00-key"}')).toBe('{"a":"[secret]"}');
  });

  test('is masked with other line ends than it was given with', () => {
    const pem = 'line one of a key\nline two of a key\n';
    expect(createRedactor([pem]).text(JSON.stringify({ a: pem.replaceAll('\n', '\r\n') }))).toBe(
      '{"a":"[secret]\\r\\n"}',
    );
  });

  test('is masked each time, next to itself and overlapping itself', () => {
    expect(createRedactor(['abab']).text('abab abab-ababab')).toBe('[secret] [secret]-[secret]');
  });

  test('leaves the text around it as it was', () => {
    const around = 'ünïcödé %41 \\u0041 &amp; 😀';
    expect(createRedactor(['hunter2']).text(`${around}hunter2${around}`)).toBe(`${around}[secret]${around}`);
  });

  test('does not print itself when the redactor is looked at', () => {
    expect(JSON.stringify(createRedactor(['hunter2']))).not.toContain('hunter2');
  });

  test.each(['', 'a', 'abc'])('too short to be one leaves the text alone: %j', (short) => {
    expect(createRedactor([short]).text('aaa abc abcabc')).toBe('aaa abc abcabc');
  });
});

describe('a credential that nobody planted', () => {
  test.each<[string, string]>([
    ['{"access_token":"00Dx!AQ","issued_at":"1"}', '{"access_token":"[secret]","issued_at":"1"}'],
    ['{"refresh_token" : "a\\"b", "x": 1}', '{"refresh_token" : "[secret]", "x": 1}'],
    ['{"id_token":"a\\\\","x":1}', '{"id_token":"[secret]","x":1}'],
    ['{"signature":"abc="}', '{"signature":"[secret]"}'],
    [
      '{"sessionId":"x","bearerAccessToken":"y","clientSecret":"z"}',
      '{"sessionId":"[secret]","bearerAccessToken":"[secret]","clientSecret":"[secret]"}',
    ],
    ['{"password":12345,"x":1}', '{"password":"[secret]","x":1}'],
    ['{"password":null,"assertion":true}', '{"password":null,"assertion":true}'],
    ['{"password":{"value":1}}', '{"password":{"value":1}}'],
    ['{"grant_type":"password","x":1}', '{"grant_type":"password","x":1}'],
    ['{"set-cookie":["a=b; c","d=e"],"x":"y"}', '{"set-cookie":["[secret]","[secret]"],"x":"y"}'],
    ['["authorization","Bearer abc123"]', '["authorization","Bearer [secret]"]'],
    ["{ password: 'hunter2', x: 1 }", "{ password: '[secret]', x: 1 }"],
    [
      'grant_type=password&username=u&password=a%26b&x=1',
      'grant_type=password&username=u&password=[secret]&x=1',
    ],
    ["client_secret=it's&x=1", 'client_secret=[secret]&x=1'],
    ['assertion=a.b.c', 'assertion=[secret]'],
    ['password=[a]&x', 'password=[secret]&x'],
    ['client%5Fsecret=a&password%3Dhunter2%26x%3D1', 'client%5Fsecret=a&password%3D[secret]%26x%3D1'],
    ['{\\"access_token\\":\\"abc\\",\\"x\\":1}', '{\\"access_token\\":\\"[secret]\\",\\"x\\":1}'],
    [
      '{\\\\\\"access_token\\\\\\":\\\\\\"abc\\\\\\",1}',
      '{\\\\\\"access_token\\\\\\":\\\\\\"[secret]\\\\\\",1}',
    ],
    ['{&quot;access_token&quot;:&quot;abc&quot;,1}', '{&quot;access_token&quot;:&quot;[secret]&quot;,1}'],
    ['%22access_token%22%3A%22abc%22%2C1', '%22access_token%22%3A%22[secret]%22%2C1'],
    [
      '<n1:password xsi:type="xsd:string">abc</n1:password>',
      '<n1:password xsi:type="xsd:string">[secret]</n1:password>',
    ],
    ['<sessionId>abc</sessionId>\n<x/>', '<sessionId>[secret]</sessionId>\n<x/>'],
    ['password: hunter2,x;y z', 'password: [secret] z'],
    ['"password":"never closed', '"password":"[secret]'],
    ['Authorization: Basic YTpi\r\nHost: x', 'Authorization: Basic [secret]\r\nHost: x'],
    ['authorization: Digest username="a", response="b"\nx', 'authorization: Digest [secret]\nx'],
    ['Proxy-Authorization: abc def\nx', 'Proxy-Authorization: [secret]\nx'],
    ['x\nSet-Cookie: a="b"; Path=/\nx', 'x\nSet-Cookie: [secret]\nx'],
    ['Cookie: sid=a; b=c&d', 'Cookie: [secret]'],
    ["curl -H 'Authorization: Bearer abc' https://x/", "curl -H 'Authorization: Bearer [secret]' https://x/"],
    ['sent Bearer abc.def-123 twice', 'sent Bearer [secret] twice'],
    ['Bearer%20abc123', 'Bearer%20[secret]'],
    ['Basic dXNlcjpwYXNz', 'Basic [secret]'],
    ['id 00D000000000001!AQ0AQ.x_y and more', 'id [secret] and more'],
    ['sid=00D000000000001EAA%21AQ0AQ', 'sid=[secret]'],
    ['org 00D000000000001EAA is fine', 'org 00D000000000001EAA is fine'],
    ['x eyJhbGciOi.eyJpc3Mi.c2ln y', 'x [secret] y'],
    ['%3DeyJhbGciOi.eyJpc3Mi.c2ln', '%[secret]'.replace('%', '%3D')],
    ['eyJub3QgYSB0b2tlbg is fine', 'eyJub3QgYSB0b2tlbg is fine'],
    [
      '-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----\nx',
      '-----BEGIN RSA PRIVATE KEY-----[secret]-----END RSA PRIVATE KEY-----\nx',
    ],
    ['-----BEGIN+PRIVATE+KEY-----%0Aabc', '-----BEGIN+PRIVATE+KEY-----[secret]'],
    ['-----BEGIN CERTIFICATE-----\nabc', '-----BEGIN CERTIFICATE-----\nabc'],
    ['http://user:hunter2@proxy:3128/', 'http://user:[secret]@proxy:3128/'],
    ['https://host:8080/a@b', 'https://host:8080/a@b'],
    [
      'No authentication bearer token specified in authorization header.',
      'No authentication bearer token specified in authorization header.',
    ],
    ['Basic authentication failed', 'Basic authentication failed'],
    ['Bearer realm="x", error="invalid_token"', 'Bearer realm="x", error="invalid_token"'],
    [
      'Bearer authorization_uri="https://login.example/"',
      'Bearer authorization_uri="https://login.example/"',
    ],
    [
      '{"error":"invalid_client","error_description":"authentication failed"}',
      '{"error":"invalid_client","error_description":"authentication failed"}',
    ],
    [
      'invalid_grant: authentication failure, Invalid Password',
      'invalid_grant: authentication failure, Invalid Password',
    ],
  ])('%s', (text, expected) => {
    expect(blind.text(text)).toBe(expected);
  });

  test('masked once stays as it is when it is masked again', () => {
    const text =
      'password=a&b {"access_token":"x","password":5} Bearer abc1 eyJa.b.c http://u:p@h/ Authorization: Basic YTpi';
    expect(blind.text(blind.text(text))).toBe(blind.text(text));
  });

  test('leaves JSON that it masks readable', () => {
    const body = {
      password: 'a"b\\',
      nested: [{ accessToken: 'x\ny', n: 1 }],
      secretless: 'Authorization: Bearer abc1\n"q"',
      id_token: 7,
    };
    expect(JSON.parse(blind.text(JSON.stringify(body)))).toEqual({
      password: '[secret]',
      nested: [{ accessToken: '[secret]', n: 1 }],
      secretless: 'Authorization: Bearer [secret]\n"q"',
      id_token: '[secret]',
    });
  });
});

describe('headers', () => {
  test('that carry credentials keep their scheme and nothing else', () => {
    const headers = {
      Authorization: 'Bearer abc',
      'proxy-authorization': 'Basic YTpi',
      'set-cookie': ['a=b', 'c=d'],
      Cookie: 'a=b',
      'X-Api-Key': 'k',
      'x-amz-security-token': 't',
      authorization: 'raw',
    };
    expect(createRedactor([]).headers(headers)).toEqual({
      Authorization: 'Bearer [secret]',
      'proxy-authorization': 'Basic [secret]',
      'set-cookie': '[secret]',
      Cookie: '[secret]',
      'X-Api-Key': '[secret]',
      'x-amz-security-token': '[secret]',
      authorization: '[secret]',
    });
  });

  test('that carry none are kept, joined and redacted', () => {
    const headers = {
      date: 'today',
      via: ['a', 'b'],
      'x-echo': 'hunter2',
      absent: undefined,
      'ININ-Correlation-Id': 'c',
    };
    expect(createRedactor(['hunter2']).headers(headers)).toEqual({
      date: 'today',
      via: 'a, b',
      'x-echo': '[secret]',
      'ININ-Correlation-Id': 'c',
    });
  });
});

describe('a text that is redacted and truncated', () => {
  const redactor = createRedactor(['hunter2hunter2']);

  test('shows no part of a secret that the cut goes through', () => {
    const text = `${'x'.repeat(20)}hunter2hunter2${'y'.repeat(20)}`;
    for (let maxBytes = 0; maxBytes < 60; maxBytes++) {
      expect(redactor.truncated(text, maxBytes)).toMatch(/^x{0,20}(\[secret\]y{0,20})?$/);
    }
  });

  test('shows no part of an encoded secret that the cut goes through', () => {
    const text = `ab${percentAll(percentAll('hunter2hunter2'))}`;
    for (let maxBytes = 0; maxBytes < text.length; maxBytes++)
      expect(redactor.truncated(text, maxBytes)).toMatch(/^a?b?(\[secret\])?$/);
  });

  test('never has half a mask, half a character, or more bytes than allowed', () => {
    const text = 'ä€😀 password=x&hunter2hunter2 "access_token":"1" 😀';
    for (let maxBytes = 0; maxBytes < 90; maxBytes++) {
      const cut = redactor.truncated(text, maxBytes);
      expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(maxBytes);
      expect(cut).not.toContain('\ufffd');
      expect(cut.replaceAll('[secret]', '')).not.toMatch(/[[\]]|\[s/);
      expect(cut.isWellFormed()).toBe(true);
      expect(redactor.text(text).startsWith(cut)).toBe(true);
    }
  });

  test('is as much as fits', () => {
    expect(redactor.truncated('abc', 3)).toBe('abc');
    expect(redactor.truncated('abcd', 3)).toBe('abc');
    expect(redactor.truncated('a😀', 4)).toBe('a');
    expect(redactor.truncated('a😀', 5)).toBe('a😀');
  });
});

describe('the work', () => {
  const SIZE = 100_000;
  const filled = (unit: string): string => unit.repeat(Math.ceil(SIZE / unit.length)).slice(0, SIZE);
  const ADVERSARIAL = [
    'a',
    '"',
    '\\',
    '\\"',
    '%',
    '%25',
    '%2525',
    '&',
    '&amp;',
    '&amp;amp;',
    '\\\\u0041%5c&#92;',
    'eyJ',
    'eyJ ',
    'eyJa-',
    'eyJ.',
    '00D',
    '00Da!',
    '://',
    '://a:',
    '://a:b',
    'Bearer ',
    'Bearer+',
    'bearer%20',
    'Basic a=',
    '-----BEGIN ',
    '-----BEGIN PRIVATE KEY-----',
    'password',
    'password=',
    'password="',
    'password:[',
    'password["',
    '"password":["a",',
    'password%3D',
    'password%3D%26',
    '<password',
    '<password ',
    '<password>',
    'authorization: ',
    "cookie:'",
    'signature=> ',
    ' ',
    '\n',
    '[secret]',
    'hunter2hunter',
  ];

  test.each(ADVERSARIAL)('of the patterns grows with the text and no faster: %j', (unit) => {
    expect(findCredentials(filled(unit)).steps).toBeLessThanOrEqual(2 * SIZE);
  });

  test.each(ADVERSARIAL)('for planted secrets is a fixed number of passes: %j', (unit) => {
    const { bytesSearched } = plantSecrets(['hunter2hunter2']).find(filled(unit));
    expect(bytesSearched).toBeLessThanOrEqual(STAGES_MAX * SIZE);
  });

  test.each(Object.entries(PATTERNS))(
    'of the pattern %s is bounded: it repeats nothing without limit',
    (_name, pattern) => {
      const outsideClasses = pattern.source.replace(/\\./g, '_').replace(/\[[^\]]*\]/g, '_');
      expect(outsideClasses).not.toMatch(/[*+]|\{\d+,\}/);
    },
  );

  test('for a cut looks no further into the text than the cut needs', () => {
    const text = 'x'.repeat(5_000_000);
    const slices: number[] = [];
    const watched = {
      length: text.length,
      slice: (from: number, to: number) => (slices.push(to), text.slice(from, to)),
    };
    createRedactor(['hunter2hunter2']).truncated(watched as unknown as string, 8192);
    expect(Math.max(...slices)).toBeLessThan(20_000);
  });
});
