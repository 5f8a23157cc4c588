/** The JSON answer to a bearer token request, contract §2. */
import { z } from 'zod';
import type { BearerTokenOutcome } from './execute.ts';
import { EXIT_PATHS } from './exit-path.ts';

export const diagnosisSchema = z.object({
  code: z.string().describe('Stable; "pcbridge explain CODE" explains it.'),
  title: z.string(),
  causes: z.array(z.string()).describe('Most likely first.'),
  remedy: z.string(),
});

export const bearerTokenAnswerSchema = z.object({
  exitPath: z.enum(EXIT_PATHS),
  bearerAccessToken: z.string().optional(),
  tokenType: z.string().optional(),
  expiresInSeconds: z.int().optional(),
  instanceUrl: z.string().optional().describe('Salesforce: where the API of the org is.'),
  upstreamStatus: z.int().optional(),
  upstreamHeaders: z.record(z.string(), z.string()).optional().describe('Redacted.'),
  upstreamBody: z.string().optional().describe('At most 8 KiB, redacted.'),
  diagnosis: diagnosisSchema.optional().describe('For every exit path but Success.'),
  durationMs: z.int(),
  correlationId: z.string(),
  upstreamCorrelationId: z.string().optional(),
});

export type BearerTokenAnswer = z.infer<typeof bearerTokenAnswerSchema>;

/** Members that have no value are left out; `JSON.stringify` does so with undefined. */
export function toBearerTokenAnswer(outcome: BearerTokenOutcome, correlationId: string): BearerTokenAnswer {
  const { token, answer } = outcome;
  return {
    exitPath: outcome.exitPath,
    bearerAccessToken: token?.accessToken.reveal(),
    tokenType: token?.tokenType,
    expiresInSeconds: token?.expiresInSeconds,
    instanceUrl: token?.instanceUrl,
    upstreamStatus: answer?.status,
    upstreamHeaders: answer === undefined ? undefined : { ...answer.headers },
    upstreamBody: answer?.body,
    diagnosis:
      outcome.diagnosis === undefined
        ? undefined
        : { ...outcome.diagnosis, causes: [...outcome.diagnosis.causes] },
    durationMs: outcome.durationMs,
    correlationId,
    upstreamCorrelationId: outcome.upstreamCorrelationId,
  };
}
