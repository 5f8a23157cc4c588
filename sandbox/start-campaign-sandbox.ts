/** Both sandboxes with a campaign in them: an org with members, and a PureCloud that can be fed with them and dials. */
import { ensureWrapUpCodes } from './purecloud/outbound/dialing/dial-contacts.ts';
import { CALL_OUTCOMES } from './purecloud/outbound/dialing/outcomes.ts';
import { createOutbound, type Outbound, type OutboundOptions } from './purecloud/outbound/create-outbound.ts';
import {
  createSalesforceOrg,
  type SalesforceOrg,
  type SalesforceOrgOptions,
} from './salesforce/org/create-salesforce-org.ts';
import { startSandbox, type RunningSandbox, type StartSandboxOptions } from './start-sandbox.ts';

export interface CampaignSandboxOptions extends StartSandboxOptions {
  org?: SalesforceOrgOptions;
  outbound?: OutboundOptions;
}

export interface RunningCampaignSandbox extends RunningSandbox {
  org: SalesforceOrg;
  outbound: Outbound;
  /** Of the first campaign of the org. */
  campaignId: string;
}

/** `startCampaignSandbox({ org: { campaigns: [{ name: 'Spring Offer', members: 5000 }] } })`; everything in it follows from the seed. */
export async function startCampaignSandbox(
  options: CampaignSandboxOptions = {},
): Promise<RunningCampaignSandbox> {
  const org = createSalesforceOrg(options.org);
  const outbound = createOutbound(options.outbound);
  ensureWrapUpCodes(outbound.state, CALL_OUTCOMES);
  const { api, files } = outbound;
  const sandbox = await startSandbox({
    ...options,
    purecloud: {
      api,
      files,
      switches: outbound.switches,
      describe: outbound.describe,
      ...options.purecloud,
    },
    salesforce: { org: org.org, switches: org.switches, describe: org.describe, ...options.salesforce },
  });
  return {
    ...sandbox,
    org,
    outbound,
    campaignId: org.state.tables.Campaign.idOf(0),
    close: async () => {
      outbound.close();
      await sandbox.close();
    },
  };
}
