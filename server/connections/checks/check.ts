/** The checks of a connection: their names, what each can say, and what it works with. Shapes only. */
import type { Diagnosis } from '../../diagnosis/facts.ts';
import type { Secret } from '../../secret.ts';
import type { ClientCertificate } from '../../transport/certificates/client-certificates.ts';
import type { ForwardProxy } from '../../transport/forward-proxy.ts';
import type { SocketParts, TransportProfile } from '../../transport/open-socket.ts';
import type { Transport } from '../../transport/transport.ts';
import type { Connection } from '../connection.ts';
import type { TokenFacts } from '../connection-status.ts';
import type { Probe } from './probe.ts';

/** In the order in which they are made. */
export const CHECK_NAMES = ['name', 'tls', 'clock', 'signIn', 'permissions', 'rateRoom'] as const;
export type CheckName = (typeof CHECK_NAMES)[number];

export const CHECK_OUTCOMES = ['ok', 'warning', 'failed', 'notRun'] as const;
export type CheckOutcome = (typeof CHECK_OUTCOMES)[number];

export interface Finding {
  outcome: CheckOutcome;
  /** Plain words, one sentence or a few. */
  sentence: string;
  /** Where something is wrong and it is known what. */
  diagnosis?: Diagnosis;
}

export interface CheckResult extends Finding {
  name: CheckName;
  durationMs: number;
}

export interface HandedToken {
  accessToken: Secret;
  expiresInSeconds: number;
  instanceUrl?: string;
  generation: number;
  source: 'cache' | 'upstream';
}

/** The broker, as far as a check needs it: latch, single flight and the budget of logins are its own. */
export interface SignIn {
  getToken(name: string, request: { waitMs?: number; signal?: AbortSignal }): Promise<HandedToken>;
  reject(name: string, generation: number): Promise<{ invalidated: boolean }>;
  state(name: string): Promise<
    TokenFacts & {
      failure?: { isLatched: boolean; retryAfterSeconds?: number; diagnosis?: Omit<Diagnosis, 'causes'> };
    }
  >;
}

export interface CallBudget {
  acquire(
    connection: Connection,
    request: { caller: string; priority: 'interactive'; signal?: AbortSignal; deadlineMs?: number },
  ): Promise<void>;
  report(connection: Connection, answer: { status: number; headers: Readonly<Record<string, string>> }): void;
  state(connection: Connection): Promise<{ limitPerMinute: number; usedLastMinute: number } | undefined>;
}

export interface CheckParts {
  sockets: SocketParts;
  transport: Pick<Transport, 'send'>;
  /** The operator's proxy for an address. */
  proxyFor(url: URL): ForwardProxy | undefined;
  clientCertificates: { load(name: string): Promise<ClientCertificate> };
  broker: SignIn;
  budget: CallBudget;
  /** Where the calls of the connection go. @throws BridgeError where nobody knows. */
  apiBase(connection: Connection, instanceUrl: string | undefined): URL;
  clock: { nowMs(): number; monotonicMs(): number };
}

/** One test of one connection. */
export interface CheckContext extends CheckParts {
  connection: Connection;
  profile: TransportProfile;
  signal: AbortSignal;
  /** Of one step, at most. */
  timeoutMs: number;
  probe: Probe;
}

export type Check = (context: CheckContext) => Promise<Finding>;
