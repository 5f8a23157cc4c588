/** What went wrong -> the finding of a check. Pure. */
import { diagnose } from '../../diagnosis/diagnose.ts';
import { explainCode } from '../../diagnosis/explain-code.ts';
import type { AnswerFacts, DiagnosedSystem, Diagnosis } from '../../diagnosis/facts.ts';
import { BridgeError } from '../../errors.ts';
import { TransportError } from '../../transport/transport-error.ts';
import type { Connection } from '../connection.ts';
import type { Finding } from './check.ts';

export function systemOf({ provider }: Pick<Connection, 'provider'>): DiagnosedSystem {
  return provider === 'other' ? 'unknown' : provider;
}

function ofBridgeError(error: BridgeError): Diagnosis {
  const { code, entry, options, message } = error;
  const named = options.details?.diagnosis;
  const known = typeof named === 'string' ? explainCode(named) : undefined;
  const remedy = options.remedy ?? known?.remedy ?? entry.remedy;
  return known === undefined
    ? { code, title: entry.title, causes: [message], remedy }
    : { ...known, title: message, remedy };
}

/** @throws what is neither a fault of the line nor an answer of the bridge: a mistake of ours, or a caller that has gone. */
export function faultFinding(error: unknown, connection: Connection, url?: URL): Finding {
  if (error instanceof BridgeError) {
    const diagnosis = ofBridgeError(error);
    return { outcome: 'failed', sentence: `${error.message.replace(/\.$/, '')}.`, diagnosis };
  }
  if (!(error instanceof TransportError)) throw error;
  const diagnosis = diagnose({
    system: systemOf(connection),
    ...(url === undefined ? {} : { request: { method: 'GET', url: url.origin, headers: {} } }),
    fault: { code: error.fault, details: error.details, message: error.message },
  });
  return { outcome: 'failed', sentence: `${diagnosis.title}.`, diagnosis };
}

/** @param redact Takes the token out of what the upstream said. */
export function answerDiagnosis(
  answer: AnswerFacts,
  connection: Connection,
  url: URL,
  redact: (text: string) => string,
): Diagnosis {
  const request = { method: 'GET', url: url.href, headers: { authorization: 'Bearer present' } };
  return diagnose({ system: systemOf(connection), request, answer }, redact);
}
