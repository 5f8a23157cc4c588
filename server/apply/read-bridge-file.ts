/** A configuration file -> what is to be, or every fault of it with line and column. Reads the file and those it refers to; changes nothing. */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parseSyncInput } from '../campaigns/sync-input.ts';
import { parseCallerInput } from '../callers/caller.ts';
import { SECRET_FIELDS, type ConnectionContent, type ConnectionSettings } from '../connections/connection.ts';
import { parseConnectionInput } from '../connections/connection-input.ts';
import { isMaskedProxyUri, joinProxyUri } from '../connections/proxy-password.ts';
import { BridgeError, type FieldError } from '../errors.ts';
import { resolveRegion, type ExtraRegion } from '../regions.ts';
import { Secret } from '../secret.ts';
import { utf8Text } from '../utf8-text.ts';
import { fieldErrorsOf, unknownField } from '../validation.ts';
import { FILE_SECTIONS, REGION_KEY, regionSchema } from './bridge-file.ts';
import { revealed, type Configuration, type NamedMembers } from './configuration.ts';
import { BridgeFileError, type FileFault } from './file-fault.ts';
import { readYaml, showPath, type Path, type YamlText } from './read-yaml.ts';
import {
  ReferenceFault,
  resolveProxyUri,
  resolveSecret,
  resolveText,
  type ReferenceSources,
} from './references.ts';

export interface BridgeFile {
  path: string;
  configuration: Configuration;
  regions: readonly ExtraRegion[];
  /** Faults that were found later, by those who know what is stored: `connections.genesys.clientSecret is required`. */
  faultsOf(errors: readonly FieldError[]): BridgeFileError;
}

type Members = Readonly<Record<string, unknown>>;

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `columns[2].field` -> its steps. */
function stepsOf(field: string): Path {
  return [...field.matchAll(/\[(\d+)\]|([^.[\]]+)/g)].map(([, index, name]) =>
    index === undefined ? name! : Number(index),
  );
}

/** Collects; one fault a field is enough, and the first one found is nearest to the cause. */
class Faults {
  readonly list: FileFault[];
  readonly #yaml: YamlText;

  constructor(yaml: YamlText) {
    this.#yaml = yaml;
    this.list = [...yaml.faults];
  }

  add(path: Path, detail: string): undefined {
    const field = showPath(path);
    if (!this.list.some((known) => known.field === field))
      this.list.push({ ...this.#yaml.placeOf(path), field, detail });
    return undefined;
  }

  addErrors(prefix: Path, errors: readonly FieldError[]): void {
    for (const { field, detail } of errors) {
      const isAboutAll = field === 'name' || field === 'body' || field === '';
      this.add(isAboutAll ? prefix : [...prefix, ...stepsOf(field)], detail);
    }
  }
}

interface Reading {
  faults: Faults;
  sources: ReferenceSources;
  yaml: YamlText;
}

const IS_SECRET: Record<string, ReadonlySet<string>> = {
  connections: new Set(SECRET_FIELDS),
  callers: new Set(['key']),
};

function isSecretAt(path: Path): boolean {
  const [section, , field] = path;
  return path.length === 3 && IS_SECRET[String(section)]?.has(String(field)) === true;
}

/** `connections.genesys.clientSecret` -> `GENESYS_CLIENT_SECRET`, to be proposed. */
function variableFor(path: Path): string {
  return path
    .slice(1)
    .join('_')
    .replace(/[a-z](?=[A-Z])/g, '$&_')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .toUpperCase();
}

async function resolveScalar(text: string, path: Path, sources: ReferenceSources) {
  if (isSecretAt(path)) return await resolveSecret(text, variableFor(path), sources);
  if (path.length === 3 && path[2] === 'proxyUri')
    return await resolveProxyUri(text, variableFor(path), sources);
  return await resolveText(text, sources);
}

async function filledIn(value: unknown, path: Path, reading: Reading): Promise<unknown> {
  if (typeof value === 'string') {
    const resolved = await resolveScalar(value, path, reading.sources);
    return resolved instanceof ReferenceFault ? reading.faults.add(path, resolved.detail) : resolved;
  }
  if (Array.isArray(value))
    return await Promise.all(value.map((item, index) => filledIn(item, [...path, index], reading)));
  if (!isMembers(value)) return value;
  const entries = await Promise.all(
    Object.entries(value).map(
      async ([key, member]) => [key, await filledIn(member, [...path, key], reading)] as const,
    ),
  );
  return Object.fromEntries(entries.filter(([, member]) => member !== undefined));
}

/** A number where text is meant: YAML takes 0123 for a number, and a client id may look like one. */
function withQuotesHint(errors: readonly FieldError[], members: Members): FieldError[] {
  return errors.map(({ field, detail }) => {
    const isText = detail === 'must be text' && typeof members[field] !== 'object' && field in members;
    return { field, detail: isText ? `${detail}; put it in quotes` : detail };
  });
}

function errorsOf(check: () => unknown): readonly FieldError[] {
  try {
    check();
    return [];
  } catch (error) {
    if (error instanceof BridgeError && error.options.errors !== undefined) return error.options.errors;
    throw error;
  }
}

/** A proxy with its password masked, as `config show` prints it, stands for one that is stored: with which password, is of no matter here. */
function perhapsStoredProxy({ proxyUri }: Members): Partial<ConnectionSettings> {
  return typeof proxyUri === 'string' && isMaskedProxyUri(proxyUri)
    ? { proxyUri: joinProxyUri(proxyUri, 'stored') }
    : {};
}

/** What is stored is not known here: an absent secret may be there, and whoever applies the file finds out. */
function perhapsStored(members: Members): ConnectionContent {
  const fields = SECRET_FIELDS.filter(
    (field) => field !== 'privateKey' || members.clientSecret === undefined,
  );
  const secrets = Object.fromEntries(fields.map((field) => [field, new Secret('')]));
  return { settings: perhapsStoredProxy(revealed(members) as Members) as ConnectionSettings, secrets };
}

function connectionErrors(name: string, members: Members): readonly FieldError[] {
  return errorsOf(() => parseConnectionInput(revealed(members), { name, stored: perhapsStored(members) }));
}

/** Regions are looked up only where all else is right; here all faults are told at once. */
function regionErrors(name: string, { provider, region }: Members): readonly FieldError[] {
  if (provider !== 'purecloud' || typeof region !== 'string') return [];
  const errors = connectionErrors(name, { provider, region, clientId: 'any' });
  return errors.filter(({ field }) => field === 'region');
}

/**
 * A connection in a region of the file's own is kept with its addresses: so it is the same on every instance, whether or not
 * that one has the file.
 */
function withAddresses(members: Members, regions: readonly ExtraRegion[]): Members {
  const { region, ...others } = members;
  if (members.provider !== 'purecloud' || typeof region !== 'string' || regions.length === 0) return members;
  const resolved = resolveRegion(region, regions);
  if (!resolved.found || !regions.some(({ key }) => key === resolved.region.key)) return members;
  return { url: `${resolved.region.loginUrl}/oauth/token`, apiUrl: resolved.region.apiUrl, ...others };
}

async function readSection<Section extends 'connections' | 'callers' | 'syncs'>(
  section: Section,
  given: unknown,
  reading: Reading,
  finish: (members: Members, name: string) => { members: Members; errors: readonly FieldError[] },
): Promise<NamedMembers[]> {
  const { faults } = reading;
  if (!isMembers(given)) {
    faults.add([section], `must hold ${section} by name, each with its settings below it`);
    return [];
  }
  const resources: NamedMembers[] = [];
  for (const [name, members] of Object.entries(given)) {
    if (!isMembers(members)) {
      faults.add([section, name], 'must hold settings, each on a line of its own below the name');
      continue;
    }
    // A version that was read belongs to that moment, and a file is applied again and again.
    const { version: _version, ...settings } = (await filledIn(members, [section, name], reading)) as Members;
    const finished = finish(settings, name);
    faults.addErrors([section, name], withQuotesHint(finished.errors, settings));
    resources.push({ name, members: finished.members });
  }
  return resources;
}

function readRegions(given: unknown, faults: Faults): ExtraRegion[] {
  if (given === undefined) return [];
  if (!isMembers(given)) {
    faults.add(['regions'], 'must hold regions by key, each with its domain below it');
    return [];
  }
  return Object.entries(given).flatMap(([key, members]): ExtraRegion[] => {
    if (!REGION_KEY.test(key))
      faults.add(['regions', key], 'must be a key such as us_west_2: small letters, digits and "_"');
    const parsed = regionSchema.safeParse(members, { reportInput: true });
    if (!parsed.success) {
      faults.addErrors(['regions', key], fieldErrorsOf(parsed.error, Object.keys(regionSchema.shape)));
      return [];
    }
    const { domain, names } = parsed.data;
    return [{ key, env: domain, ...(names === undefined ? {} : { names }) }];
  });
}

function checkSections(root: Members, faults: Faults): void {
  for (const section of Object.keys(root)) {
    if (!(FILE_SECTIONS as readonly string[]).includes(section))
      faults.add([section], unknownField(section, FILE_SECTIONS).detail);
  }
}

async function readConfiguration(root: Members, regions: readonly ExtraRegion[], reading: Reading) {
  const configuration: Configuration = {};
  if (root.connections !== undefined) {
    configuration.connections = await readSection('connections', root.connections, reading, (given, name) => {
      const members = withAddresses(given, regions);
      const errors = [...connectionErrors(name, members), ...regionErrors(name, members)];
      return { members, errors };
    });
  }
  if (root.callers !== undefined) {
    configuration.callers = await readSection('callers', root.callers, reading, (members, name) => ({
      members,
      errors: errorsOf(() => parseCallerInput(name, revealed(members))),
    }));
  }
  if (root.syncs !== undefined) {
    configuration.syncs = await readSection('syncs', root.syncs, reading, (members, name) => ({
      members,
      errors: errorsOf(() => parseSyncInput(name, revealed(members))),
    }));
  }
  return configuration;
}

/**
 * @param path As it was named; messages repeat it.
 * @param text What is in the file.
 * @throws BridgeFileError with every fault at once.
 */
export async function parseBridgeFile(
  path: string,
  text: string,
  sources: ReferenceSources,
): Promise<BridgeFile> {
  const yaml = readYaml(text, isSecretAt);
  const faults = new Faults(yaml);
  const reading: Reading = { faults, sources, yaml };
  const root = yaml.value;
  if (root !== undefined && !isMembers(root))
    faults.add([], `the file must hold ${FILE_SECTIONS.join(', ')}, each with what belongs to it below`);
  const members = isMembers(root) ? root : {};
  checkSections(members, faults);
  const regions = readRegions(members.regions, faults);
  const configuration = await readConfiguration(members, regions, reading);
  if (faults.list.length > 0) throw new BridgeFileError(path, faults.list);
  return {
    path,
    configuration,
    regions,
    faultsOf(errors) {
      const later = new Faults(yaml);
      later.addErrors([], errors);
      return new BridgeFileError(path, later.list);
    },
  };
}

export interface ReadOptions {
  workingDirectory?: string;
  /** Variable or option that names the file: told where the file cannot be read. */
  namedBy?: string;
}

/** @throws BridgeFileError, also where the file cannot be read. */
export async function readBridgeFile(
  path: string,
  env: ReferenceSources['env'],
  { workingDirectory = process.cwd(), namedBy }: ReadOptions = {},
): Promise<BridgeFile> {
  const full = resolve(workingDirectory, path);
  let content: Buffer;
  try {
    content = await readFile(full);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    const named = namedBy === undefined ? '' : ` that ${namedBy} names`;
    const detail = `the file${named} cannot be read (${code}); check path and permissions`;
    throw new BridgeFileError(path, [{ line: 1, column: 1, field: '', detail }]);
  }
  const text = utf8Text(content);
  if (text === undefined) {
    const detail = 'the file is in UTF-16, as PowerShell writes it; save it as UTF-8';
    throw new BridgeFileError(path, [{ line: 1, column: 1, field: '', detail }]);
  }
  return await parseBridgeFile(path, text, { env, directory: dirname(full) });
}
