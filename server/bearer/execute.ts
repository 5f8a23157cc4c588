/** The walk of one bearer token request: inputs -> HTTP request -> transport -> answer -> exit path -> diagnosis. */
import { BridgeError } from '../errors.ts';
import { diagnose } from '../diagnosis/diagnose.ts';
import type { AnswerFacts, Diagnosis, DiagnosisFacts, RequestFacts } from '../diagnosis/facts.ts';
import { MASK, Secret } from '../secret.ts';
import { createRedactor, type Redactor } from '../telemetry/redaction.ts';
import type { ClientCertificate } from '../transport/certificates/client-certificates.ts';
import type { LeavingSignal } from '../transport/deadline.ts';
import type { Answer } from '../transport/exchange.ts';
import { parseForwardProxy, saysTargetUnknown } from '../transport/forward-proxy.ts';
import type { TransportProfile } from '../transport/open-socket.ts';
import type { SentAnswer, Transport } from '../transport/transport.ts';
import { TransportError } from '../transport/transport-error.ts';
import { exitPathOfFault, type ExitPath } from './exit-path.ts';
import { GRANTS } from './grants/grants.ts';
import {
  forgivenFaults,
  secretsOf,
  type BearerTokenRequest,
  type BearerTokenRequestValues,
} from './request.ts';
import { redactedRefusal, redactedToken, type Refusal } from './redacted-ending.ts';
import { readTokenAnswer, type BearerToken } from './response.ts';
import type { TokenHttpRequest } from './token-http-request.ts';

const UPSTREAM_BODY_BYTES_MAX = 8 * 1024;
/** No header carries a longer one. Making ready to find a token of a megabyte takes seconds, in which nobody else is served. */
const TOKEN_CHARS_SOUGHT_MAX = 8 * 1024;
const USER_AGENT = 'PureCloud-Bridge';

export interface BearerTokenParts {
  transport: Transport;
  clientCertificates: { load(name: string): Promise<ClientCertificate> };
  clock: { nowMs(): number; monotonicMs(): number };
}

/** What the upstream answered, secrets taken out. */
export interface RedactedAnswer {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** How it ended, with all that a caller, a broker or a log may know of it. */
export interface BearerTokenOutcome {
  exitPath: ExitPath;
  token?: BearerToken;
  refusal?: Refusal;
  fault?: TransportError;
  answer?: RedactedAnswer;
  diagnosis?: Diagnosis;
  /** Monotonic milliseconds at which the request left: a token's life is counted from here. */
  startedAtMonotonicMs: number;
  durationMs: number;
  upstreamCorrelationId?: string;
  retryAfter?: string;
  upstreamDate?: string;
}

/** How its address is reached: proxy, client certificate, what is forgiven. A connection's API is reached as its token endpoint is. */
export async function profileOf(
  request: BearerTokenRequestValues,
  parts: Pick<BearerTokenParts, 'clientCertificates'>,
): Promise<TransportProfile> {
  return {
    forgiven: forgivenFaults(request),
    ...(request.proxyUri === undefined ? {} : { proxy: parseForwardProxy(request.proxyUri) }),
    ...(request.clientCertificate === undefined
      ? {}
      : { clientCertificate: await parts.clientCertificates.load(request.clientCertificate) }),
  };
}

function requestFacts(request: BearerTokenRequest, sent: TokenHttpRequest): RequestFacts {
  const { grantType, clientId, clientSecret, username, password, audience } = request;
  const inputs = {
    grantType,
    clientId,
    clientSecret: clientSecret?.reveal(),
    username,
    password: password?.reveal(),
    audience,
  };
  return {
    method: sent.method,
    url: sent.url.href,
    headers: sent.headers,
    body: sent.body,
    inputs: Object.fromEntries(
      Object.entries(inputs).filter(([, value]) => value !== undefined),
    ) as NonNullable<RequestFacts['inputs']>,
  };
}

/** Shorter pieces stand in every text by chance. */
const PIECE_CHARS_MIN = 8;

/** What is left of a secret in JSON where an upstream that knows forms alone takes the body apart and shows what it found. */
function formPieces(secret: Secret): Secret[] {
  const pieces = [...new URLSearchParams(JSON.stringify(secret.reveal()).slice(1, -1))].flat();
  return pieces.filter((piece) => piece.length >= PIECE_CHARS_MIN).map((piece) => new Secret(piece));
}

/** The secrets of the request and every form in which they were on the wire, or may be taken for something else there. */
function secretsOnTheWire(request: BearerTokenRequest, sent: TokenHttpRequest): Secret[] {
  const authorization = sent.headers.authorization;
  const basic = authorization === undefined ? [] : [new Secret(authorization.slice('Basic '.length))];
  const assertion = sent.body.includes('assertion') ? new URLSearchParams(sent.body).get('assertion') : null;
  const secrets = secretsOf(request);
  const pieces = sent.body.startsWith('{') ? secrets.flatMap(formPieces) : [];
  return [...secrets, ...pieces, ...basic, ...(assertion === null ? [] : [new Secret(assertion)])];
}

/** A proxy in front of an http target answers in the target's place; what it says of the name is no answer of the target. */
function proxySaysUnknown(answer: SentAnswer): TransportError | undefined {
  if (answer.forwardedBy === undefined || !saysTargetUnknown(answer.status, answer.headers)) return undefined;
  return new TransportError('proxy_target_unknown', 'The forward proxy cannot resolve the target', {
    phase: 'proxy',
    atProxy: true,
    proxyStatus: answer.status,
  });
}

type Ending = Pick<BearerTokenOutcome, 'exitPath' | 'token' | 'refusal' | 'fault'>;

function endingOf(answer: SentAnswer): Ending {
  const unknown = proxySaysUnknown(answer);
  if (unknown !== undefined) return { exitPath: 'UnknownHost', fault: unknown };
  const read = readTokenAnswer(answer);
  return read.outcome === 'token'
    ? { exitPath: 'Success', token: read.token }
    : { exitPath: 'Failure', refusal: read };
}

function redactedEnding({ token, refusal, ...rest }: Ending, redactor: Redactor): Ending {
  return {
    ...rest,
    ...(token === undefined ? {} : { token: redactedToken(token, redactor) }),
    ...(refusal === undefined ? {} : { refusal: redactedRefusal(refusal, redactor) }),
  };
}

function answerFacts(answer: Answer): AnswerFacts {
  return { status: answer.status, headers: answer.headers, body: answer.body };
}

function redacted(
  answer: Answer,
  redactor: Redactor,
): Required<Pick<BearerTokenOutcome, 'answer'>> &
  Pick<BearerTokenOutcome, 'upstreamCorrelationId' | 'retryAfter' | 'upstreamDate'> {
  const headers = redactor.headers(answer.headers);
  const optional = {
    upstreamCorrelationId: headers['inin-correlation-id'],
    retryAfter: headers['retry-after'],
    upstreamDate: headers.date,
  };
  return {
    answer: {
      status: answer.status,
      headers,
      body: redactor.truncated(answer.body, UPSTREAM_BODY_BYTES_MAX),
    },
    ...(Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)) as Record<
      string,
      string
    >),
  };
}

export interface BearerTokenRequests {
  /**
   * Executes one grant, once, and never repeats it: a repeated password could lock its user out.
   * @throws BridgeError `egress_denied`: nothing was sent.
   */
  execute(
    request: BearerTokenRequest,
    options: { correlationId: string; signal?: LeavingSignal },
  ): Promise<BearerTokenOutcome>;
}

export function createBearerTokenRequests(parts: BearerTokenParts): BearerTokenRequests {
  const { transport, clock } = parts;

  async function send(
    request: BearerTokenRequest,
    sent: TokenHttpRequest,
    correlationId: string,
    signal?: LeavingSignal,
  ) {
    const profile = await profileOf(request, parts);
    const headers = { ...sent.headers, 'user-agent': USER_AGENT, 'x-correlation-id': correlationId };
    const timeoutMs = request.timeoutSeconds * 1000;
    return transport.send({ ...sent, headers }, profile, {
      timeoutMs,
      ...(signal === undefined ? {} : { signal }),
    });
  }

  return {
    async execute(request, { correlationId, signal }) {
      const startedAtMonotonicMs = clock.monotonicMs();
      const sent = await GRANTS[request.grantType](request, clock.nowMs());
      const secrets = secretsOnTheWire(request, sent);
      const facts = (): DiagnosisFacts => ({ request: requestFacts(request, sent) });
      const timing = () => ({
        startedAtMonotonicMs,
        durationMs: Math.round(clock.monotonicMs() - startedAtMonotonicMs),
      });
      try {
        const answer = await send(request, sent, correlationId, signal);
        const { password } = answer.forwardedBy ?? {};
        if (password !== undefined) secrets.push(password);
        const ending = endingOf(answer);
        const { accessToken } = ending.token ?? {};
        const isOverlong = (accessToken?.reveal().length ?? 0) > TOKEN_CHARS_SOUGHT_MAX;
        if (accessToken !== undefined && !isOverlong) secrets.push(accessToken);
        const redactor = createRedactor(secrets);
        const diagnosed =
          ending.exitPath === 'Success'
            ? {}
            : {
                diagnosis: diagnose(
                  { ...facts(), ...faultFacts(ending.fault), answer: answerFacts(answer) },
                  redactor.text,
                ),
              };
        const shown = isOverlong ? { ...answer, body: MASK } : answer;
        return {
          ...redactedEnding(ending, redactor),
          ...redacted(shown, redactor),
          ...diagnosed,
          ...timing(),
        };
      } catch (error) {
        if (!(error instanceof TransportError)) throw passable(error);
        const { received } = error;
        const redactor = createRedactor(secrets);
        const answered = received === undefined ? {} : { answer: answerFacts(received) };
        const diagnosis = diagnose({ ...facts(), ...faultFacts(error), ...answered }, redactor.text);
        const shown = received === undefined ? {} : redacted(received, redactor);
        return { exitPath: exitPathOfFault(error.fault), fault: error, diagnosis, ...shown, ...timing() };
      }
    },
  };
}

function faultFacts(fault: TransportError | undefined): Pick<DiagnosisFacts, 'fault'> {
  return fault === undefined
    ? {}
    : { fault: { code: fault.fault, details: fault.details, message: fault.message } };
}

/** An error that nobody foresaw must not carry the request, and with it the secret, out of here. */
function passable(error: unknown): unknown {
  if (error instanceof BridgeError || (error instanceof Error && error.name === 'AbortError')) return error;
  return new BridgeError('internal_error', { cause: error });
}
