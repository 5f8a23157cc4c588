/** Which proxied calls a caller may make. Pure. */
import { z } from 'zod';

export const proxyRuleSchema = z.strictObject({
  methods: z
    .array(z.string().regex(/^[A-Z]{1,20}$/, 'must be a method in capital letters, such as GET'))
    .min(1, 'must name at least one method')
    .max(10, 'must name at most ten methods')
    .describe('Methods in capital letters: GET, POST.'),
  pathPrefix: z
    .string()
    .max(1024, 'must be at most 1,024 characters')
    .regex(/^\/[\x21-\x7e]*$/, 'must begin with "/" and hold no spaces')
    .refine((path) => !/[?#\\]/.test(path), 'must be a path only, without "?", "#" or a backslash')
    .describe('Path at the upstream with all below it: /api/v2/outbound. Ends at a whole segment.'),
});
export type ProxyRule = z.output<typeof proxyRuleSchema>;

/** `/api/v2/users` covers `/api/v2/users` and `/api/v2/users/1`, and not `/api/v2/users-secret`. */
function coversPath(prefix: string, path: string): boolean {
  return path === prefix || path.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`);
}

/**
 * No rules: everything the permission allows. Rules: what matches none is refused.
 * @param path As it goes to the upstream, undecoded, without the query. An encoded spelling of an allowed path matches no rule, and so is refused.
 */
export function allowsProxyCall(
  rules: readonly ProxyRule[] | undefined,
  method: string,
  path: string,
): boolean {
  if (rules === undefined || rules.length === 0) return true;
  return rules.some((rule) => rule.methods.includes(method) && coversPath(rule.pathPrefix, path));
}
