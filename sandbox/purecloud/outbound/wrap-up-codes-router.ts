/** `/routing/wrapupcodes` and `/outbound/wrapupcodemappings`: the codes, looked at, and what they do, which may be changed. */
import { Router } from 'express';
import { z } from 'zod';
import type { RequirePermission } from '../api-gate.ts';
import { ApiRefusal } from './api-refusal.ts';
import { WRAP_UP_FLAGS, type OutboundState, type WrapUpCode } from './outbound-state.ts';
import { nameFilterOf, pageOf, pageRequestOf } from './paging.ts';

const CODES_URI = '/api/v2/routing/wrapupcodes';

function withUri(code: WrapUpCode) {
  return { ...code, selfUri: `${CODES_URI}/${code.id}` };
}

export function createWrapUpCodesRouter(state: OutboundState, requirePermission: RequirePermission): Router {
  const router = Router();
  router.use(requirePermission('routing:wrapupCode:view'));
  router.get('/', (request, response) => {
    const found = [...state.wrapUpCodes.values()].filter(nameFilterOf(request.query));
    response.json(pageOf(found.map(withUri), pageRequestOf(request.query), CODES_URI));
  });
  router.get('/:codeId', (request, response) => {
    const code = state.wrapUpCodes.get(request.params.codeId);
    if (code === undefined) throw new ApiRefusal(404, 'resource.not.found');
    response.json(withUri(code));
  });
  return router;
}

const mappingSchema = z.object({
  version: z.int().optional(),
  mapping: z.record(z.string(), z.array(z.enum(WRAP_UP_FLAGS))).default({}),
});

function mappingView({ wrapUpFlags, wrapUpFlagsVersion }: OutboundState) {
  const mapping = Object.fromEntries([...wrapUpFlags].map(([id, flags]) => [id, [...flags]]));
  return { id: 'default', version: wrapUpFlagsVersion, defaultSet: [], mapping };
}

export function createWrapUpMappingsRouter(
  state: OutboundState,
  requirePermission: RequirePermission,
): Router {
  const router = Router();
  router.get('/', requirePermission('outbound:wrapUpCodeMapping:view'), (_request, response) => {
    response.json(mappingView(state));
  });
  router.put('/', requirePermission('outbound:wrapUpCodeMapping:edit'), (request, response) => {
    const parsed = mappingSchema.safeParse(request.body);
    if (!parsed.success) throw new ApiRefusal(400, 'bad.request');
    const { version, mapping } = parsed.data;
    if (version !== state.wrapUpFlagsVersion) throw new ApiRefusal(409, 'invalid.update.wrong.version');
    state.wrapUpFlagsVersion += 1;
    state.wrapUpFlags.clear();
    for (const [id, flags] of Object.entries(mapping)) state.wrapUpFlags.set(id, flags);
    response.json(mappingView(state));
  });
  return router;
}
