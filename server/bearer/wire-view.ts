/** What a bearer token request puts on the wire, for people to read: real bytes, secrets masked. */
import { GRANTS } from './grants/grants.ts';
import type { BearerTokenRequest } from './request.ts';

const MASK = '••••••';
const SECRET_MEMBERS = ['client_secret', 'password', 'assertion'];

function maskedForm(body: string): string {
  return body
    .split('&')
    .map((pair) => {
      const name = pair.slice(0, pair.indexOf('='));
      return SECRET_MEMBERS.includes(name) ? `${name}=${MASK}` : pair;
    })
    .join('&');
}

function maskedJson(body: string): string {
  const members = Object.entries(JSON.parse(body) as Record<string, string>);
  return JSON.stringify(
    Object.fromEntries(members.map(([name, value]) => [name, SECRET_MEMBERS.includes(name) ? MASK : value])),
  );
}

function titleCase(header: string): string {
  return header.replace(/(^|-)[a-z]/g, (letters) => letters.toUpperCase());
}

/** Lines of the HTTP request. */
export async function wireView(request: BearerTokenRequest, nowMs: number): Promise<string[]> {
  const sent = await GRANTS[request.grantType](request, nowMs);
  const headers = Object.entries(sent.headers).map(
    ([name, value]) => `${titleCase(name)}: ${name === 'authorization' ? `Basic ${MASK}` : value}`,
  );
  return [
    `${sent.method} ${sent.url.pathname}${sent.url.search} HTTP/1.1`,
    `Host: ${sent.url.host}`,
    ...headers,
    '',
    sent.body.startsWith('{') ? maskedJson(sent.body) : maskedForm(sent.body),
  ];
}
