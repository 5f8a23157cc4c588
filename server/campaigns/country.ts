/** A country as people and Salesforce write it -> its ISO 3166-1 alpha-2 code. Pure. */
import { getCountries, type CountryCode } from 'libphonenumber-js/max';

/** Languages whose own country names are understood: those in which orgs fill a free-text country. */
const LANGUAGES = ['en', 'de', 'fr', 'es', 'it', 'pt', 'nl', 'pl', 'sv', 'da', 'nb', 'fi', 'ja'];

/** Spellings that no language table has: ISO's formal names, which Salesforce's picklists use, and common short forms. */
const ALIASES: Readonly<Record<string, CountryCode>> = {
  usa: 'US',
  'u s a': 'US',
  'u s': 'US',
  'united states of america': 'US',
  uk: 'GB',
  'u k': 'GB',
  'great britain': 'GB',
  england: 'GB',
  scotland: 'GB',
  wales: 'GB',
  'northern ireland': 'GB',
  'korea republic of': 'KR',
  'republic of korea': 'KR',
  'korea democratic people s republic of': 'KP',
  'russian federation': 'RU',
  'viet nam': 'VN',
  'czech republic': 'CZ',
  'bolivia plurinational state of': 'BO',
  'venezuela bolivarian republic of': 'VE',
  'iran islamic republic of': 'IR',
  'syrian arab republic': 'SY',
  'tanzania united republic of': 'TZ',
  'moldova republic of': 'MD',
  'macedonia the former yugoslav republic of': 'MK',
  'lao people s democratic republic': 'LA',
  'brunei darussalam': 'BN',
  'congo the democratic republic of the': 'CD',
  'cote d ivoire': 'CI',
  'holy see vatican city state': 'VA',
  'chinese taipei': 'TW',
  'taiwan province of china': 'TW',
  'hong kong': 'HK',
  macao: 'MO',
  'palestine state of': 'PS',
  'cape verde': 'CV',
  swaziland: 'SZ',
  burma: 'MM',
  turkey: 'TR',
  turkiye: 'TR',
  holland: 'NL',
  'the netherlands': 'NL',
  brd: 'DE',
};

const CODES: ReadonlySet<string> = new Set(getCountries());

function normalise(text: string): string {
  return text
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

function namesOf(code: CountryCode): string[] {
  return LANGUAGES.map((language) => {
    const names = new Intl.DisplayNames(language, { type: 'region', fallback: 'none' });
    return normalise(names.of(code) ?? '');
  }).filter((name) => name !== '');
}

/** A name that means different countries in different languages means none. */
function readTable(): Map<string, CountryCode | undefined> {
  const table = new Map<string, CountryCode | undefined>();
  for (const code of getCountries()) {
    for (const name of new Set(namesOf(code))) {
      table.set(name, table.has(name) && table.get(name) !== code ? undefined : code);
    }
  }
  for (const [name, code] of Object.entries(ALIASES)) table.set(name, code);
  return table;
}

let table: Map<string, CountryCode | undefined> | undefined;

export function isCountryCode(text: string): text is CountryCode {
  return CODES.has(text);
}

/** @returns undefined where it is not understood: the caller must not put another country in its place. */
export function readCountry(text: string): CountryCode | undefined {
  const code = text.trim().toUpperCase();
  if (isCountryCode(code)) return code;
  table ??= readTable();
  return table.get(normalise(text));
}
