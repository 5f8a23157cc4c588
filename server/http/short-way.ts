/**
 * The short way: a token from the cache, a proxied call and a bearer token request, without the walk through Express's routers,
 * which would take most of their time. A request takes it only where its target is spelt as the contract has it; every other
 * spelling goes the long way, to the same handlers, but for a proxied call, whose target is never read in two ways.
 */
import { parse as parseQuery } from 'node:querystring';
import type { IncomingMessage } from 'node:http';
import type { Proxy } from '../proxy/proxy.ts';
import type { Gate } from './authenticate.ts';
import type { BridgeResponse } from './bridge-response.ts';
import { bearerTokenRequestRoute, type BearerTokenRequestRouteParts } from './bearer-token-requests.ts';
import { answererOf, bodyAnswererOf, type CallerGate } from './mount-routes.ts';
import { isProxyTarget, proxyHandler } from './proxy.ts';
import type { RequestTarget } from './route-context.ts';
import { handOutRoute, type TokenRouteParts } from './tokens.ts';

/** Undefined: it takes the long way. The promise rejects with what is to be answered as a problem. */
export type ShortWay = (request: IncomingMessage, response: BridgeResponse) => Promise<void> | undefined;

const NO_TARGET: RequestTarget = { params: {}, query: {} };
const TOKEN_TARGET = /^\/v1\/connections\/([a-z][a-z0-9-]{0,62})\/token(?:\?([^#]*))?$/;

export interface ShortWayParts extends TokenRouteParts, BearerTokenRequestRouteParts {
  gate: Gate & CallerGate;
  proxy: Proxy;
}

export function createShortWay(parts: ShortWayParts): ShortWay {
  const { gate, proxy } = parts;
  const handOut = answererOf(handOutRoute(parts), gate);
  const forward = proxyHandler(proxy, gate);
  const bearerTokenRequest = bearerTokenRequestRoute(parts);
  const requestBearerToken = bodyAnswererOf(bearerTokenRequest, gate);
  return (request, response) => {
    const { method, url = '' } = request;
    if (isProxyTarget(url)) return forward(request, response);
    if (method === 'POST' && url === bearerTokenRequest.path)
      return requestBearerToken(request, response, NO_TARGET);
    if (method !== 'GET') return undefined;
    const [, name, query] = TOKEN_TARGET.exec(url) ?? [];
    if (name === undefined) return undefined;
    return handOut(request, response, {
      params: { name },
      query: query === undefined ? {} : parseQuery(query),
    });
  };
}
