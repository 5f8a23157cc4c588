/** `/outbound/dnclists`: internal do-not-call lists, whose numbers a campaign that names the list passes over. */
import { Router, type Request } from 'express';
import { z } from 'zod';
import type { RequirePermission } from '../api-gate.ts';
import { ApiRefusal } from './api-refusal.ts';
import type { DncList, OutboundState } from './outbound-state.ts';
import { nameFilterOf, pageOf, pageRequestOf } from './paging.ts';

const LISTS_URI = '/api/v2/outbound/dnclists';
/** The one source that numbers can be added to; the others are kept by their vendors. */
const INTERNAL = 'rds';

const listSchema = z.object({
  name: z.string(),
  dncSourceType: z.string(),
  contactMethod: z.string().default('Phone'),
});
const numbersSchema = z.array(z.string());
const changeSchema = z.object({ action: z.enum(['Add', 'Remove']), phoneNumbers: numbersSchema });

function toView({ numbers, ...list }: DncList) {
  return { ...list, size: numbers.size, selfUri: `${LISTS_URI}/${list.id}` };
}

function parsed<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body);
  if (!result.success) throw new ApiRefusal(400, 'bad.request');
  return result.data;
}

function listOf(state: OutboundState, request: Request): DncList {
  const list = state.dncLists.get(String(request.params.dncListId));
  if (list === undefined) throw new ApiRefusal(404, 'resource.not.found');
  return list;
}

export function createDncListsRouter(state: OutboundState, requirePermission: RequirePermission): Router {
  const router = Router();
  router.get('/', requirePermission('outbound:dncList:view'), (request, response) => {
    const found = [...state.dncLists.values()].filter(nameFilterOf(request.query));
    response.json(pageOf(found.map(toView), pageRequestOf(request.query), LISTS_URI));
  });
  router.post('/', requirePermission('outbound:dncList:add'), (request, response) => {
    const { name, dncSourceType, contactMethod } = parsed(listSchema, request.body);
    if (dncSourceType !== INTERNAL) throw new ApiRefusal(400, 'dnc.source.operation.not.supported');
    response.json(toView(state.addDncList(name, [], contactMethod)));
  });
  router.get('/:dncListId', requirePermission('outbound:dncList:view'), (request, response) => {
    response.json(toView(listOf(state, request)));
  });
  router.post('/:dncListId/phonenumbers', requirePermission('outbound:dnc:add'), (request, response) => {
    const { numbers } = listOf(state, request);
    for (const number of parsed(numbersSchema, request.body)) numbers.add(number);
    response.status(200).end();
  });
  router.patch('/:dncListId/phonenumbers', requirePermission('outbound:dnc:edit'), (request, response) => {
    const { numbers } = listOf(state, request);
    const { action, phoneNumbers } = parsed(changeSchema, request.body);
    for (const number of phoneNumbers)
      if (action === 'Add') numbers.add(number);
      else numbers.delete(number);
    response.status(200).end();
  });
  return router;
}
