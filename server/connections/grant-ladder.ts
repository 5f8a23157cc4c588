/**
 * From the password grant to one that stays: signs in once with the new grant, beside the old one, asks the upstream whom the token
 * acts as, compares, and switches the stored connection only when told to and when nothing is wrong.
 */
import { z } from 'zod';
import type { BearerTokenOutcome, BearerTokenRequests } from '../bearer/execute.ts';
import { GRANT_TYPES } from '../bearer/grant-types.ts';
import { diagnose } from '../diagnosis/diagnose.ts';
import type { Diagnosis } from '../diagnosis/facts.ts';
import { BridgeError } from '../errors.ts';
import type { Secret } from '../secret.ts';
import { loginOf } from '../tokens/login-attempts.ts';
import { createRedactor } from '../telemetry/redaction.ts';
import type { Answer } from '../transport/exchange.ts';
import { TransportError } from '../transport/transport-error.ts';
import { parseInput, withoutBlanks } from '../validation.ts';
import type { CheckParts, SignIn } from './checks/check.ts';
import { systemOf } from './checks/fault-finding.ts';
import { profileOf } from '../bearer/execute.ts';
import { parseConnectionInput } from './connection-input.ts';
import {
  connectionShape,
  SECRET_FIELDS,
  toBearerTokenRequest,
  type Connection,
  type ConnectionSecrets,
  type ConnectionSettings,
} from './connection.ts';
import type { ConnectionStore } from './connection-store.ts';
import { identityRequest, IDENTITY_PATH, readIdentity, type UpstreamIdentity } from './upstream-identity.ts';

/** How long the present sign-in is waited for, to compare with: it may be the one that is broken. */
const PRESENT_WAIT_MS = 5_000;

const { url, clientId, clientSecret, credentialsInBody, privateKey, subject, audience, scope } =
  connectionShape;
const [, , jwtBearer] = GRANT_TYPES;

export const grantLadderSchema = z.strictObject({
  grantType: z.enum(['client_credentials', jwtBearer]).describe('The grant to move to.'),
  url: url.describe(
    'Token endpoint, where it changes: client_credentials of Salesforce needs that of My Domain.',
  ),
  clientId: clientId.describe('Where it changes.'),
  clientSecret: clientSecret.describe('Where it changes. Write-only.'),
  credentialsInBody,
  privateKey,
  subject: subject.describe('JWT bearer: the user to act as; absent: the present user name.'),
  audience,
  scope,
  switchOver: z
    .boolean()
    .default(false)
    .describe('true: store the new grant if the probe is clean. false: only try it.'),
});

export interface GrantLadderReport {
  connection: string;
  grantType: string;
  exitPath: BearerTokenOutcome['exitPath'];
  /** With the new grant. */
  organizationId?: string;
  actsAs?: string;
  instanceUrl?: string;
  /** With the stored one, where it still signs in. */
  presentOrganizationId?: string;
  presentActsAs?: string;
  /** Absent: one of the two could not be told. */
  isSameOrganization?: boolean;
  isSameUser?: boolean;
  /** Nothing stands against switching. */
  isClean: boolean;
  isSwitched: boolean;
  sentence: string;
  diagnosis?: Diagnosis;
  durationMs: number;
}

export type GrantLadderParts = Pick<CheckParts, 'transport' | 'clientCertificates' | 'apiBase' | 'clock'> & {
  broker: SignIn & {
    /** @throws BridgeError `rate_limited` | `unavailable` */
    countSignIn(login: { key: string }): Promise<void>;
  };
  connections: Pick<ConnectionStore, 'get' | 'put'>;
  requests: BearerTokenRequests;
};

export interface GrantLadder {
  /**
   * @throws BridgeError `not_found` | `invalid_request` | `conflict`: another one is on its way, or the connection changed meanwhile;
   *   `rate_limited`: the sign-ins of this hour are used up, those of the broker and of other tries included.
   */
  climb(
    name: string,
    body: unknown,
    options: { correlationId: string; signal: AbortSignal },
  ): Promise<GrantLadderReport>;
}

type Members = Record<string, unknown>;

function split(connection: Connection): { settings: ConnectionSettings; secrets: ConnectionSecrets } {
  const known = Object.entries(connection).filter(([field]) => field in connectionShape);
  const isSecret = ([field]: [string, unknown]) => (SECRET_FIELDS as readonly string[]).includes(field);
  return {
    settings: Object.fromEntries(known.filter((entry) => !isSecret(entry))) as unknown as ConnectionSettings,
    secrets: Object.fromEntries(known.filter(isSecret)),
  };
}

function withoutSecrets(connection: Connection): Connection {
  const isSecret = (field: string) => (SECRET_FIELDS as readonly string[]).includes(field);
  return Object.fromEntries(
    Object.entries(connection).filter(([field]) => !isSecret(field)),
  ) as unknown as Connection;
}

/** Of the secrets, only those that the new grant needs: what nobody uses any more is not worth keeping, sealed or not. */
const NO_SECRETS = Object.fromEntries(SECRET_FIELDS.map((field) => [field, null]));

/** The stored connection with the new grant in the place of the old one: what a PUT would send. */
function candidateBody(connection: Connection, given: Members): Members {
  const { username, ...settings } = split(connection).settings;
  const { switchOver: _, ...changes } = given;
  const kept = { ...NO_SECRETS, ...settings };
  if (given.grantType !== jwtBearer) return { ...kept, ...changes };
  // Where a token is asked for is its audience; only connected apps of old have another.
  const endpoint = typeof given.url === 'string' && URL.canParse(given.url) ? given.url : settings.url;
  const audience = new URL(endpoint).origin;
  return { audience, ...(username === undefined ? {} : { subject: username }), ...kept, ...changes };
}

interface Compared {
  isSameOrganization?: boolean;
  isSameUser?: boolean;
}

/** Pure. */
export function compareIdentities(
  next: UpstreamIdentity | undefined,
  present: UpstreamIdentity | undefined,
): Compared {
  if (next === undefined || present === undefined) return {};
  const isSameOrganization = next.organizationId === present.organizationId;
  if (next.actsAs === undefined || present.actsAs === undefined) return { isSameOrganization };
  return { isSameOrganization, isSameUser: isSameOrganization && next.actsAs === present.actsAs };
}

function sentenceOf(
  next: UpstreamIdentity | undefined,
  { isSameOrganization, isSameUser }: Compared,
): string {
  const who = next?.actsAs ?? 'a user that the upstream does not name';
  if (isSameOrganization === false)
    return `The new grant signs in to another organisation (${next?.organizationId}): nothing is switched. Check url and client.`;
  const org =
    isSameOrganization === true
      ? 'the same organisation'
      : 'an organisation that could not be compared, since the stored sign-in does not work or does not tell';
  const user =
    isSameUser === false ? ' That is another user than now: give it the same permissions first.' : '';
  return `The new grant signs in to ${org} and acts as ${who}.${user}`;
}

export function createGrantLadder(parts: GrantLadderParts): GrantLadder {
  const { connections, requests, transport, broker, clock } = parts;
  const climbing = new Set<string>();

  /** What the upstream says of the token; an answer that tells nothing is given back too, to be explained. */
  async function identify(
    connection: Connection,
    token: Secret,
    instanceUrl: string | undefined,
    signal: AbortSignal,
  ) {
    const path = IDENTITY_PATH[connection.provider];
    if (path === undefined) return { identity: undefined, answer: undefined };
    const request = identityRequest(parts.apiBase(connection, instanceUrl), path, token);
    const timeoutMs = connection.timeoutSeconds * 1000;
    const answer = await transport.send(request, await profileOf(connection, parts), { timeoutMs, signal });
    return { identity: readIdentity(connection.provider, answer), answer };
  }

  async function presentIdentity(
    connection: Connection,
    signal: AbortSignal,
  ): Promise<UpstreamIdentity | undefined> {
    try {
      const token = await broker.getToken(connection.name, { waitMs: PRESENT_WAIT_MS, signal });
      return (await identify(connection, token.accessToken, token.instanceUrl, signal)).identity;
    } catch (error) {
      if (signal.aborted) throw error;
      return undefined; // broken, latched or away: there is nothing to compare with
    }
  }

  function diagnosisOf(connection: Connection, answer: Answer, token: Secret): Diagnosis {
    return diagnose({ system: systemOf(connection), answer }, createRedactor([token]).text);
  }

  async function probe(
    candidate: Connection,
    outcome: BearerTokenOutcome,
    present: Connection,
    signal: AbortSignal,
  ) {
    const { accessToken, instanceUrl } = outcome.token!;
    try {
      const { identity, answer } = await identify(candidate, accessToken, instanceUrl, signal);
      if (answer !== undefined && identity === undefined) {
        return {
          isClean: false,
          sentence: 'The new grant signs in, but its token is refused.',
          diagnosis: diagnosisOf(candidate, answer, accessToken),
        };
      }
      const known = await presentIdentity(present, signal);
      const compared = compareIdentities(identity, known);
      return {
        ...identity,
        ...(known?.organizationId === undefined ? {} : { presentOrganizationId: known.organizationId }),
        ...(known?.actsAs === undefined ? {} : { presentActsAs: known.actsAs }),
        ...compared,
        isClean: compared.isSameOrganization !== false,
        sentence: sentenceOf(identity, compared),
      };
    } catch (error) {
      if (!(error instanceof TransportError || error instanceof BridgeError) || signal.aborted) throw error;
      return {
        isClean: false,
        sentence: `The new grant signs in, but the API was not reached: ${error.message.replace(/\.$/, '')}.`,
      };
    }
  }

  async function attempt(
    name: string,
    body: unknown,
    correlationId: string,
    signal: AbortSignal,
  ): Promise<GrantLadderReport> {
    const startedAtMs = clock.monotonicMs();
    const present = connections.get(name);
    const given = withoutBlanks(body);
    const { switchOver, grantType } = parseInput(grantLadderSchema, given);
    const wanted = candidateBody(present, given as Members);
    const { settings, secrets } = parseConnectionInput(wanted, { name, stored: split(present) });
    const candidate: Connection = { ...withoutSecrets(present), ...settings, ...secrets };
    delete candidate.username;
    const login = loginOf(candidate);
    if (login !== undefined) await broker.countSignIn(login);
    const outcome = await requests.execute(toBearerTokenRequest(candidate), { correlationId, signal });
    const common = { connection: name, grantType, exitPath: outcome.exitPath, isSwitched: false };
    const durationMs = () => Math.round(clock.monotonicMs() - startedAtMs);
    if (outcome.token === undefined) {
      const { diagnosis } = outcome;
      const sentence = `The new grant does not sign in. ${diagnosis?.title ?? ''}`.trim();
      return {
        ...common,
        isClean: false,
        sentence,
        ...(diagnosis === undefined ? {} : { diagnosis }),
        durationMs: durationMs(),
      };
    }
    const found = await probe(candidate, outcome, present, signal);
    const { instanceUrl } = outcome.token;
    const isSwitched = switchOver && found.isClean;
    if (isSwitched) await connections.put(name, wanted, { expectedVersion: present.version });
    return {
      ...common,
      ...(instanceUrl === undefined ? {} : { instanceUrl }),
      ...found,
      isSwitched,
      durationMs: durationMs(),
    };
  }

  return {
    async climb(name, body, { correlationId, signal }) {
      if (climbing.has(name))
        throw new BridgeError('conflict', { detail: `A new grant of ${name} is being tried already.` });
      climbing.add(name);
      try {
        return await attempt(name, body, correlationId, signal);
      } finally {
        climbing.delete(name);
      }
    },
  };
}
