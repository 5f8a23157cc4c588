/** `/outbound/campaigns` and `/routing/wrapupcodes`: looked at, not changed. */
import { Router } from 'express';
import type { RequirePermission } from '../api-gate.ts';
import { ApiRefusal } from './api-refusal.ts';
import { idsOf } from './contact-rules.ts';
import type { Campaign, OutboundState } from './outbound-state.ts';
import { nameFilterOf, pageOf, pageRequestOf } from './paging.ts';

const CAMPAIGNS_URI = '/api/v2/outbound/campaigns';
const CODES_URI = '/api/v2/routing/wrapupcodes';

function withUri<T extends { id: string }>(entity: T, uri: string) {
  return { ...entity, selfUri: `${uri}/${entity.id}` };
}

function campaignFilter(query: Record<string, unknown>): (campaign: Campaign) => boolean {
  const ids = idsOf(query.id);
  if (ids.length > 100)
    throw new ApiRefusal(
      400,
      'too.many.bulk.retrieves',
      'Only 100 campaigns can be retrieved by id at a time',
    );
  const hasName = nameFilterOf(query);
  return (campaign) =>
    hasName(campaign) &&
    (ids.length === 0 || ids.includes(campaign.id)) &&
    (query.contactListId === undefined || campaign.contactList.id === query.contactListId);
}

export function createCampaignsRouter(state: OutboundState, requirePermission: RequirePermission): Router {
  const router = Router();
  router.use(requirePermission('outbound:campaign:view'));
  router.get('/', (request, response) => {
    const found = [...state.campaigns.values()].filter(campaignFilter(request.query));
    const views = found.map((campaign) => withUri(campaign, CAMPAIGNS_URI));
    response.json(pageOf(views, pageRequestOf(request.query), CAMPAIGNS_URI));
  });
  router.get('/:campaignId', (request, response) => {
    const campaign = state.campaigns.get(request.params.campaignId);
    if (campaign === undefined) throw new ApiRefusal(404, 'resource.not.found');
    response.json(withUri(campaign, CAMPAIGNS_URI));
  });
  return router;
}

export function createWrapUpCodesRouter(state: OutboundState, requirePermission: RequirePermission): Router {
  const router = Router();
  router.use(requirePermission('routing:wrapupCode:view'));
  router.get('/', (request, response) => {
    const found = [...state.wrapUpCodes.values()].filter(nameFilterOf(request.query));
    const views = found.map((code) => withUri(code, CODES_URI));
    response.json(pageOf(views, pageRequestOf(request.query), CODES_URI));
  });
  router.get('/:codeId', (request, response) => {
    const code = state.wrapUpCodes.get(request.params.codeId);
    if (code === undefined) throw new ApiRefusal(404, 'resource.not.found');
    response.json(withUri(code, CODES_URI));
  });
  return router;
}
