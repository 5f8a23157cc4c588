/** Whatever an Apex call is refused with -> what the page can show and act on. Pure. */
import { LABEL } from 'c/bridgeLabels';
import { fill } from 'c/bridgeFormat';
import type { Problem } from './types';

/** Thrown by every call of the service. Match on `problem.code`. */
export class BridgeProblem extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.title);
    this.name = 'BridgeProblem';
    this.problem = problem;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function messageOf(error: unknown): string | undefined {
  if (!isRecord(error)) return undefined;
  const body = isRecord(error.body) ? error.body : error;
  return text(body.message);
}

function parsed(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A message that is no problem of the bridge comes from Salesforce itself: shown as it is, with what to try. */
function foreign(message: string | undefined): Problem {
  return {
    code: 'page_error',
    title: LABEL.ErrorTitle,
    detail: message ?? LABEL.ErrorUnknown,
    remedy: LABEL.ErrorRemedy,
    retryable: true,
  };
}

/** Something that was there when the page last looked. */
export function missing(name: string): Problem {
  const title = fill(LABEL.NoLongerThere, name);
  return { code: 'not_found', title, detail: '', remedy: '', retryable: false };
}

/** An AuraHandledException carries the bridge's problem JSON as its message. */
export function problemOf(error: unknown): Problem {
  if (error instanceof BridgeProblem) return error.problem;
  const message = messageOf(error);
  const problem = message === undefined ? undefined : parsed(message);
  const code = text(problem?.code);
  if (problem === undefined || code === undefined) return foreign(message);
  const { status, retryAfterSeconds, correlationId, errors } = problem;
  return {
    code,
    title: text(problem.title) ?? LABEL.ErrorTitle,
    detail: text(problem.detail) ?? '',
    remedy: text(problem.remedy) ?? '',
    retryable: problem.retryable === true,
    ...(typeof status === 'number' ? { status } : {}),
    ...(typeof retryAfterSeconds === 'number' ? { retryAfterSeconds } : {}),
    ...(typeof correlationId === 'string' ? { correlationId } : {}),
    ...(Array.isArray(errors) ? { errors: errors as Problem['errors'] & object } : {}),
  };
}
