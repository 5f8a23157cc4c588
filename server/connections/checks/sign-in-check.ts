/** Does the connection sign in? Through the broker: a latched one is not tried, so that no test locks a user out. */
import { explainCode } from '../../diagnosis/explain-code.ts';
import type { Check, Finding, SignIn } from './check.ts';
import { faultFinding } from './fault-finding.ts';

type LatchedFailure = NonNullable<Awaited<ReturnType<SignIn['state']>>['failure']>;

function latched({ diagnosis }: LatchedFailure): Finding {
  const why = diagnosis === undefined ? '' : ` ${diagnosis.title}.`;
  const sentence = `Not tried: the last sign-in was refused, and another could lock the user out.${why} Correct the connection, or reset it when the cause is gone.`;
  if (diagnosis === undefined) return { outcome: 'failed', sentence };
  const causes = explainCode(diagnosis.code)?.causes ?? [];
  return { outcome: 'failed', sentence, diagnosis: { ...diagnosis, causes } };
}

export const signInCheck: Check = async ({ connection, broker, probe, timeoutMs, signal }) => {
  const { failure } = await broker.state(connection.name);
  if (failure?.isLatched === true) return latched(failure);
  try {
    const token = await broker.getToken(connection.name, { waitMs: timeoutMs, signal });
    probe.token = token;
    const how = token.source === 'cache' ? 'A token is at hand' : 'It signed in';
    return { outcome: 'ok', sentence: `${how}; the token lives ${token.expiresInSeconds} s more.` };
  } catch (error) {
    return faultFinding(error, connection);
  }
};
