// Made by `npm run build:lwc`; do not edit.

/** PureCloud's regions, to choose from. */
export const REGIONS = [
  { value: 'us_east_1', label: 'US East (mypurecloud.com)', domain: 'mypurecloud.com' },
  { value: 'us_east_2', label: 'US East 2 (use2.us-gov-pure.cloud)', domain: 'use2.us-gov-pure.cloud' },
  { value: 'us_west_2', label: 'US West (usw2.pure.cloud)', domain: 'usw2.pure.cloud' },
  { value: 'ca_central_1', label: 'Canada (cac1.pure.cloud)', domain: 'cac1.pure.cloud' },
  { value: 'sa_east_1', label: 'South America (sae1.pure.cloud)', domain: 'sae1.pure.cloud' },
  { value: 'mx_central_1', label: 'Mexico (mxc1.pure.cloud)', domain: 'mxc1.pure.cloud' },
  { value: 'eu_west_1', label: 'EU West (mypurecloud.ie)', domain: 'mypurecloud.ie' },
  { value: 'eu_west_2', label: 'EU West 2 (euw2.pure.cloud)', domain: 'euw2.pure.cloud' },
  { value: 'eu_central_1', label: 'EU Central (mypurecloud.de)', domain: 'mypurecloud.de' },
  { value: 'eu_central_2', label: 'EU Central 2 (euc2.pure.cloud)', domain: 'euc2.pure.cloud' },
  { value: 'eusc_de_east_1', label: 'EU Sovereign (edee1.eusc-pure.cloud)', domain: 'edee1.eusc-pure.cloud' },
  { value: 'me_central_1', label: 'Middle East (mec1.pure.cloud)', domain: 'mec1.pure.cloud' },
  { value: 'ap_south_1', label: 'Mumbai (aps1.pure.cloud)', domain: 'aps1.pure.cloud' },
  { value: 'ap_southeast_1', label: 'Singapore (apse1.pure.cloud)', domain: 'apse1.pure.cloud' },
  { value: 'ap_southeast_2', label: 'Sydney (mypurecloud.com.au)', domain: 'mypurecloud.com.au' },
  { value: 'ap_northeast_1', label: 'Tokyo (mypurecloud.jp)', domain: 'mypurecloud.jp' },
  { value: 'ap_northeast_2', label: 'Seoul (apne2.pure.cloud)', domain: 'apne2.pure.cloud' },
  { value: 'ap_northeast_3', label: 'Osaka (apne3.pure.cloud)', domain: 'apne3.pure.cloud' },
];
