/** What the value of each environment variable must look like, and what to do where it does not. Pure. */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { Secret } from './secret.ts';
import { LOG_LEVELS } from './telemetry/log.ts';
import { EgressEntryError, parseEgressAllow } from './transport/egress-allow-list.ts';
import { normaliseHost } from './transport/egress-host.ts';
import { parseProxyEndpoint } from './transport/egress-proxy.ts';

/** What a value is instead of good: completes "VARIABLE …" and must not repeat a secret. */
class Fault {
  readonly sentence: string;
  readonly remedy: string;

  constructor(sentence: string, remedy: string) {
    this.sentence = sentence;
    this.remedy = remedy;
  }
}

/** A string that `read` turns into a value or finds fault with. */
function value<T>(read: (text: string) => T | Fault) {
  return z.string().transform((given, context): T => {
    const result = read(given.trim());
    if (!(result instanceof Fault)) return result;
    context.addIssue({ code: 'custom', message: result.sentence, params: { remedy: result.remedy } });
    return z.NEVER;
  });
}

/** Empty is absent. */
export function absent<T extends z.ZodType>(schema: T) {
  return z.preprocess(
    (given) => (typeof given === 'string' && given.trim() === '' ? undefined : given),
    schema.optional(),
  );
}

export function remedyOf(issue: z.core.$ZodIssue): string {
  const remedy: unknown = issue.code === 'custom' ? issue.params?.remedy : undefined;
  return typeof remedy === 'string' ? remedy : 'Correct it or unset it.';
}

export const text = value((given) => given);

/** Anything is taken, as of Node's; but whoever means production is not to be left without what it refuses. */
export const nodeEnvironment = value((given) =>
  given !== 'production' && /^prod(uction)?$/i.test(given)
    ? new Fault(`is "${given}", not "production"`, 'Write production in small letters, or unset it.')
    : given,
);

/** 0 lets the system choose, for tests and for several bridges on one machine. */
export const port = value((given) =>
  /^\d{1,5}$/.test(given) && Number(given) <= 65_535
    ? Number(given)
    : new Fault(`is "${given}", not a port`, 'Give a whole number from 0 to 65535; 0 takes any free port.'),
);

export const host = value(
  (given) =>
    normaliseHost(given) ??
    new Fault(
      'is neither a host name nor an address',
      'Give the address to listen on, for example 127.0.0.1, 0.0.0.0 or ::, without scheme and port.',
    ),
);

export const boolean = value((given) => {
  if (given === 'true' || given === '1') return true;
  if (given === 'false' || given === '0') return false;
  return new Fault(`is "${given}", neither true nor false`, 'Write true or false.');
});

const DATABASE_REMEDY =
  'Give it as postgres://user:password@host:5432/database, with special characters of the password percent-encoded.';

export const databaseUrl = value((given) => {
  if (!URL.canParse(given)) return new Fault('is not a URL', DATABASE_REMEDY);
  const url = new URL(given);
  if (url.protocol !== 'postgres:' && url.protocol !== 'postgresql:') {
    return new Fault('is not a URL of a PostgreSQL server', DATABASE_REMEDY);
  }
  // Without a host part the server's socket directory may stand in the query, as libpq has it.
  if (url.hostname === '' && !url.searchParams.has('host'))
    return new Fault('names no server', DATABASE_REMEDY);
  if (url.hash !== '') return new Fault('has a "#" that is not percent-encoded', DATABASE_REMEDY);
  return new Secret(given);
});

const SECRET_KEY_BYTES = 32;
const SECRET_KEY_REMEDY = 'Make one with "openssl rand -base64 32".';

function secretKeyFault(given: string): Fault | undefined {
  const bytes = Buffer.from(given, 'base64');
  const unpadded = (encoded: string): string =>
    encoded.replace(/=+$/, '').replaceAll('-', '+').replaceAll('_', '/');
  if (unpadded(bytes.toString('base64')) !== unpadded(given))
    return new Fault('is not Base64', SECRET_KEY_REMEDY);
  if (bytes.length !== SECRET_KEY_BYTES) {
    return new Fault(`holds ${bytes.length} bytes and not ${SECRET_KEY_BYTES}`, SECRET_KEY_REMEDY);
  }
  return new Set(bytes).size === 1
    ? new Fault('is one byte repeated, which anyone can guess', SECRET_KEY_REMEDY)
    : undefined;
}

/** One key, or several with commas between them while a key is replaced: the first seals, all open. */
export const secretKey = value((given) => {
  const keys = given.split(/[\s,]+/).filter((key) => key !== '');
  const fault = keys.map(secretKeyFault).find((found) => found !== undefined);
  if (keys.length === 0) return new Fault('holds no key', SECRET_KEY_REMEDY);
  return fault ?? new Secret(keys.map((key) => Buffer.from(key, 'base64').toString('base64')).join(','));
});

/** Keys are stored as plain SHA-256, which is quick to try: only length protects a key whose hash was read. 16 random characters do. */
const ADMIN_KEY_CHARS_MIN = 16;
const ADMIN_KEY_REMEDY = `Give at least ${ADMIN_KEY_CHARS_MIN} characters, for example from "openssl rand -base64 24": a short key can be guessed from its hash.`;

export const adminKey = value((given) => {
  if (!/^[\x21-\x7e]+$/.test(given)) {
    return new Fault(
      'holds spaces or characters outside ASCII, which no header carries safely',
      ADMIN_KEY_REMEDY,
    );
  }
  return given.length < ADMIN_KEY_CHARS_MIN
    ? new Fault(`has ${given.length} characters`, ADMIN_KEY_REMEDY)
    : new Secret(given);
});

/** Empty is refused here: it could mean "nothing" or "the default", and the two are far apart. */
export const egressAllow = value((given) => {
  try {
    parseEgressAllow(given);
    return given;
  } catch (error) {
    if (!(error instanceof EgressEntryError)) throw error;
    const [fault, ...advice] = error.reason.split('. ');
    const remedy = advice.length === 0 ? EGRESS_REMEDY : advice.join('. ');
    return new Fault(`has the entry "${error.entry}", which ${fault!.replace(/\.$/, '')}`, remedy);
  }
});
const EGRESS_REMEDY =
  'List host, *.domain or [IPv6] with optional :port, separated by commas, or unset it for PureCloud and Salesforce.';

const TRUSTED_PROXIES_REMEDY =
  'List addresses and networks such as 10.0.0.5, 10.1.0.0/16 or fd00::/8, separated by commas.';

export const trustedProxies = value((given) => {
  const items = given.split(',').map((item) => item.trim());
  const bad = items.find((item) => isIP(item) === 0 && !isNetwork(item));
  if (bad !== undefined)
    return new Fault(`has "${bad}", which is no address and no network`, TRUSTED_PROXIES_REMEDY);
  const everyone = items.find((item) => item.endsWith('/0'));
  if (everyone === undefined) return items;
  return new Fault(
    `has "${everyone}", which trusts everyone`,
    'Name the proxies alone: whoever is trusted may claim any address and any client certificate.',
  );
});

function isNetwork(item: string): boolean {
  const [address = ''] = item.split('/');
  return isIP(address) !== 0 && ipaddr.isValidCIDR(item);
}

/** Lower case, as Node has the names of received headers. */
export const headerName = value((given) =>
  /^[A-Za-z0-9-]{1,64}$/.test(given)
    ? given.toLowerCase()
    : new Fault(
        'is not the name of a header',
        'Give the one header in which the proxy passes the client certificate on, for example X-SSL-Client-Cert.',
      ),
);

const PROCESSES_MAX = 256;

export const processes = value((given) =>
  /^[1-9]\d{0,2}$/.test(given) && Number(given) <= PROCESSES_MAX
    ? Number(given)
    : new Fault(
        `is "${given}", not a number of processes`,
        `Give a whole number from 1 to ${PROCESSES_MAX}.`,
      ),
);

export const percent = value((given) =>
  /^[1-9]\d?$|^100$/.test(given)
    ? Number(given)
    : new Fault(`is "${given}", not a percentage`, 'Give a whole number from 1 to 100.'),
);

const ACTIVITY_DAYS_MAX = 3_650;

export const activityDays = value((given) =>
  /^[1-9]\d{0,3}$/.test(given) && Number(given) <= ACTIVITY_DAYS_MAX
    ? Number(given)
    : new Fault(
        `is "${given}", not a number of days`,
        `Give a whole number from 1 to ${ACTIVITY_DAYS_MAX}; older activity is removed every hour.`,
      ),
);

export const logLevel = value(
  (given) =>
    LOG_LEVELS.find((level) => level === given.toLowerCase()) ??
    new Fault(`is "${given}", not a level`, `Give one of ${LOG_LEVELS.join(', ')}.`),
);

export const proxyEndpoint = value((given) => {
  const endpoint = parseProxyEndpoint(given);
  return typeof endpoint === 'string'
    ? new Fault(
        endpoint,
        'Give it as http://host:port, with user:password@ before the host where the proxy asks for it.',
      )
    : endpoint;
});

const NOTIFY_REMEDY = 'Give the whole address that the receiver shows, beginning with https://.';

/** A secret: whoever knows the address of a channel may write into it. */
export const notifyUrl = value((given) => {
  const url = URL.parse(given);
  if (url === null || !['http:', 'https:'].includes(url.protocol))
    return new Fault('is not an http or https address', NOTIFY_REMEDY);
  if (url.username !== '' || url.password !== '')
    return new Fault('holds a user or a password', 'Leave them out: notifications are signed instead.');
  return new Secret(url.href);
});

/** HMAC-SHA256 takes any length; a key shorter than this can be guessed from one signed notification. */
const NOTIFY_KEY_CHARS_MIN = 16;

export const notifyKey = value((given) =>
  given.length < NOTIFY_KEY_CHARS_MIN
    ? new Fault(
        `has ${given.length} characters`,
        `Give at least ${NOTIFY_KEY_CHARS_MIN}, for example from "openssl rand -base64 24".`,
      )
    : new Secret(given),
);
