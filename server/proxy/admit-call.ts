/** Everything that can be said about a proxied call without sending a byte: who may, what, and for how long. Pure. */
import { requirePermission } from '../callers/permissions.ts';
import type { ProxyRule } from '../callers/proxy-rules.ts';
import type { Connection } from '../connections/connection.ts';
import { leftAfterSignIn } from '../bridge-timeout.ts';
import { BridgeError } from '../errors.ts';
import { readBudgetMs } from './call-budget.ts';
import { requireProxyRule } from './call-rules.ts';
import { basePathOf, type ProxyPath } from './proxy-path.ts';
import { framingOf, requireProxiable, type RequestFraming } from './request-framing.ts';
import { configuredBase } from './upstream-base.ts';

export interface ProxyCaller {
  name: string;
  permissions: readonly string[];
  proxyRules?: readonly ProxyRule[];
}

export interface AdmittedCall {
  /** Name of the caller. */
  caller: string;
  connection: Connection;
  method: string;
  target: Pick<ProxyPath, 'path' | 'query'>;
  rawHeaders: readonly string[];
  framing: RequestFraming;
  budgetMs: number;
}

/** @throws BridgeError `not_found` also where the caller may not know that there is such a connection; `caller_forbidden`. */
export function connectionFor(
  caller: ProxyCaller,
  name: string,
  connections: { find(name: string): Connection | undefined },
): Connection {
  requirePermission(caller.permissions, `proxy:${name}`);
  const connection = connections.find(name);
  if (connection !== undefined) return connection;
  throw new BridgeError('not_found', { detail: 'There is no such connection' });
}

type RuledParts = Pick<AdmittedCall, 'method' | 'connection' | 'target' | 'rawHeaders'>;

function requireRule(
  { proxyRules }: ProxyCaller,
  { method, connection, target, rawHeaders }: RuledParts,
): void {
  const base = configuredBase(connection);
  const path = `${base === undefined ? '' : basePathOf(base)}${target.path}`;
  requireProxyRule(proxyRules, { method, path, query: target.query, rawHeaders });
}

/**
 * A call may wait long for a permit or for its repetition. Whoever was removed meanwhile, or may do less, does not get it sent.
 * @param call `caller` by name.
 * @throws BridgeError `caller_unauthenticated` | `caller_forbidden`.
 */
export function assertStillAllowed(
  call: RuledParts & Pick<AdmittedCall, 'caller'>,
  callers: { find(name: string): ProxyCaller | undefined },
): void {
  const present = callers.find(call.caller);
  if (present === undefined)
    throw new BridgeError('caller_unauthenticated', {
      detail: 'The caller was removed while its call waited. Nothing more was sent.',
    });
  requirePermission(present.permissions, `proxy:${call.connection.name}`);
  requireRule(present, call);
}

/** @throws BridgeError `invalid_request` | `caller_forbidden` | `conflict`. */
export function admitCall(
  request: { method?: string | undefined; rawHeaders: readonly string[] },
  caller: ProxyCaller,
  connection: Connection,
  target: Pick<ProxyPath, 'path' | 'query'>,
  { budgetMs: budgetMsDefault, signInMs }: { budgetMs: number; signInMs?: number | undefined },
): AdmittedCall {
  const { method = '', rawHeaders } = request;
  requireProxiable(method, rawHeaders);
  const framing = framingOf(rawHeaders);
  const budgetMs = leftAfterSignIn(readBudgetMs(rawHeaders, budgetMsDefault), signInMs);
  requireRule(caller, { method, connection, target, rawHeaders });
  return { caller: caller.name, connection, method, target, rawHeaders, framing, budgetMs };
}
