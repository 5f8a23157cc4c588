/** The data of a Salesforce org and its REST and Bulk API, as far as campaigns go: for `createSalesforceSandbox({ org })`. */
import express, { Router, type RequestHandler } from 'express';
import type { SalesforceOrgParts } from '../create-salesforce-sandbox.ts';
import { createBulkIngestRouter } from './bulk-ingest-router.ts';
import { createBulkQueryRouter } from './bulk-query-router.ts';
import { createCollectionsRouter } from './collections-router.ts';
import { answerOrgRefusal, limitCalls, type OrgParts } from './org-http.ts';
import type { SandboxSwitch } from '../../switches.ts';
import { orgSwitches } from './org-switches.ts';
import { OrgState, type OrgStateOptions } from './org-state.ts';
import { createQueryRouter } from './query-router.ts';
import { createSobjectsRouter } from './sobjects-router.ts';

const BODY_LIMIT = '6mb';
const SEED_DEFAULT = 1;
const SEEDED_AGO_MS = 30 * 86_400_000;
const BULK_POLLS_DEFAULT = 1;

export interface SalesforceOrgOptions extends Partial<OrgStateOptions> {
  /** How many times a Bulk job is asked for in vain before it is done. Default 1. */
  bulkPolls?: number;
}

export interface SalesforceOrg {
  /** May be looked at and changed while it runs. */
  state: OrgState;
  org: (parts: SalesforceOrgParts) => RequestHandler;
  switches: readonly SandboxSwitch[];
  describe: () => Readonly<Record<string, unknown>>;
}

function describe({ tables, limits, bulkJobs }: OrgState): Readonly<Record<string, unknown>> {
  const { Campaign, CampaignMember } = tables;
  const campaigns = Array.from({ length: Campaign.rows }, (_, row) => ({
    id: Campaign.idOf(row),
    name: Campaign.value(row, 'Name'),
    members: Campaign.value(row, 'NumberOfContacts'),
  }));
  const membersDeleted = CampaignMember.deletedAtMs.size;
  return { campaigns, membersDeleted, apiCalls: { ...limits }, bulkJobs };
}

/** @returns with one campaign of 100 members where none are given; the rest follows from the seed alone. */
export function createSalesforceOrg(options: SalesforceOrgOptions = {}): SalesforceOrg {
  const { bulkPolls = BULK_POLLS_DEFAULT, now = Date.now, ...rest } = options;
  const state = new OrgState({
    campaigns: [{ name: 'Spring Offer', members: 100 }],
    seed: SEED_DEFAULT,
    seededAtMs: Math.floor((now() - SEEDED_AGO_MS) / 1000) * 1000,
    now,
    ...rest,
  });
  const bulk = { polls: bulkPolls };
  return {
    state,
    switches: orgSwitches(state, bulk),
    describe: () => describe(state),
    org: ({ sendOrgError, sessionOf }) => {
      const parts: OrgParts = { org: state, sendOrgError, sessionOf };
      const router = Router({ mergeParams: true });
      router.use(limitCalls(parts));
      router.use(express.json({ limit: BODY_LIMIT }));
      router.use('/jobs/query', createBulkQueryRouter(parts, bulk));
      router.use('/jobs/ingest', createBulkIngestRouter(parts, bulk));
      router.use(createQueryRouter(parts), createCollectionsRouter(parts), createSobjectsRouter(parts));
      router.use(answerOrgRefusal(parts));
      return router;
    },
  };
}
