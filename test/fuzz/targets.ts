/** What is fuzzed, and what must hold of it whatever comes in: nothing but the documented errors, in bounded time, and no secret out. */
import { createPrivateKey } from 'node:crypto';
import fc from 'fast-check';
import { SignJWT } from 'jose';
import { readYaml } from '../../server/apply/read-yaml.ts';
import { BridgeFileError } from '../../server/apply/file-fault.ts';
import { parseBridgeFile } from '../../server/apply/read-bridge-file.ts';
import { parseBearerTokenRequest } from '../../server/bearer/request.ts';
import { readTokenAnswer } from '../../server/bearer/response.ts';
import { basicCredentials, toTokenHttpRequest } from '../../server/bearer/token-http-request.ts';
import { parseCallerInput, type Caller } from '../../server/callers/caller.ts';
import { createJwtKeys } from '../../server/callers/jwt-keys.ts';
import { createJwtSignIn } from '../../server/callers/jwt-sign-in.ts';
import { parseResultEvent } from '../../server/campaigns/results-inbox/result-event.ts';
import { parseSyncInput } from '../../server/campaigns/sync-input.ts';
import { ConfigError } from '../../server/config-fault.ts';
import { loadConfig, VARIABLE_NAMES } from '../../server/config.ts';
import { parseConnectionInput } from '../../server/connections/connection-input.ts';
import { diagnose } from '../../server/diagnosis/diagnose.ts';
import { parsePasted } from '../../server/diagnosis/parse-pasted.ts';
import { BridgeError, ERROR_CATALOGUE } from '../../server/errors.ts';
import { parseProxyUrl, proxyTarget } from '../../server/proxy/proxy-path.ts';
import { requestHeaders } from '../../server/proxy/request-headers.ts';
import { resolveRegion } from '../../server/regions.ts';
import { fieldPath, quote } from '../../server/salesforce/soql-text.ts';
import { Secret } from '../../server/secret.ts';
import { createRedactor } from '../../server/telemetry/redaction.ts';
import { readLifetime } from '../../server/tokens/token-lifetime.ts';
import { checkClientCertificate } from '../../server/transport/certificates/check-client-certificate.ts';
import { CertificateFileError, readPemBlocks } from '../../server/transport/certificates/pem-blocks.ts';
import { createEgressPolicy } from '../../server/transport/egress-policy.ts';
import { makeSelfSigned } from '../support/certificates.ts';
import { awkward, json, membersLike, textLike } from './inputs.ts';

export interface FuzzTarget {
  name: string;
  /** Part of the runs: what is cheap and faces strangers gets more. */
  share: number;
  property: fc.IRawProperty<[unknown]> | fc.IAsyncProperty<[unknown]>;
}

/** No input of these sizes is worth a second of computing. */
const CPU_MS_MAX = 1_000;
const NOW_MS = Date.UTC(2026, 2, 1);
const SECRET_WORD = 'canary-5d1f0c7a';

class Violated extends Error {}

function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Violated(what);
}

/** Of this thread: what else the machine does is nobody's fault here. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

/** @throws Violated where it takes too long or throws what nobody documented. */
function guarded<T>(work: () => T, isDocumented: (error: unknown) => boolean = isRefusal): T | undefined {
  const startedAtMs = cpuMs();
  try {
    return work();
  } catch (error) {
    if (!isDocumented(error)) throw error;
    must(!String((error as Error).message).includes(SECRET_WORD), 'an error repeats a secret');
    return undefined;
  } finally {
    must(cpuMs() - startedAtMs < CPU_MS_MAX, 'took too long');
  }
}

function isRefusal(error: unknown): boolean {
  return (
    error instanceof BridgeError && error.code in ERROR_CATALOGUE && ERROR_CATALOGUE[error.code].status < 500
  );
}

function target<T>(
  name: string,
  share: number,
  input: fc.Arbitrary<T>,
  holds: (value: T) => void,
): FuzzTarget {
  return { name, share, property: fc.property(input, holds) };
}

/** Reads what was sent to it in `text`, by the rules of SOQL; undefined where the text is no single literal. */
function readSoqlLiteral(text: string): string | undefined {
  if (!text.startsWith("'") || !text.endsWith("'") || text.length < 2) return undefined;
  let value = '';
  for (let at = 1; at < text.length - 1; at += 1) {
    if (text[at] === "'" || text[at] === '\n' || text[at] === '\r') return undefined;
    if (text[at] === '\\') {
      at += 1;
      if (at >= text.length - 1) return undefined;
      value += { n: '\n', r: '\r' }[text[at]!] ?? text[at]!;
    } else value += text[at]!;
  }
  return value;
}

const TOKEN_ANSWER = JSON.stringify({
  access_token: 'token',
  token_type: 'Bearer',
  expires_in: 86_399,
  instance_url: 'https://x.my.salesforce.com',
  issued_at: '1700000000000',
});
const CONNECTION = {
  provider: 'salesforce',
  url: 'https://login.salesforce.com/services/oauth2/token',
  clientId: 'id',
  clientSecret: SECRET_WORD,
  grantType: 'password',
  username: 'me',
  password: `${SECRET_WORD}-2`,
  proxyUri: `http://me:${SECRET_WORD}@proxy.example:8080`,
  region: 'us_east_1',
  timeoutSeconds: 10,
  contentType: 'application/json',
  apiUrl: 'https://x.my.salesforce.com',
};
const SYNC = {
  salesforceConnection: 'org',
  purecloudConnection: 'dialler',
  campaignId: '701000000000001AAA',
  contactListName: 'Renewals',
  columns: [{ field: 'Contact.FirstName', column: 'First name' }],
  phones: [{ field: 'Contact.MobilePhone', column: 'Mobile', type: 'Mobile' }],
  defaultCountry: 'DE',
  results: [{ result: 'Interested', memberStatus: 'Responded' }],
  schedule: '0 6 * * *',
  timeZone: 'Europe/Berlin',
};
const EVENT = {
  outboundContactId: '003000000000001AAA',
  outboundContactListId: 'list',
  wrapupCode: 'ININ-OUTBOUND-BUSY',
  eventTime: '2026-01-01T00:00:00Z',
  conversationId: 'c',
};
const YAML = `connections:
  crm:
    provider: purecloud
    region: us_east_1
    clientId: \${env:CLIENT}
    clientSecret: "\${env:SECRET}"
callers:
  job: {permissions: [read, "token:crm"], key: &key abcdefghijklmnopqrstuvwxyz}
`;
const PASTED = `curl -X POST https://login.mypurecloud.com/oauth/token -u 'id:${SECRET_WORD}' -d grant_type=client_credentials
HTTP/1.1 400 Bad Request
Content-Type: application/json

{"error":"invalid_client","description":"client not found","x":"${SECRET_WORD}"}
Authorization: Basic ${Buffer.from(`id:${SECRET_WORD}`).toString('base64')}
`;
const HEADER_NAMES = [
  'Authorization',
  'authorization',
  'Connection',
  'Host',
  'Transfer-Encoding',
  'Content-Length',
  'X-Forwarded-For',
  'Cookie',
  'X-Own',
  'TE',
  'Upgrade',
  'Proxy-Authorization',
  'SFDC_STACK_DEPTH',
  'traceparent',
];
/** As Node's parser lets them through: latin1 without control characters. */
const headerValue = fc.oneof(
  fc.constantFrom(...HEADER_NAMES, 'close, authorization', 'keep-alive', 'chunked'),
  fc.string({
    unit: fc
      .integer({ min: 0x20, max: 0xff })
      .filter((code) => code !== 0x7f)
      .map((code) => String.fromCharCode(code)),
    maxLength: 40,
  }),
);
const rawHeaders = fc
  .array(fc.tuple(fc.constantFrom(...HEADER_NAMES), headerValue), { maxLength: 12 })
  .map((pairs) => pairs.flat());

async function jwtTarget(): Promise<FuzzTarget> {
  const { certPem, keyPem } = await makeSelfSigned({ subject: 'fuzz' });
  const jwt = { issuer: 'https://issuer.example', audience: 'bridge', certificate: certPem };
  const now = new Date(NOW_MS);
  const caller: Caller = { name: 'org', permissions: [], jwt, version: 1, createdAt: now, updatedAt: now };
  const valid = await new SignJWT({ iss: jwt.issuer, aud: jwt.audience })
    .setProtectedHeader({ alg: 'ES256' })
    .setExpirationTime(Math.floor(Date.now() / 1000) + 600)
    .sign(createPrivateKey(keyPem));
  const keys = createJwtKeys({
    fetchText: () => Promise.reject(new Error('none')),
    monotonicMs: () => performance.now(),
  });
  const { signIn } = createJwtSignIn({
    callers: { byJwtIssuer: (issuer) => (issuer === jwt.issuer ? [caller] : []) },
    keys,
    now: () => Date.now(),
    used: { use: () => Promise.resolve('first') },
  });
  const segment = json.map((value) => Buffer.from(JSON.stringify(value)).toString('base64url'));
  const input = fc.oneof(
    textLike(valid),
    awkward,
    fc.tuple(segment, segment, segment).map((three) => three.join('.')),
  );
  const property = fc.asyncProperty(input, async (text) => {
    const found = await signIn(new Secret(text)).catch((error: unknown) => error);
    if (found instanceof BridgeError) must(found.code === 'caller_unauthenticated', found.code);
    else if (found instanceof Error) throw found;
    // Of the last letter of a signature some bits say nothing: two spellings of one signature are no forgery.
    else must(text.slice(0, -1) === valid.slice(0, -1), 'a JWT that nobody signed signs in');
  });
  return { name: 'JWT sign-in', share: 1, property: property as unknown as FuzzTarget['property'] };
}

function yamlTarget(): FuzzTarget {
  const sources = { env: { CLIENT: 'id', SECRET: SECRET_WORD }, directory: '/nonexistent' };
  const property = fc.asyncProperty(fc.oneof(textLike(YAML), awkward), async (text) => {
    guarded(() => readYaml(text));
    const startedAtMs = cpuMs();
    const found = await parseBridgeFile('bridge.yaml', text, sources).catch((error: unknown) => error);
    must(cpuMs() - startedAtMs < CPU_MS_MAX, 'took too long');
    if (!(found instanceof Error)) return;
    if (!(found instanceof BridgeFileError)) throw found;
    must(!found.message.includes(SECRET_WORD), 'a fault repeats a secret');
  });
  return { name: 'configuration file', share: 1, property: property };
}

async function pemTarget(): Promise<FuzzTarget> {
  const { certPem, keyPem } = await makeSelfSigned({ subject: 'fuzz' });
  const now = new Date(NOW_MS);
  const line = keyPem.split('\n')[1]!;
  return target('PEM loader', 1, fc.oneof(textLike(certPem + keyPem), awkward), (text) => {
    guarded(
      () => readPemBlocks(text, 'file.pem'),
      (error) => error instanceof CertificateFileError,
    );
    const checked = guarded(() => checkClientCertificate(new Secret(text), now));
    must(!JSON.stringify(checked?.findings ?? '').includes(line), 'a finding repeats the key');
  });
}

const encodingTarget = target(
  'form, JSON and Basic encoding round trip',
  3,
  fc.record({
    id: awkward,
    secret: awkward,
    name: awkward,
    inBody: fc.boolean(),
    isJson: fc.boolean(),
    rfc6749: fc.boolean(),
  }),
  ({ id, secret, name, inBody, isJson, rfc6749 }) => {
    const basicEncoding = rfc6749 ? 'rfc6749' : 'raw';
    const request = {
      ...parseBearerTokenRequest({ url: 'https://x.example/token', clientId: 'a', clientSecret: 'b' }),
      clientId: id,
      clientSecret: new Secret(secret),
      credentialsInBody: inBody,
      basicEncoding,
      contentType: isJson ? 'application/json' : '',
    } as const;
    const { headers, body } = toTokenHttpRequest(request, [
      ['username', name],
      ['grant_type', 'x'],
    ]);
    const sent = isJson ? new Map(Object.entries(JSON.parse(body) as object)) : new URLSearchParams(body);
    const wellFormed = (text: string) => (isJson ? text : text.toWellFormed());
    must(
      sent.get('username') === wellFormed(name) && sent.get('grant_type') === 'x',
      'a member changed on its way',
    );
    must(
      (sent.get('client_secret') ?? undefined) === (inBody ? wellFormed(secret) : undefined),
      'the secret changed',
    );
    must('authorization' in headers !== inBody, 'credentials go twice, or not at all');
    const basic = Buffer.from(basicCredentials(id, new Secret(secret), basicEncoding), 'base64');
    const decode = (text: string) => new URLSearchParams(`x=${text}`).get('x');
    if (!rfc6749) must(basic.equals(Buffer.from(`${id}:${secret}`)), 'Basic is not the bytes as they are');
    else {
      const [first = '', second = ''] = basic.toString().split(':');
      must(
        decode(first) === id.toWellFormed() && decode(second) === secret.toWellFormed(),
        'Basic does not come back',
      );
    }
  },
);

const proxyTargets = [
  target(
    'URL builder of the proxy',
    4,
    fc.oneof(
      textLike('/proxy/crm/api/v2/users/me?x=%41&y=1'),
      awkward.map((text) => `/proxy/crm/${text}`),
    ),
    (raw) => {
      const parsed = guarded(() => parseProxyUrl(raw));
      if (parsed === undefined) return;
      const { origin, path } = proxyTarget(new URL('https://api.example.com/base'), parsed);
      must(origin.origin === 'https://api.example.com', 'the target is another');
      must(/^\/base\/[\x21-\x7e]*$|^\/base$/.test(path), `not a path of the base: ${path}`);
      const seen = new URL(`https://api.example.com${path}`);
      must(
        seen.host === 'api.example.com' && seen.pathname.startsWith('/base'),
        'a parser reads another target',
      );
      must(/^[a-z][a-z0-9-]{0,62}$/.test(parsed.connection), 'no name of a connection');
    },
  ),
  target('header builder of the proxy', 3, rawHeaders, (raw) => {
    const built = requestHeaders(raw, { token: new Secret('the-token'), correlationId: 'c' });
    const names = built.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
    const values = built.filter((_, index) => index % 2 === 1);
    must(names.filter((name) => name === 'authorization').length === 1, 'not one Authorization');
    must(values[names.indexOf('authorization')] === 'Bearer the-token', 'another Authorization');
    for (const gone of [
      'connection',
      'transfer-encoding',
      'host',
      'cookie',
      'proxy-authorization',
      'te',
      'upgrade',
      'x-forwarded-for',
      'content-length',
    ])
      must(!names.includes(gone), `${gone} goes on`);
    must(!built.some((text) => /[\r\n\0]/.test(text)), 'a line break goes on');
  }),
];

const answerTarget = target(
  'token answer parser',
  4,
  fc.record({
    status: fc.oneof(fc.constantFrom(200, 201, 204, 302, 400, 401, 429, 500), fc.nat(999)),
    body: fc.oneof(
      textLike(TOKEN_ANSWER),
      awkward,
      membersLike(JSON.parse(TOKEN_ANSWER) as object as Record<string, unknown>).map((value) =>
        JSON.stringify(value),
      ),
    ),
  }),
  ({ status, body }) => {
    const answer = guarded(
      () => readTokenAnswer({ status, headers: {}, body }),
      () => false,
    )!;
    if (answer.outcome !== 'token') return;
    const { token } = answer;
    must(status >= 200 && status < 300, 'a token of an answer that is none');
    must(token.accessToken.reveal() !== '', 'an empty token');
    const life = readLifetime(token.expiresIn).seconds;
    must(Number.isInteger(life) && life > 0 && life <= 172_800, `a life of ${life} s`);
  },
);

const CANARY_REDACTOR = createRedactor([SECRET_WORD]);

const readerTargets = [
  target(
    'bearer token request',
    2,
    membersLike(CONNECTION),
    (body) => void guarded(() => parseBearerTokenRequest(body)),
  ),
  target(
    'connection',
    2,
    membersLike(CONNECTION),
    (body) => void guarded(() => parseConnectionInput(body, { name: 'crm' })),
  ),
  target(
    'caller',
    1,
    membersLike({
      permissions: ['read', 'token:*'],
      key: `${SECRET_WORD}-0123456789`,
      certificateSha256: 'ab'.repeat(32),
      requestsPerMinute: 5,
    }),
    (body) => void guarded(() => parseCallerInput('job', body)),
  ),
  target('sync', 1, membersLike(SYNC), (body) => void guarded(() => parseSyncInput('s', body))),
  target(
    'webhook of results',
    2,
    fc.oneof(
      membersLike(EVENT),
      membersLike(EVENT).map((eventBody) => ({ eventBody })),
      membersLike({ detail: { eventBody: EVENT } }),
    ),
    (body) => {
      const event = guarded(() => parseResultEvent(body, NOW_MS));
      if (event !== undefined)
        must(!Number.isNaN(Date.parse(event.at)) && /^\w{18}$/.test(event.contactId), 'no result');
    },
  ),
  target('SOQL literals and fields', 2, awkward, (text) => {
    must(readSoqlLiteral(quote(text)) === text, 'a value leaves its quotes, or comes back as another');
    const path = guarded(
      () => fieldPath(text),
      (error) => error instanceof RangeError,
    );
    if (path !== undefined) must(/^[\w.]+$/.test(path), 'no name of a field');
  }),
  target('pasted text', 1, fc.oneof(textLike(PASTED), awkward), (text) => {
    const found = guarded(
      () => diagnose(parsePasted(text), CANARY_REDACTOR.text),
      () => false,
    );
    must(!JSON.stringify(found).includes(SECRET_WORD), 'a diagnosis repeats a secret');
  }),
  target(
    'environment',
    1,
    fc
      .tuple(
        fc.dictionary(
          fc.constantFrom(...VARIABLE_NAMES),
          fc.oneof(awkward, fc.constantFrom('true', '1', '8080')),
        ),
        fc.dictionary(
          fc.constantFrom(
            'DATABASE_URL',
            'BRIDGE_SECRET_KEY',
            'BRIDGE_ADMIN_KEY',
            'HTTPS_PROXY',
            'http_proxy',
            'BRIDGE_NOTIFY_SLACK_URL',
          ),
          fc.constantFrom(
            SECRET_WORD,
            `http://u:${SECRET_WORD}@p:1`,
            `postgres://u:${SECRET_WORD}@h/d`,
            `ftp://${SECRET_WORD}`,
          ),
        ),
      )
      .map(([plain, secret]) => ({ ...plain, ...secret })),
    (env) => {
      guarded(
        () => loadConfig(env, '/nonexistent'),
        (error) => error instanceof ConfigError,
      );
    },
  ),
  target(
    'egress list and hosts',
    1,
    fc.record({
      allow: fc.oneof(awkward, fc.constant('*.example.com,127.0.0.1')),
      host: awkward,
      address: fc.oneof(fc.ipV4(), fc.ipV6(), awkward),
    }),
    ({ allow, host, address }) => {
      const policy = guarded(
        () => createEgressPolicy({ allow, allowPrivate: false }),
        (error) => error instanceof Error && error.name === 'EgressEntryError',
      );
      if (policy === undefined) return;
      guarded(
        () => policy.checkHost(host, 443),
        () => false,
      );
      const verdict = guarded(
        () => policy.checkAddress(address),
        () => false,
      );
      if (/^(127|10|192\.168|169\.254|0)\./.test(address))
        must(verdict !== undefined, 'a private address is open');
    },
  ),
  target(
    'region',
    1,
    awkward,
    (text) =>
      void guarded(
        () => resolveRegion(text),
        () => false,
      ),
  ),
  target(
    'redaction',
    1,
    fc.record({ before: awkward, after: awkward, max: fc.nat(200) }),
    ({ before, after, max }) => {
      const text = `${before}${SECRET_WORD}${after}`;
      must(!CANARY_REDACTOR.text(text).includes(SECRET_WORD), 'a secret survives');
      const cut = CANARY_REDACTOR.truncated(text, max);
      must(
        !cut.includes(SECRET_WORD) && Buffer.byteLength(cut) <= max,
        'a cut spares a secret, or is too long',
      );
    },
  ),
];

export async function fuzzTargets(): Promise<FuzzTarget[]> {
  return [
    answerTarget,
    ...proxyTargets,
    encodingTarget,
    ...readerTargets,
    yamlTarget(),
    await jwtTarget(),
    await pemTarget(),
  ];
}

export interface FuzzResult {
  name: string;
  runs: number;
  /** What broke, with the input; absent: nothing. */
  failure?: string;
}

/** Spreads so many runs over the targets. */
export async function runFuzz(
  targets: readonly FuzzTarget[],
  runs: number,
  seed: number,
): Promise<FuzzResult[]> {
  const shares = targets.reduce((sum, { share }) => sum + share, 0);
  const results: FuzzResult[] = [];
  for (const { name, share, property } of targets) {
    const details = await fc.check(property as fc.IRawProperty<[unknown]>, {
      seed,
      numRuns: Math.ceil((runs * share) / shares),
    });
    const failure = details.failed
      ? `${String(details.errorInstance)}\n${fc.defaultReportMessage(details)}`
      : undefined;
    results.push({ name, runs: details.numRuns, ...(failure === undefined ? {} : { failure }) });
  }
  return results;
}
