/** Where the bridge may go when the operator has said nothing: PureCloud's regions and Salesforce. Data only. */

/**
 * Environment domain of each of PureCloud's 18 regions. Sign-in, API and apps hosts are `login.`, `api.` and `apps.` below it.
 * @see PureCloudRegionHosts of the vendor's SDK
 */
export const PURECLOUD_ENVIRONMENTS = [
  'mypurecloud.com',
  'mypurecloud.com.au',
  'mypurecloud.de',
  'mypurecloud.ie',
  'mypurecloud.jp',
  'aps1.pure.cloud',
  'apne2.pure.cloud',
  'apne3.pure.cloud',
  'apse1.pure.cloud',
  'cac1.pure.cloud',
  'euc2.pure.cloud',
  'euw2.pure.cloud',
  'mec1.pure.cloud',
  'mxc1.pure.cloud',
  'sae1.pure.cloud',
  'usw2.pure.cloud',
  'use2.us-gov-pure.cloud',
  'edee1.eusc-pure.cloud',
] as const;

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
