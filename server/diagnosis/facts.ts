/** What a diagnosis is made from and what it says. Shapes only. */
import type { TransportErrorDetails, TransportFaultCode } from '../transport/transport-error.ts';

export type DiagnosedSystem = 'purecloud' | 'salesforce' | 'bridge' | 'apex' | 'unknown';

/** The outgoing request as far as it is known; header names in lower case, values as sent. Never logged. */
export interface RequestFacts {
  method?: string;
  url?: string;
  headers: Readonly<Record<string, string>>;
  body?: string;
  /** The Bearer Token Request's own inputs, where it is ours and not a pasted one. */
  inputs?: Readonly<{
    grantType: string;
    clientId?: string;
    clientSecret?: string;
    username?: string;
    password?: string;
    securityToken?: string;
    audience?: string;
  }>;
}

export interface AnswerFacts {
  status?: number;
  headers: Readonly<Record<string, string>>;
  body: string;
}

export interface DiagnosisFacts {
  /** Where it is known for certain, as it is for a connection with a provider; else it is read from host, path and shape of the answer. */
  system?: DiagnosedSystem;
  request?: RequestFacts;
  answer?: AnswerFacts;
  fault?: { code: TransportFaultCode; details: TransportErrorDetails; message: string };
  /** Plain text in which only an error message was found: an Apex exception, a line of a log. */
  text?: string;
}

export interface Diagnosis {
  /** Stable, snake_case; `pcbridge explain CODE` explains it. */
  code: string;
  title: string;
  /** Ranked, most likely first. */
  causes: readonly string[];
  /** One action first, naming the place where it is taken. */
  remedy: string;
}
