/** How a run ended, in one of its words, and what somebody can do. Pure. */
import { BridgeError, ERROR_CATALOGUE } from '../../errors.ts';
import { present } from '../../present.ts';
import type { Counts } from '../counts.ts';
import type { RunFailure, RunStatus } from '../run-record.ts';
import { CANCELLED } from '../run-store.ts';
import { RunFault } from './run-fault.ts';
import type { WalkEnd } from './walk-context.ts';

export interface RunVerdict {
  status: RunStatus;
  failure?: RunFailure;
  /** What the other side asked for. */
  retryAfterSeconds?: number;
}

/** Contacts that PureCloud refused and that have not changed since. */
export interface StillRefused {
  contacts: number;
  /** Newest run that says why. */
  run?: string;
}

/** Someone has to do something where trying again would not help. */
export function verdictOfError(error: unknown): RunVerdict {
  if (error instanceof RunFault) {
    const { code, message, remedy } = error;
    return { status: 'Action needed', failure: { code, detail: message, remedy } };
  }
  if (error instanceof BridgeError) {
    const failure = {
      code: error.code,
      detail: error.message,
      remedy: error.options.remedy ?? error.entry.remedy,
    };
    const { retryAfterSeconds, retryable = error.entry.retryable } = error.options;
    const isWaiting = retryable || error.code === 'internal_error';
    return { status: isWaiting ? 'Failed' : 'Action needed', ...present({ failure, retryAfterSeconds }) };
  }
  const { title, remedy } = ERROR_CATALOGUE.internal_error;
  return { status: 'Failed', failure: { code: 'internal_error', detail: title, remedy } };
}

export const CONTACTS_REFUSED = 'contacts_refused';

function refusedBefore({ contacts, run }: StillRefused): RunFailure {
  const those = contacts === 1 ? '1 contact is' : `${contacts} contacts are`;
  const remedy =
    run === undefined
      ? 'Correct them in Salesforce, or wait for the next run that compares everything: it offers them again and says why.'
      : `Read why with pcbridge run rows ${run} --outcome failed. Correct them in Salesforce, or offer them again with pcbridge run retry ${run}.`;
  return {
    code: CONTACTS_REFUSED,
    detail: `${those} not on the list as Salesforce has them: PureCloud refused them in an earlier run, and they have not changed since.`,
    remedy,
  };
}

/** @param stillRefused By whichever run: one that had nothing to send is no more whole for that. */
export function verdictOfEnd(
  end: Exclude<WalkEnd, 'lost'>,
  counts: Counts,
  stillRefused?: StillRefused,
): RunVerdict {
  if (end === 'paused') return { status: 'Paused' };
  if (end === 'cancelled') return { status: 'Failed', failure: CANCELLED };
  if (counts.failed > 0) return { status: 'Part failed' };
  if (stillRefused === undefined) return { status: 'Healthy' };
  return { status: 'Part failed', failure: refusedBefore(stillRefused) };
}
