/** Whether an answer is one that the bridge may give. Pure. */
import { ERROR_CATALOGUE, type ErrorCode } from '../../server/errors.ts';

export type AskKind = 'handOut' | 'proxied' | 'bearer' | 'change';

/** A test on a busy machine is late itself, and one of the faults stops the bridge for three seconds. */
export const LATE_MS = 12_000;

export interface Answer {
  kind: AskKind;
  status: number;
  text: string;
  /** From the first byte sent to the last received. */
  durationMs: number;
  deadlineMs: number;
  /** The head of the answer came, and its body broke off. */
  isCut: boolean;
}

export interface Circumstances {
  /** The upstream misbehaved at some time between question and answer: its own answers pass unchanged through the proxy, broken ones too. */
  upstreamMisbehaves: boolean;
  /** The token was dead before anyone asked for it. */
  isDead(token: string): boolean;
}

function membersOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** Of an error of the bridge; undefined: the answer is not one. */
export function bridgeCode({ status, text }: Pick<Answer, 'status' | 'text'>): string | undefined {
  if (status < 400) return undefined;
  const { code, remedy, contextId } = membersOf(text);
  return typeof code === 'string' && remedy !== undefined && contextId !== undefined ? code : undefined;
}

function faultOfBody({ kind, status, text }: Answer, { isDead }: Circumstances): string | undefined {
  const { accessToken, exitPath } = membersOf(text);
  if (kind === 'handOut' && status === 200) {
    if (typeof accessToken !== 'string' || accessToken === '') return 'a hand-out without a token';
    return isDead(accessToken) ? 'a dead token was handed out' : undefined;
  }
  if (kind === 'bearer' && status === 200)
    return typeof exitPath === 'string' ? undefined : 'an execution without an exit path';
  return undefined;
}

/** @returns in words what is wrong; undefined: nothing is. */
export function faultOf(answer: Answer, circumstances: Circumstances): string | undefined {
  const { kind, status, durationMs, deadlineMs, isCut } = answer;
  if (durationMs > deadlineMs + LATE_MS) return `late: ${Math.round(durationMs)} ms`;
  const code = bridgeCode(answer);
  if (code !== undefined) {
    const documented =
      Object.hasOwn(ERROR_CATALOGUE, code) && ERROR_CATALOGUE[code as ErrorCode].status === status;
    if (!documented || code === 'internal_error') return `${status} ${code}`;
    // Nobody is unknown, forbidden or wrong here, and the credential is right.
    return [401, 403, 404, 400].includes(status) || code === 'credential_rejected'
      ? `${status} ${code}`
      : undefined;
  }
  if (kind === 'proxied' && circumstances.upstreamMisbehaves)
    return status === 401 ? 'a 401 of the upstream' : undefined;
  if (isCut) return 'cut off in the middle of its body';
  return status === 200 ? faultOfBody(answer, circumstances) : `${status} without a code of the catalogue`;
}
