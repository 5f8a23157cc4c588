/**
 * What someone who helps has to know, in one file that may be sent: versions, checks, how everything is and what happened last.
 * Secrets, names of users and values of people are left out where they are collected, and what looks like one is masked besides.
 */
import { writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { VARIABLE_NAMES } from '../../config.ts';
import { createRedactor, type Redactor } from '../../telemetry/redaction.ts';
import { VERSION } from '../../version.ts';
import type { BridgeApi } from '../bridge-api.ts';
import { CommandError } from '../command-error.ts';
import { EXIT_CODE } from '../exit-code.ts';
import type { Check } from '../print-checks.ts';

const OWNER_ONLY = 0o600;
const ACTIVITY_LIMIT = 200;
const RUNS_LIMIT = 30;

/** Variables whose value says nothing that is not for everyone; of the others it is told whether they are set. */
const PLAIN_VARIABLES: ReadonlySet<string> = new Set([
  'NODE_ENV',
  'PORT',
  'HOST',
  'LOG_LEVEL',
  'WEB_CONCURRENCY',
  'BRIDGE_ACTIVITY_DAYS',
  'BRIDGE_EGRESS_ALLOW_PRIVATE',
]);
const SECRET_NAME = /KEY|SECRET|PASSWORD|TOKEN|DATABASE_URL|PROXY/i;
/** Shorter ones would be found in every text by chance. */
const SECRET_LENGTH_MIN = 4;

/** Members of a connection or a sync that neither sign anyone in nor name anyone. */
const CONNECTION_MEMBERS = [
  'name', 'provider', 'region', 'url', 'apiUrl', 'grantType', 'credentialsInBody', 'contentType', 'basicEncoding',
  'timeoutSeconds', 'tokenLifetimeSeconds', 'allowTokenHandout', 'requestsPerMinute', 'clientSecretSet', 'version', 'updatedAt',
] as const; // prettier-ignore
const SYNC_MEMBERS = [
  'name', 'status', 'salesforceConnection', 'purecloudConnection', 'campaignId', 'contactListId', 'columns', 'phones',
  'defaultCountry', 'memberStatuses', 'results', 'resultFields', 'schedule', 'timeZone', 'paused', 'nextRunAt', 'freshAt', 'version',
] as const; // prettier-ignore

type Members = Record<string, unknown>;

function pick(members: Members, names: readonly string[]): Members {
  return Object.fromEntries(
    names.filter((name) => members[name] !== undefined).map((name) => [name, members[name]]),
  );
}

function environmentOf(env: NodeJS.ProcessEnv): Members {
  return Object.fromEntries(
    VARIABLE_NAMES.map((name) => {
      const value = env[name];
      if (value === undefined || value === '') return [name, 'not set'];
      return [name, PLAIN_VARIABLES.has(name) ? value : 'set'];
    }),
  );
}

function redactorOf(env: NodeJS.ProcessEnv): Redactor {
  const secrets = Object.entries(env).flatMap(([name, value = '']) =>
    SECRET_NAME.test(name) && value.length >= SECRET_LENGTH_MIN ? [value] : [],
  );
  return createRedactor(secrets);
}

/** Names of users of Salesforce, and addresses of people; no user in front of the host of an address. */
const USER_NAME = /(?<![\w.+:/-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g;

/** A text at a time, so that no mask can reach over the quotes of JSON. */
function redacted(value: unknown, redactor: Redactor): unknown {
  if (typeof value === 'string') return redactor.text(value).replace(USER_NAME, '[user]');
  if (Array.isArray(value)) return value.map((item) => redacted(item, redactor));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, redacted(member, redactor)]),
  );
}

async function part(api: BridgeApi, path: string, read: (answer: Members) => unknown): Promise<unknown> {
  try {
    return read(await api.ask('GET', path, z.looseObject({})));
  } catch (error) {
    return { missing: error instanceof Error ? error.message : String(error) };
  }
}

function listIn(answer: Members, name: string, members: readonly string[]): Members[] {
  return (answer[name] as Members[]).map((item) => pick(item, members));
}

async function partsOf(api: BridgeApi): Promise<Members> {
  return {
    status: await part(api, '/v1/status', (answer) => answer),
    connections: await part(api, '/v1/connections', (answer) =>
      listIn(answer, 'connections', CONNECTION_MEMBERS),
    ),
    syncs: await part(api, '/v1/syncs', (answer) => listIn(answer, 'syncs', SYNC_MEMBERS)),
    runs: await part(api, `/v1/runs?limit=${RUNS_LIMIT}`, ({ runs }) => runs),
    activity: await part(api, `/v1/activity?limit=${ACTIVITY_LIMIT}`, (answer) => answer),
  };
}

export interface BundleInput {
  checks: readonly Check[];
  env: NodeJS.ProcessEnv;
  nowMs: number;
  /** Absent where no bridge answered. */
  api?: BridgeApi;
}

/** @returns what the file holds. */
export async function collectBundle({ checks, env, nowMs, api }: BundleInput): Promise<unknown> {
  const collected = {
    format: 'purecloud-bridge-doctor',
    createdAt: new Date(nowMs).toISOString(),
    version: VERSION,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    environment: environmentOf(env),
    checks,
    ...(api === undefined ? {} : await partsOf(api)),
  };
  return redacted(collected, redactorOf(env));
}

/** @throws CommandError where there is such a file already, or it cannot be written. */
export async function writeBundle(path: string, bundle: unknown): Promise<void> {
  try {
    await writeFile(path, `${JSON.stringify(bundle, null, 2)}\n`, { flag: 'wx', mode: OWNER_ONLY });
  } catch (cause) {
    throw new CommandError(
      `The bundle cannot be written to ${path} (${(cause as NodeJS.ErrnoException).code ?? 'unknown'})`,
      {
        exitCode: EXIT_CODE.usage,
        remedy: 'name a file that is not there yet, in a directory that is',
        cause,
      },
    );
  }
}
