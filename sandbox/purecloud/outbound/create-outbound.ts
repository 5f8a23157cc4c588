/** PureCloud's outbound dialling as far as campaigns are fed by it: for `createPureCloudSandbox({ api, files })`. */
import express, { Router, type RequestHandler } from 'express';
import type { PureCloudApiParts } from '../create-purecloud-sandbox.ts';
import { answerRefusal } from './api-refusal.ts';
import { createCampaignsRouter, createWrapUpCodesRouter } from './campaigns-router.ts';
import {
  createContactExportRouter,
  createDownloadsRouter,
  createFileStore,
} from './contact-export-router.ts';
import { createContactListsRouter } from './contact-lists-router.ts';
import { createContactsRouter } from './contacts-router.ts';
import { OutboundState } from './outbound-state.ts';

/** `request.bytes.max` of PureCloud's platform API. */
const REQUEST_BYTES_MAX = 512_000;
const EXPORT_POLLS_DEFAULT = 1;

export interface OutboundOptions {
  /** How many times an export is asked for in vain before it is there. Default 1. */
  exportPolls?: number;
  /** Epoch milliseconds. */
  now?: () => number;
}

export interface Outbound {
  state: OutboundState;
  api: (parts: PureCloudApiParts) => RequestHandler;
  files: RequestHandler;
}

export function createOutbound({ exportPolls = EXPORT_POLLS_DEFAULT, now }: OutboundOptions = {}): Outbound {
  const state = new OutboundState(now);
  return {
    state,
    files: createFileStore(state),
    api: ({ requirePermission }) => {
      const router = Router();
      router.use(express.json({ limit: REQUEST_BYTES_MAX, strict: false }));
      const lists = '/outbound/contactlists';
      router.use(`${lists}/:contactListId/contacts`, createContactsRouter(state, requirePermission));
      router.use(
        `${lists}/:contactListId/export`,
        createContactExportRouter(state, requirePermission, exportPolls),
      );
      router.use(lists, createContactListsRouter(state, requirePermission));
      router.use('/outbound/campaigns', createCampaignsRouter(state, requirePermission));
      router.use('/routing/wrapupcodes', createWrapUpCodesRouter(state, requirePermission));
      router.use('/downloads', createDownloadsRouter(state));
      router.use(answerRefusal);
      return router;
    },
  };
}
