/** Where the bridge may go when the operator has said nothing: PureCloud's regions and Salesforce. Data only. */
import { REGIONS } from '../regions.ts';

/** Environment domain of each region. Sign-in, API and apps hosts are `login.`, `api.` and `apps.` below it. */
export const PURECLOUD_ENVIRONMENTS: readonly string[] = REGIONS.map(({ env }) => env);

/** Domains below which Salesforce has its sign-in and My Domain hosts: worldwide, government and China. */
const SALESFORCE_DOMAINS = [
  'salesforce.com',
  'force.com',
  'cloudforce.com',
  'salesforce.mil',
  'sfcrmproducts.cn',
] as const;

/** In the notation of BRIDGE_EGRESS_ALLOW. */
export const DEFAULT_EGRESS_ALLOW: readonly string[] = [...PURECLOUD_ENVIRONMENTS, ...SALESFORCE_DOMAINS].map(
  (domain) => `*.${domain}`,
);
