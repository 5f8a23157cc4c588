/** PureCloud's outbound dialling as far as campaigns are fed by it: for `createPureCloudSandbox({ api, files, switches, describe })`. */
import express, { Router, type RequestHandler } from 'express';
import type { SandboxSwitch } from '../../switches.ts';
import type { PureCloudApiParts } from '../create-purecloud-sandbox.ts';
import { answerRefusal } from './api-refusal.ts';
import { createCampaignsRouter } from './campaigns-router.ts';
import {
  createContactExportRouter,
  createDownloadsRouter,
  createFileStore,
} from './contact-export-router.ts';
import { createContactListsRouter } from './contact-lists-router.ts';
import { createContactsRouter } from './contacts-router.ts';
import { createDialers, type Dialing, type DialOptions, type DialSettings } from './dialing/dialing.ts';
import { createDncListsRouter } from './dnc-lists-router.ts';
import { OutboundState, type Campaign } from './outbound-state.ts';
import { outboundSwitches } from './outbound-switches.ts';
import { createWrapUpCodesRouter, createWrapUpMappingsRouter } from './wrap-up-codes-router.ts';

/** `request.bytes.max` of PureCloud's platform API. */
const REQUEST_BYTES_MAX = 512_000;
const EXPORT_POLLS_DEFAULT = 1;

export interface OutboundOptions {
  /** How many times an export is asked for in vain before it is there. Default 1. */
  exportPolls?: number;
  /** Of campaigns that are started over the API. */
  dialing?: DialSettings;
  /** Epoch milliseconds. */
  now?: () => number;
}

export interface Outbound {
  state: OutboundState;
  api: (parts: PureCloudApiParts) => RequestHandler;
  files: RequestHandler;
  switches: readonly SandboxSwitch[];
  describe: () => Readonly<Record<string, unknown>>;
  /**
   * Starts to call the contacts of a list, as a campaign does: `outbound.dial({ listId, callsPerSecond: 20, seed: 1 })` answers
   * `{ campaignId, calls, stop(), done }`, where `calls` counts up and `done` resolves to a summary when the list is through or
   * `stop()` was called. The same seed ends the call to a contact the same way. A second call for the same list while one runs gives
   * back that one. The list is in use meanwhile: its contacts cannot be deleted.
   * @throws RangeError where there is no such list.
   */
  dial(options: DialOptions): Dialing;
  /** Ends all dialling. */
  close(): void;
}

function describe(state: OutboundState): Readonly<Record<string, unknown>> {
  const lists = [...state.lists.values()].map(({ list, contacts, queue }) => ({
    id: list.id,
    name: list.name,
    contacts: contacts.size,
    waiting: queue.length,
  }));
  const campaigns = [...state.campaigns.values()].map(({ id, name, campaignStatus }) => ({
    id,
    name,
    campaignStatus,
    ...state.countsOf(id),
  }));
  return { lists, campaigns };
}

/** The campaign of the list, or one that is made for it. */
function campaignOf(state: OutboundState, { listId, alwaysRunning = false }: DialOptions): Campaign {
  const stored = state.lists.get(listId);
  if (stored === undefined) throw new RangeError('There is no such contact list');
  const known = [...state.campaigns.values()].find(({ contactList }) => contactList.id === listId);
  if (known === undefined)
    return state.addCampaign({
      name: `${stored.list.name} dialling`.slice(-64),
      contactListId: listId,
      dialingMode: 'progressive',
      alwaysRunning,
    });
  return Object.assign(known, { alwaysRunning });
}

export function createOutbound(options: OutboundOptions = {}): Outbound {
  const { exportPolls = EXPORT_POLLS_DEFAULT, now, dialing = {} } = options;
  const state = new OutboundState(now);
  const dialers = createDialers(state, dialing);
  const dial = (wanted: DialOptions) => dialers.start(campaignOf(state, wanted), wanted);
  return {
    state,
    files: createFileStore(state),
    switches: outboundSwitches(state, dial),
    describe: () => describe(state),
    dial,
    close: () => dialers.stopAll(),
    api: ({ requirePermission }) => {
      const router = Router();
      router.use(express.json({ limit: REQUEST_BYTES_MAX, strict: false }));
      const lists = '/outbound/contactlists';
      const polls = () => state.faults.exportPolls ?? exportPolls;
      router.use(`${lists}/:contactListId/contacts`, createContactsRouter(state, requirePermission));
      router.use(
        `${lists}/:contactListId/export`,
        createContactExportRouter(state, requirePermission, polls),
      );
      router.use(lists, createContactListsRouter(state, requirePermission));
      router.use('/outbound/campaigns', createCampaignsRouter(state, dialers, requirePermission));
      router.use('/outbound/dnclists', createDncListsRouter(state, requirePermission));
      router.use('/outbound/wrapupcodemappings', createWrapUpMappingsRouter(state, requirePermission));
      router.use('/routing/wrapupcodes', createWrapUpCodesRouter(state, requirePermission));
      router.use('/downloads', createDownloadsRouter(state));
      router.use(answerRefusal);
      return router;
    },
  };
}
