/** PureCloud's regions, and every way in which people write one. The one region table of the bridge. Pure. */
import { didYouMean } from './validation.ts';

export interface Region {
  /** As PureCloud's SDKs call it: `us_west_2`. */
  key: string;
  /** Domain under which `login.`, `api.` and `apps.` live. */
  env: string;
  loginUrl: string;
  apiUrl: string;
}

/** A region beyond the table: PureCloud opens some every year. */
export interface ExtraRegion {
  key: string;
  env: string;
  /** Names people use for it. */
  names?: readonly string[];
}

/** Source: PureCloudRegionHosts of purecloud-platform-client-v2 262.0.0. Names: those of AWS and of the vendor's region list. */
export const REGIONS: readonly ExtraRegion[] = [
  { key: 'us_east_1', env: 'mypurecloud.com', names: ['US East', 'US East 1', 'N. Virginia', 'Virginia'] },
  { key: 'us_east_2', env: 'use2.us-gov-pure.cloud', names: ['US East 2', 'FedRAMP', 'Ohio', 'US Gov'] },
  { key: 'us_west_2', env: 'usw2.pure.cloud', names: ['US West', 'US West 2', 'Oregon'] },
  { key: 'ca_central_1', env: 'cac1.pure.cloud', names: ['Canada', 'Canada Central', 'Canada (Central)'] },
  { key: 'sa_east_1', env: 'sae1.pure.cloud', names: ['South America', 'Sao Paulo', 'São Paulo', 'Brazil'] },
  { key: 'mx_central_1', env: 'mxc1.pure.cloud', names: ['Mexico', 'Mexico Central', 'Mexico (Central)'] },
  { key: 'eu_west_1', env: 'mypurecloud.ie', names: ['EU West', 'Ireland', 'Dublin', 'EMEA (Ireland)'] },
  { key: 'eu_west_2', env: 'euw2.pure.cloud', names: ['EU West 2', 'London', 'UK', 'EMEA (London)'] },
  {
    key: 'eu_central_1',
    env: 'mypurecloud.de',
    names: ['EU Central', 'Frankfurt', 'Germany', 'EMEA (Frankfurt)'],
  },
  {
    key: 'eu_central_2',
    env: 'euc2.pure.cloud',
    names: ['EU Central 2', 'Zurich', 'Zürich', 'Switzerland', 'EMEA (Zurich)'],
  },
  {
    key: 'eusc_de_east_1',
    env: 'edee1.eusc-pure.cloud',
    names: ['EU Sovereign', 'EU Sovereign Cloud', 'Brandenburg'],
  },
  { key: 'me_central_1', env: 'mec1.pure.cloud', names: ['Middle East', 'UAE', 'Middle East (UAE)'] },
  { key: 'ap_south_1', env: 'aps1.pure.cloud', names: ['Mumbai', 'India', 'Asia Pacific (Mumbai)'] },
  { key: 'ap_southeast_1', env: 'apse1.pure.cloud', names: ['Singapore', 'Asia Pacific (Singapore)'] },
  {
    key: 'ap_southeast_2',
    env: 'mypurecloud.com.au',
    names: ['Sydney', 'Australia', 'Asia Pacific (Sydney)'],
  },
  { key: 'ap_northeast_1', env: 'mypurecloud.jp', names: ['Tokyo', 'Japan', 'Asia Pacific (Tokyo)'] },
  {
    key: 'ap_northeast_2',
    env: 'apne2.pure.cloud',
    names: ['Seoul', 'Korea', 'South Korea', 'Asia Pacific (Seoul)'],
  },
  { key: 'ap_northeast_3', env: 'apne3.pure.cloud', names: ['Osaka', 'Asia Pacific (Osaka)'] },
];

export type RegionResolution =
  { found: true; region: Region } | { found: false; suggestions: readonly string[] };

const SUGGESTIONS_MAX = 3;
const HOST_PREFIX = /^(?:api|login|apps|sso-login|apps-login|developer|help)\./;
const DIRECTION: Record<string, string> = {
  east: 'e',
  west: 'w',
  central: 'c',
  south: 's',
  north: 'n',
  southeast: 'se',
  northeast: 'ne',
};

function toRegion({ key, env }: ExtraRegion): Region {
  return { key, env, loginUrl: `https://login.${env}`, apiUrl: `https://api.${env}` };
}

/** Case, accents, and what stands between the words do not matter: `US West 2`, `us-west-2` and `us_west_2` are one. */
function squash(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');
}

/** `us_west_2` -> `usw2`, the short form that is also the domain's first label. */
function shortForm(key: string): string {
  return key
    .split('_')
    .map((part) => DIRECTION[part] ?? part)
    .join('');
}

/** An address in any form -> its domain: `https://API.usw2.pure.cloud:443/api/v2/` -> `usw2.pure.cloud`. */
function domainOf(text: string): string {
  const host = text
    .trim()
    .toLowerCase()
    .replace(/^[a-z][a-z0-9+.-]*:\/+/, '')
    .replace(/^[^/@]*@/, '')
    .replace(/[/?#:].*$/, '')
    .replace(/\.+$/, '');
  return host.replace(HOST_PREFIX, '');
}

function formsOf(region: ExtraRegion): string[] {
  const label = region.env.endsWith('pure.cloud') ? [region.env.split('.', 1)[0]!] : [];
  return [region.key, shortForm(region.key), ...label, ...(region.names ?? [])].map(squash);
}

function suggestionsFor(text: string, regions: readonly ExtraRegion[]): string[] {
  const domain = domainOf(text);
  const byDomain = didYouMean(
    domain,
    regions.map(({ env }) => env),
  );
  const byForm = didYouMean(squash(text), regions.flatMap(formsOf));
  const words = text.toLowerCase().split(/[^a-z0-9]+/);
  const mistyped = regions.filter(
    (region) => region.env === byDomain || formsOf(region).includes(byForm ?? ''),
  );
  const akin = regions.filter(({ key }) => words.filter((word) => key.split('_').includes(word)).length >= 2);
  const near = [...new Set([...mistyped, ...akin])];
  return near.slice(0, SUGGESTIONS_MAX).map(({ key, env }) => `${key} (${env})`);
}

/**
 * Finds the region that a text means: key in any spelling (`us_west_2`, `us-west-2`, `usw2`, `US West 2`), domain, or any address
 * under it, or a name (`Frankfurt`). A domain is taken whole or not at all: `mypurecloud.de.example.com` is no region.
 * @param extra Regions of the configuration; one with the key or domain of the table's replaces it.
 */
export function resolveRegion(text: string, extra: readonly ExtraRegion[] = []): RegionResolution {
  const regions = [...extra, ...REGIONS];
  const domain = domainOf(text);
  const form = squash(text);
  const found =
    regions.find(({ env }) => env.toLowerCase() === domain) ??
    (form === '' ? undefined : regions.find((region) => formsOf(region).includes(form)));
  if (found !== undefined) return { found: true, region: toRegion(found) };
  return { found: false, suggestions: suggestionsFor(text, regions) };
}

/** Every region, those of the configuration last. */
export function listRegions(extra: readonly ExtraRegion[] = []): Region[] {
  const replaced = new Set(extra.map(({ key }) => key));
  return [...REGIONS.filter(({ key }) => !replaced.has(key)), ...extra].map(toRegion);
}
