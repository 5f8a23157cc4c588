/** Whether a caller's rules let a proxied call pass. Pure. */
import { allowsProxyCall, type ProxyRule } from '../callers/proxy-rules.ts';
import { BridgeError } from '../errors.ts';
import { comparable, headerPairs } from './header-names.ts';

/** Members of the query and headers that make an upstream take the call for one of another method; Salesforce knows the first. */
const OVERRIDING_MEMBERS: ReadonlySet<string> = new Set(['-httpmethod', '-method']);
const OVERRIDING_HEADERS: ReadonlySet<string> = new Set([
  'x-http-method-override',
  'x-http-method',
  'x-method-override',
]);

/** They make an upstream, or something before it, take the call for one of another path; no client of PureCloud or Salesforce sends one. */
const REROUTING_HEADERS: ReadonlySet<string> = new Set([
  'x-original-url',
  'x-original-uri',
  'x-rewrite-url',
  'x-forwarded-uri',
]);

/** Every method that some upstream could take the call for. */
function methodsOf(method: string, query: string, rawHeaders: readonly string[]): readonly string[] {
  const members = [...new URLSearchParams(query)].filter(([name]) =>
    OVERRIDING_MEMBERS.has(comparable(name)),
  );
  const headers = headerPairs(rawHeaders).filter(([name]) => OVERRIDING_HEADERS.has(comparable(name)));
  return [method, ...[...members, ...headers].map(([, value]) => value.trim().toUpperCase())];
}

export interface RuledCall {
  method: string;
  /** At the upstream: with the path of the API base. */
  path: string;
  query: string;
  rawHeaders: readonly string[];
}

/** @throws BridgeError `caller_forbidden` where the caller has rules and none of them covers the call. */
export function requireProxyRule(rules: readonly ProxyRule[] | undefined, call: RuledCall): void {
  if (rules === undefined || rules.length === 0) return;
  const rerouting = headerPairs(call.rawHeaders).find(([name]) => REROUTING_HEADERS.has(comparable(name)));
  if (rerouting !== undefined) {
    throw new BridgeError('caller_forbidden', {
      detail: `The rules of this caller are for paths, and ${rerouting[0].slice(0, 60)} names another. Nothing was sent.`,
      remedy: 'Leave the header out, and ask for that path itself.',
    });
  }
  const methods = methodsOf(call.method, call.query, call.rawHeaders);
  if (methods.every((method) => allowsProxyCall(rules, method, call.path))) return;
  throw new BridgeError('caller_forbidden', {
    detail: `The rules of this caller do not cover ${[...new Set(methods)].join(' and ').slice(0, 60)} ${call.path.slice(0, 200)}. Nothing was sent.`,
    remedy: 'Ask an administrator of the bridge to add a rule to proxyRules of this caller.',
  });
}
