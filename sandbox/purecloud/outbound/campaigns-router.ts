/** `/outbound/campaigns`: made, changed, started and stopped, and how far they are. */
import { Router, type Request } from 'express';
import type { RequirePermission } from '../api-gate.ts';
import { ApiRefusal } from './api-refusal.ts';
import { CAMPAIGNS_URI, parseCampaign, progressOf, recycle } from './campaign-rules.ts';
import { idsOf } from './contact-rules.ts';
import type { Dialers } from './dialing/dialing.ts';
import type { Campaign, OutboundState } from './outbound-state.ts';
import { nameFilterOf, pageOf, pageRequestOf } from './paging.ts';

const RETRIEVED_MAX = 100;

function withUri<T extends { id: string }>(entity: T, uri: string) {
  return { ...entity, selfUri: `${uri}/${entity.id}` };
}

function campaignFilter(query: Record<string, unknown>): (campaign: Campaign) => boolean {
  const ids = idsOf(query.id);
  if (ids.length > RETRIEVED_MAX)
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

/** @throws ApiRefusal 404. */
function campaignOf(state: OutboundState, id: unknown): Campaign {
  const campaign = state.campaigns.get(String(id));
  if (campaign === undefined) throw new ApiRefusal(404, 'resource.not.found');
  return campaign;
}

function create(state: OutboundState, body: unknown): Campaign {
  const { contactList, version: _version, campaignStatus: _status, ...sent } = parseCampaign(state, body);
  const isTaken = [...state.campaigns.values()].some(
    ({ name }) => name.toLowerCase() === sent.name.toLowerCase(),
  );
  if (isTaken) throw new ApiRefusal(400, 'duplicate.name');
  return state.addCampaign({ ...sent, contactListId: contactList.id });
}

function turn(dialers: Dialers, campaign: Campaign, to: 'on' | 'off'): void {
  if (to === 'on') dialers.start(campaign);
  else if (dialers.find(campaign.id) === undefined) campaign.campaignStatus = 'off';
  else dialers.find(campaign.id)?.stop();
}

/** A running campaign takes no change but that of its status. */
function change(state: OutboundState, dialers: Dialers, campaign: Campaign, body: unknown): Campaign {
  const { contactList, version, campaignStatus, ...sent } = parseCampaign(state, body);
  if (version !== campaign.version) throw new ApiRefusal(409, 'invalid.update.wrong.version');
  if (campaignStatus !== undefined && campaignStatus !== campaign.campaignStatus) {
    if (campaignStatus !== 'on' && campaignStatus !== 'off')
      throw new ApiRefusal(400, 'invalid.update.bad.status.transition');
    turn(dialers, campaign, campaignStatus);
  } else if (campaign.campaignStatus === 'on') throw new ApiRefusal(409, 'invalid.update.campaign.active');
  else Object.assign(campaign, sent, { contactList });
  campaign.version += 1;
  campaign.dateModified = state.timestamp();
  return campaign;
}

function remove(state: OutboundState, campaign: Campaign): Campaign {
  if (campaign.campaignStatus === 'on') throw new ApiRefusal(409, 'invalid.delete.campaign.active');
  state.campaigns.delete(campaign.id);
  return campaign;
}

export function createCampaignsRouter(
  state: OutboundState,
  dialers: Dialers,
  requirePermission: RequirePermission,
): Router {
  const router = Router();
  const may = (what: string) => requirePermission(`outbound:campaign:${what}`);
  const requested = (request: Request) => campaignOf(state, request.params.campaignId);
  const list = (request: Request) => {
    const found = [...state.campaigns.values()].filter(campaignFilter(request.query));
    const views = found.map((campaign) => withUri(campaign, CAMPAIGNS_URI));
    return pageOf(views, pageRequestOf(request.query), CAMPAIGNS_URI);
  };
  router.get('/', may('view'), (request, response) => {
    response.json(list(request));
  });
  router.post('/', may('add'), (request, response) => {
    response.json(withUri(create(state, request.body), CAMPAIGNS_URI));
  });
  router.post('/progress', may('view'), (request, response) => {
    const ids: unknown[] = Array.isArray(request.body) ? request.body : [];
    response.json(ids.map((id) => progressOf(state, campaignOf(state, id))));
  });
  router.get('/:campaignId', may('view'), (request, response) => {
    response.json(withUri(requested(request), CAMPAIGNS_URI));
  });
  router.put('/:campaignId', may('edit'), (request, response) => {
    response.json(withUri(change(state, dialers, requested(request), request.body), CAMPAIGNS_URI));
  });
  router.delete('/:campaignId', may('delete'), (request, response) => {
    response.json(withUri(remove(state, requested(request)), CAMPAIGNS_URI));
  });
  router.post('/:campaignId/start', may('start'), (request, response) => {
    turn(dialers, requested(request), 'on');
    response.status(200).end();
  });
  router.post('/:campaignId/stop', may('stop'), (request, response) => {
    turn(dialers, requested(request), 'off');
    response.status(200).end();
  });
  router.get('/:campaignId/progress', may('view'), (request, response) => {
    response.json(progressOf(state, requested(request)));
  });
  router.delete('/:campaignId/progress', may('edit'), (request, response) => {
    recycle(state, requested(request));
    response.status(202).end();
  });
  return router;
}
