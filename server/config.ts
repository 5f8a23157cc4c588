/** The environment, read once, into one frozen Config: every fault at once, and nothing of it prints a secret. */
import { isIP } from 'node:net';
import path from 'node:path';
import { distance } from 'fastest-levenshtein';
import { z } from 'zod';
import {
  absent,
  activityDays,
  adminKey,
  boolean,
  databaseUrl,
  egressAllow,
  headerName,
  host,
  logLevel,
  nodeEnvironment,
  notifyKey,
  notifyUrl,
  percent,
  port,
  processes,
  proxyEndpoint,
  remedyOf,
  secretKey,
  text,
  trustedProxies,
} from './config-values.ts';
import { ConfigError, type ConfigFault, type Environment } from './config-fault.ts';
import { productionFaults } from './config-production.ts';
import { present } from './present.ts';
import type { Secret } from './secret.ts';
import type { LogLevel } from './telemetry/log.ts';
import { judgeAddress } from './transport/egress-address.ts';
import { parseEgressAllow } from './transport/egress-allow-list.ts';
import { parseNoProxy, type OutgoingProxy } from './transport/egress-proxy.ts';

export interface Config {
  readonly isProduction: boolean;
  readonly port: number;
  readonly host: string;
  /** Absent: the embedded database in `dataDir`. */
  readonly databaseUrl?: Secret;
  readonly dataDir: string;
  /** 32 bytes as Base64. Absent: generated into `dataDir`. */
  readonly secretKey?: Secret;
  /** Absent: generated at first start. */
  readonly adminKey?: Secret;
  readonly configFile?: string;
  readonly certificatesDir: string;
  readonly caFile?: string;
  /** `allow` undefined: the hosts of PureCloud's regions and of Salesforce. */
  readonly egress: { readonly allow: string | undefined; readonly allowPrivate: boolean };
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
  /** Addresses and CIDR networks. */
  readonly trustedProxies: readonly string[];
  /** The one header of theirs that may bring a client certificate. Absent: none may. */
  readonly clientCertificateHeader?: string;
  readonly processes: number;
  readonly logLevel: LogLevel;
  readonly outgoingProxy: OutgoingProxy;
  /** How long activity is kept. */
  readonly activityDays: number;
  /** Part of an org's daily API calls, those of others included, at which syncs stop. In (0, 1]. */
  readonly salesforceApiShare: number;
  /** Where it is told how the syncs are. */
  readonly notify: {
    readonly webhook?: { readonly url: Secret; readonly key?: Secret };
    readonly slack?: { readonly url: Secret };
  };
  /** Sentences for the log at start: nothing that stops the service, but probably not what was meant. */
  readonly warnings: readonly string[];
}

/** An empty value counts as absent, as a line `NAME=` in an env file means; only BRIDGE_EGRESS_ALLOW refuses one: see there. */
const VARIABLES = z.object({
  NODE_ENV: absent(nodeEnvironment),
  PORT: absent(port),
  HOST: absent(host),
  DATABASE_URL: absent(databaseUrl),
  BRIDGE_DATA_DIR: absent(text),
  BRIDGE_SECRET_KEY: absent(secretKey),
  BRIDGE_ADMIN_KEY: absent(adminKey),
  BRIDGE_CONFIG: absent(text),
  BRIDGE_CERTIFICATES_DIR: absent(text),
  BRIDGE_CA_FILE: absent(text),
  BRIDGE_EGRESS_ALLOW: egressAllow.optional(),
  BRIDGE_EGRESS_ALLOW_PRIVATE: absent(boolean),
  BRIDGE_ALLOW_PLAIN_HTTP: absent(boolean),
  BRIDGE_TLS_CERT: absent(text),
  BRIDGE_TLS_KEY: absent(text),
  BRIDGE_TRUSTED_PROXIES: absent(trustedProxies),
  BRIDGE_CLIENT_CERTIFICATE_HEADER: absent(headerName),
  WEB_CONCURRENCY: absent(processes),
  BRIDGE_ACTIVITY_DAYS: absent(activityDays),
  BRIDGE_SALESFORCE_API_PERCENT: absent(percent),
  BRIDGE_NOTIFY_WEBHOOK_URL: absent(notifyUrl),
  BRIDGE_NOTIFY_WEBHOOK_KEY: absent(notifyKey),
  BRIDGE_NOTIFY_SLACK_URL: absent(notifyUrl),
  LOG_LEVEL: absent(logLevel),
  HTTPS_PROXY: absent(proxyEndpoint),
  https_proxy: absent(proxyEndpoint),
  HTTP_PROXY: absent(proxyEndpoint),
  http_proxy: absent(proxyEndpoint),
  NO_PROXY: absent(text),
  no_proxy: absent(text),
});
type Variables = z.output<typeof VARIABLES>;

export const VARIABLE_NAMES: readonly string[] = Object.keys(VARIABLES.shape);

/**
 * Reads the environment into a Config. Reads no file and opens nothing: paths are resolved against `workingDirectory`, not looked at.
 * @throws ConfigError with every fault, so that an operator corrects them in one go
 */
export function loadConfig(env: Environment, workingDirectory: string = process.cwd()): Config {
  const quoted = quotedFaults(env);
  const read = VARIABLES.safeParse(env);
  const others = [...(read.success ? [] : read.error.issues.map(faultOf)), ...togetherFaults(env)];
  // What else is wrong with such a value is wrong with its quotes.
  const faults = [
    ...quoted,
    ...others.filter(({ variable }) => !quoted.some((known) => known.variable === variable)),
  ];
  if (!read.success || faults.length > 0) throw new ConfigError(faults);
  return deepFreeze(
    configOf(read.data, workingDirectory, [...unknownVariables(env), ...closedAddresses(read.data)]),
  );
}

function faultOf(issue: z.core.$ZodIssue): ConfigFault {
  return { variable: String(issue.path[0]), fault: issue.message, remedy: remedyOf(issue) };
}

/** A shell takes quotes away; the env files of Docker and Kubernetes leave them in, and the key that is printed nowhere has two more. */
function quotedFaults(env: Environment): ConfigFault[] {
  return VARIABLE_NAMES.filter((name) => /^(["'])[^]*\1$/.test((env[name] ?? '').trim())).map((variable) => ({
    variable,
    fault: 'stands in quotes, which count as part of it',
    remedy: 'Remove the quotes around the value, as in the env file of a container.',
  }));
}

function isSet(env: Environment, name: string): boolean {
  return (env[name] ?? '').trim() !== '';
}

const TLS_REMEDY = 'Set both to PEM files, or neither for plain http.';
const TOGETHER_REMEDIES = {
  BRIDGE_TLS_CERT: TLS_REMEDY,
  BRIDGE_TLS_KEY: TLS_REMEDY,
  BRIDGE_NOTIFY_WEBHOOK_KEY: 'Give the address that notifications go to, or unset the key.',
} as const;

/** What no variable can be wrong about alone. Looks at presence, so that it is told together with faults of the values. */
function togetherFaults(env: Environment): ConfigFault[] {
  const faults: ConfigFault[] = [];
  for (const [missing, present] of [
    ['BRIDGE_TLS_KEY', 'BRIDGE_TLS_CERT'],
    ['BRIDGE_TLS_CERT', 'BRIDGE_TLS_KEY'],
    ['BRIDGE_NOTIFY_WEBHOOK_URL', 'BRIDGE_NOTIFY_WEBHOOK_KEY'],
  ] as const) {
    if (isSet(env, missing) || !isSet(env, present)) continue;
    faults.push({
      variable: missing,
      fault: `is not set, though ${present} is`,
      remedy: TOGETHER_REMEDIES[present],
    });
  }
  faults.push(...productionFaults(env));
  if (Number(env.WEB_CONCURRENCY) > 1 && !isSet(env, 'DATABASE_URL')) {
    faults.push({
      variable: 'WEB_CONCURRENCY',
      fault: 'is more than 1 without DATABASE_URL',
      remedy: 'Set DATABASE_URL to a PostgreSQL server: the embedded database serves one process.',
    });
  }
  return faults;
}

function configOf(read: Variables, workingDirectory: string, warnings: readonly string[]): Config {
  const file = (given: string): string => path.resolve(workingDirectory, given);
  const dataDir = file(read.BRIDGE_DATA_DIR ?? '.bridge');
  const { BRIDGE_TLS_CERT: certFile, BRIDGE_TLS_KEY: keyFile } = read;
  return present<Config>({
    isProduction: read.NODE_ENV === 'production',
    port: read.PORT ?? 8080,
    host: read.HOST ?? '127.0.0.1',
    databaseUrl: read.DATABASE_URL,
    dataDir,
    secretKey: read.BRIDGE_SECRET_KEY,
    adminKey: read.BRIDGE_ADMIN_KEY,
    configFile: read.BRIDGE_CONFIG && file(read.BRIDGE_CONFIG),
    certificatesDir: file(read.BRIDGE_CERTIFICATES_DIR ?? path.join(dataDir, 'certificates', 'rest')),
    caFile: read.BRIDGE_CA_FILE && file(read.BRIDGE_CA_FILE),
    egress: {
      allow: read.BRIDGE_EGRESS_ALLOW,
      allowPrivate: read.BRIDGE_EGRESS_ALLOW_PRIVATE ?? false,
    },
    tls:
      certFile === undefined || keyFile === undefined
        ? undefined
        : { certFile: file(certFile), keyFile: file(keyFile) },
    trustedProxies: read.BRIDGE_TRUSTED_PROXIES ?? [],
    clientCertificateHeader: read.BRIDGE_CLIENT_CERTIFICATE_HEADER,
    processes: read.WEB_CONCURRENCY ?? 1,
    logLevel: read.LOG_LEVEL ?? 'info',
    outgoingProxy: outgoingProxyOf(read),
    activityDays: read.BRIDGE_ACTIVITY_DAYS ?? 30,
    salesforceApiShare: (read.BRIDGE_SALESFORCE_API_PERCENT ?? 80) / 100,
    notify: notifyOf(read),
    warnings,
  });
}

function notifyOf(read: Variables): Config['notify'] {
  const { BRIDGE_NOTIFY_WEBHOOK_URL: webhook, BRIDGE_NOTIFY_SLACK_URL: slack } = read;
  return present<Config['notify']>({
    webhook: webhook && present({ url: webhook, key: read.BRIDGE_NOTIFY_WEBHOOK_KEY }),
    slack: slack && { url: slack },
  });
}

/** Lower case wins, as with curl, which reads only that for http. */
function outgoingProxyOf(read: Variables): OutgoingProxy {
  return present<OutgoingProxy>({
    http: read.http_proxy ?? read.HTTP_PROXY,
    https: read.https_proxy ?? read.HTTPS_PROXY,
    noProxy: parseNoProxy(read.no_proxy ?? read.NO_PROXY ?? ''),
  });
}

/** Four slips make another word of a variable that ends in KEY or FILE. */
const SLIPS_MAX = 3;

function unknownVariables(env: Environment): string[] {
  const unknown = Object.keys(env).filter(
    (name) => name.startsWith('BRIDGE_') && !VARIABLE_NAMES.includes(name),
  );
  return unknown.sort().map((name) => {
    const near = VARIABLE_NAMES.map((known) => ({ known, slips: distance(known, name) })).sort(
      (a, b) => a.slips - b.slips,
    )[0];
    const hint =
      near !== undefined && near.slips <= SLIPS_MAX
        ? ` Did you mean ${near.known}?`
        : ' Remove it if nothing else reads it.';
    return `${name} is no setting of the bridge and is ignored.${hint}`;
  });
}

/** An address that is listed and cannot be called all the same. */
function closedAddresses(read: Variables): string[] {
  if (read.BRIDGE_EGRESS_ALLOW === undefined || read.BRIDGE_EGRESS_ALLOW_PRIVATE === true) return [];
  const literals = parseEgressAllow(read.BRIDGE_EGRESS_ALLOW).filter((entry) => isIP(entry.host) !== 0);
  return literals.flatMap(({ text: entry, host: address }) => {
    const { class: addressClass, kind } = judgeAddress(address);
    if (addressClass !== 'private' && addressClass !== 'listed') return [];
    return [
      `BRIDGE_EGRESS_ALLOW lists ${entry}, ${kind}: it stays closed without BRIDGE_EGRESS_ALLOW_PRIVATE=true.`,
    ];
  });
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
