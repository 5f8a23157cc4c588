/** What a bearer token request puts on the wire, for people to read: real bytes, secrets masked. */
import { GRANTS } from './grants/grants.ts';
import { isSecretParameter, type BearerTokenRequest } from './request.ts';

const MASK = '••••••';

function nameOf(pair: string): string {
  const [first] = new URLSearchParams(pair);
  return first?.[0] ?? '';
}

function maskedForm(form: string): string {
  return form
    .split('&')
    .map((pair) =>
      isSecretParameter(nameOf(pair)) ? `${pair.slice(0, pair.indexOf('=') + 1)}${MASK}` : pair,
    )
    .join('&');
}

function maskedJson(body: string): string {
  const members = Object.entries(JSON.parse(body) as Record<string, string>);
  return JSON.stringify(
    Object.fromEntries(members.map(([name, value]) => [name, isSecretParameter(name) ? MASK : value])),
  );
}

function maskedQuery({ search }: URL): string {
  return search === '' ? '' : `?${maskedForm(search.slice(1))}`;
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
    `${sent.method} ${sent.url.pathname}${maskedQuery(sent.url)} HTTP/1.1`,
    `Host: ${sent.url.host}`,
    ...headers,
    '',
    sent.body.startsWith('{') ? maskedJson(sent.body) : maskedForm(sent.body),
  ];
}
