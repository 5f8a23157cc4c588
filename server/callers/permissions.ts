/** Who may do what, decided from a list of permissions. Pure. */
import { BridgeError } from '../errors.ts';

const PLAIN = ['admin', 'read', 'request'] as const;
const SCOPED = ['token', 'proxy', 'sync'] as const;
type PlainPermission = (typeof PLAIN)[number];
type ScopedKind = (typeof SCOPED)[number];

/** What a route asks for: `read`, `token:crm`. The name is that of one connection or sync, never a pattern. */
export type NeededPermission = PlainPermission | `${ScopedKind}:${string}`;

export type ResourceKind = 'connection' | 'sync';

// In a granted name `*` stands for any characters: `token:*`, `proxy:crm-*`.
const GRANTED = new RegExp(`^(?:${PLAIN.join('|')}|(?:${SCOPED.join('|')}):[a-z0-9*-]{1,63})$`);

export function isPermission(text: string): boolean {
  return GRANTED.test(text);
}

/** Linear in both texts, whatever the pattern: a granted name cannot be made to take time. */
function matchesName(pattern: string, name: string): boolean {
  const [first = '', ...others] = pattern.split('*');
  if (others.length === 0) return pattern === name;
  if (!name.startsWith(first)) return false;
  const last = others.pop()!;
  let from = first.length;
  for (const part of others) {
    const found = name.indexOf(part, from);
    if (found < 0) return false;
    from = found + part.length;
  }
  return name.length - from >= last.length && name.endsWith(last);
}

function grants(granted: string, needed: NeededPermission): boolean {
  if (granted === 'admin') return true;
  const [kind, name] = needed.split(':', 2) as [string, string?];
  const [grantedKind, pattern] = granted.split(':', 2) as [string, string?];
  if (kind !== grantedKind) return false;
  if (name === undefined || pattern === undefined) return name === pattern;
  return matchesName(pattern, name);
}

/** `admin` may do everything; apart from that, no permission brings another with it. */
export function mayCaller(permissions: readonly string[], needed: NeededPermission): boolean {
  return permissions.includes(needed) || permissions.some((granted) => grants(granted, needed));
}

/** Whether the caller may know that this connection or sync exists: it may look at all, or use this one in some way. */
export function mayKnow(permissions: readonly string[], kind: ResourceKind, name: string): boolean {
  const uses: readonly NeededPermission[] =
    kind === 'sync' ? [`sync:${name}`] : [`token:${name}`, `proxy:${name}`];
  return mayCaller(permissions, 'read') || uses.some((needed) => mayCaller(permissions, needed));
}

function resourceOf(needed: NeededPermission): { kind: ResourceKind; name: string } | undefined {
  const [kind, name] = needed.split(':', 2) as [string, string?];
  return name === undefined ? undefined : { kind: kind === 'sync' ? 'sync' : 'connection', name };
}

/**
 * The existence rule: a caller who may not know of the resource gets the same answer as for one that is not there.
 * @throws BridgeError `not_found`, or `caller_forbidden` naming the permission.
 */
export function requirePermission(permissions: readonly string[], needed: NeededPermission): void {
  if (mayCaller(permissions, needed)) return;
  const resource = resourceOf(needed);
  if (resource !== undefined && !mayKnow(permissions, resource.kind, resource.name))
    throw new BridgeError('not_found');
  throw new BridgeError('caller_forbidden', { detail: `This needs the permission ${needed}.` });
}
