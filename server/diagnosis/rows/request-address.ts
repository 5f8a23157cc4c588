/** Rows about where a request goes: faults that can be seen in its URL and Host header. Pure. */
import type { TransportPhase } from '../../transport/transport-error.ts';
import type { RequestRow } from '../diagnosis-row.ts';
import type { Evidence } from '../evidence.ts';
import {
  domainOfHost,
  isSalesforcePageHost,
  isSharedSalesforceHost,
  knownPureCloudDomain,
  nearestPureCloudDomain,
  systemOfHost,
} from '../known-hosts.ts';
import { isPartlyUnknown } from '../read-request.ts';
import type { RequestReading } from '../read-request.ts';

const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const TOKEN_PATHS: Readonly<Record<string, string>> = {
  purecloud: '/oauth/token',
  salesforce: '/services/oauth2/token',
};

/** The URL as a whole is there to be judged: nothing of it is computed at run time. */
function wholeUrl({ request }: Evidence): string | undefined {
  const text = request?.facts.url;
  return text === undefined || isPartlyUnknown(text) || /\{!|[<>]|\$\{/.test(text) ? undefined : text;
}

function at(evidence: Evidence, system: 'purecloud' | 'salesforce'): RequestReading | undefined {
  const { request } = evidence;
  // By host alone: a connection to PureCloud may lead to a stand-in of PureCloud elsewhere.
  if (request === undefined || systemOfHost(request.host) !== system) return undefined;
  return wholeUrl(evidence) === undefined ? undefined : request;
}

/** Whether it ended there, with nothing of the request sent. */
function endedIn({ fault }: Evidence, ...phases: readonly TransportPhase[]): boolean {
  return fault !== undefined && phases.includes(fault.details.phase);
}

function isTokenHost(request: RequestReading): boolean {
  return knownPureCloudDomain(request.host) !== undefined && request.host.startsWith('login.');
}

function pathOf(request: RequestReading): string {
  return request.url?.pathname ?? '';
}

function expectedPath(request: RequestReading): string | undefined {
  return TOKEN_PATHS[systemOfHost(request.host)];
}

function hasWrongPath(request: RequestReading): boolean {
  const expected = expectedPath(request);
  return request.isSignIn && expected !== undefined && pathOf(request) !== expected;
}

function hasOnlyATrailingSlash(request: RequestReading): boolean {
  return pathOf(request).replace(/\/{1,9}$/, '') === expectedPath(request);
}

export const ADDRESS_ROWS: readonly RequestRow[] = [
  {
    code: 'url_has_spaces',
    aspect: 'address',
    title: 'The URL holds a space or a line break',
    causes: [
      'The URL was copied together with the space or line break around it.',
      'A variable that is part of the URL ends with a line break.',
    ],
    remedy: 'Type the URL again, without spaces before, after or inside it.',
    when: ({ request }) => /\s/.test(request?.facts.url ?? ''),
  },
  {
    code: 'url_malformed',
    aspect: 'address',
    title: 'The URL is not a URL',
    causes: ['https:// stands in it twice.', 'It begins without https://.', 'A part of it was left empty.'],
    remedy: 'Write the URL in full, as in https://login.mypurecloud.com/oauth/token.',
    when: (evidence) => {
      const text = wholeUrl(evidence);
      if (text === undefined || text.trim() === '') return false;
      const url = evidence.request?.url;
      return (
        url === undefined ||
        /^https?$/.test(evidence.request?.host ?? '') ||
        !/^(?:https?|callout):$/.test(url.protocol)
      );
    },
  },
  {
    code: 'sign_in_over_plain_http',
    aspect: 'address',
    title: 'The sign-in goes over plain http',
    causes: ['The URL begins with http:// instead of https://.'],
    remedy:
      'Change the URL to https://. Then replace the secret, since it has crossed the network readable by anyone.',
    when: (evidence) => {
      if (endedIn(evidence, 'prepare', 'nameLookup')) return false;
      const request = at(evidence, 'purecloud') ?? at(evidence, 'salesforce');
      return request?.url?.protocol === 'http:';
    },
    tell: (evidence) =>
      endedIn(evidence, 'connect', 'proxy', 'tls')
        ? { remedy: 'Change the URL to https://. Nothing was sent this time.' }
        : {},
  },
  {
    code: 'region_unknown',
    aspect: 'address',
    title: 'PureCloud has no region at this host',
    causes: ['The domain of the region is misspelt.', 'The region is newer than this version of the bridge.'],
    remedy:
      'Copy the domain from the address bar of your PureCloud admin page, and set it as region of the connection.',
    when: (evidence) => {
      const request = at(evidence, 'purecloud');
      return request !== undefined && knownPureCloudDomain(request.host) === undefined;
    },
    tell: (evidence) => {
      const host = evidence.request?.host ?? '';
      const nearest = nearestPureCloudDomain(host);
      if (nearest === undefined) return { title: `PureCloud has no region at ${evidence.quote(host)}` };
      return {
        title: `PureCloud has no region at ${evidence.quote(host)}`,
        causes: [
          `The domain of the region is misspelt: ${evidence.quote(domainOfHost(host))} is close to ${nearest}.`,
          'The region is newer than this version of the bridge.',
        ],
        remedy: `Use ${nearest} if that is the domain in the address bar of your PureCloud admin page; else copy the domain from there.`,
      };
    },
  },
  {
    code: 'sign_in_host_wrong',
    aspect: 'address',
    title: 'The sign-in goes to a PureCloud host that signs nobody in',
    causes: [
      'The URL names the API host (api.) or the page host (apps.) of the region.',
      'The URL names the bare domain of the region.',
    ],
    remedy:
      'Send the sign-in to https://login.{domain of your region}/oauth/token; api.{domain} is for the calls that follow.',
    when: (evidence) => {
      const request = at(evidence, 'purecloud');
      return (
        request?.isSignIn === true &&
        knownPureCloudDomain(request.host) !== undefined &&
        !request.host.startsWith('login.')
      );
    },
    tell: ({ request }) => {
      const domain = knownPureCloudDomain(request?.host ?? '');
      return domain === undefined
        ? {}
        : {
            remedy: `Send the sign-in to https://login.${domain}/oauth/token; api.${domain} is for the calls that follow.`,
          };
    },
  },
  {
    code: 'login_host_for_api',
    aspect: 'address',
    title: 'An API call goes to the sign-in host',
    causes: ['The host of the token request was used for the calls after it.'],
    remedy:
      'Send API calls to https://api.{domain of your region}, or through the bridge: callout:PureCloud_Bridge/proxy/{connection}/api/v2/….',
    when: (evidence) => {
      const request = at(evidence, 'purecloud');
      return request !== undefined && isTokenHost(request) && /^\/(?:platform\/)?api\//.test(pathOf(request));
    },
  },
  {
    code: 'salesforce_page_host',
    aspect: 'address',
    title: 'The sign-in goes to a Salesforce host that only serves pages',
    causes: ['The address was copied from the browser while a Lightning or Setup page was open.'],
    remedy:
      'Use your My Domain address, https://{name}.my.salesforce.com: in the org, see Setup > My Domain.',
    when: (evidence) => isSalesforcePageHost(at(evidence, 'salesforce')?.host ?? ''),
  },
  {
    code: 'client_credentials_on_shared_host',
    aspect: 'address',
    title: 'Client credentials went to a sign-in host that all orgs share',
    causes: [
      'login.salesforce.com and test.salesforce.com do not know which org a client belongs to; only My Domain does.',
    ],
    remedy:
      'Use your My Domain address as URL, https://{name}.my.salesforce.com/services/oauth2/token: in the org, see Setup > My Domain.',
    when: (evidence) => {
      const request = at(evidence, 'salesforce');
      return request?.grantType === 'client_credentials' && isSharedSalesforceHost(request.host);
    },
  },
  {
    code: 'audience_is_sandbox_login',
    aspect: 'address',
    title: 'The audience of the signed assertion is test.salesforce.com',
    causes: ['External Client Apps are not known to test.salesforce.com, so the assertion is for nobody.'],
    remedy:
      'Set audience of the connection to the My Domain address of the sandbox, https://{name}--{sandbox}.sandbox.my.salesforce.com.',
    when: ({ request }) => {
      const audience = request?.facts.inputs?.audience ?? '';
      const shared = /^(?:https:\/\/)?test\.salesforce\.com\/?$/i.test(audience.trim());
      return shared || (request?.grantType === JWT_BEARER && request.host === 'test.salesforce.com');
    },
  },
  {
    code: 'url_trailing_slash',
    aspect: 'address',
    title: 'The URL of the token endpoint ends with a slash',
    causes: ['The slash at the end makes it another address, which has no token endpoint.'],
    remedy: 'Remove the slash at the end of the URL.',
    when: ({ request }) => request !== undefined && hasWrongPath(request) && hasOnlyATrailingSlash(request),
  },
  {
    code: 'sign_in_path_wrong',
    aspect: 'address',
    title: 'The path of the URL is not that of the token endpoint',
    causes: [
      'A part of the path is missing or stands there twice.',
      'The path belongs to another system or to the sign-in page for people.',
    ],
    remedy: 'Use /oauth/token as path for PureCloud, and /services/oauth2/token for Salesforce.',
    when: (evidence) => {
      const { request } = evidence;
      if (request === undefined || wholeUrl(evidence) === undefined) return false;
      return hasWrongPath(request) && !hasOnlyATrailingSlash(request);
    },
    tell: ({ request }) => {
      const expected = request === undefined ? undefined : expectedPath(request);
      return expected === undefined ? {} : { remedy: `Use ${expected} as path of the URL.` };
    },
  },
];

/** Behind all others: the URL decides where a call goes, and most clients replace this header. */
export const HOST_ROWS: readonly RequestRow[] = [
  {
    code: 'host_holds_path',
    aspect: 'address',
    title: 'The Host header holds a path',
    causes: [
      'The path was put into the host, as in "Host: login.mypurecloud.com/oauth".',
      'The whole URL was put into the Host header.',
    ],
    remedy:
      'Remove the Host header from your code: it is made from the URL. The URL is https://login.mypurecloud.com/oauth/token, with the domain of your region.',
    when: ({ request }) => /[/\\]/.test(request?.facts.headers.host ?? ''),
  },
];
