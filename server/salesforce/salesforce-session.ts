/** One org, as the parts of the client use it: queries, writes and descriptions through jsforce, each repeated where that can help. */
import type { Connection as JsforceConnection } from 'jsforce';
import { repeat } from '../connections/repeat.ts';
import type { BrokerClock } from '../tokens/broker-clock.ts';
import { assertShape, openJsforce, type SessionParts } from './jsforce-session.ts';
import { retryDelayMs } from './salesforce-refusal.ts';

export type SalesforceRecord = Readonly<Record<string, unknown>>;

export interface QueryPage {
  totalSize: number;
  done: boolean;
  nextRecordsUrl?: string;
  records: readonly SalesforceRecord[];
}

export interface FieldDescribe {
  name: string;
  type: string;
  updateable: boolean;
  referenceTo?: readonly string[];
  relationshipName?: string | null;
}

export interface ObjectDescribe {
  name: string;
  fields: readonly FieldDescribe[];
}

export interface SaveError {
  statusCode: string;
  message: string;
  fields: readonly string[];
}

export interface SaveResult {
  id?: string;
  success: boolean;
  errors: readonly SaveError[];
}

export interface DeletedAnswer {
  deletedRecords: readonly { id: string }[];
  earliestDateAvailable: string;
  latestDateCovered: string;
}

export interface SalesforceSession {
  query(soql: string): Promise<QueryPage>;
  queryMore(nextRecordsUrl: string): Promise<QueryPage>;
  describe(object: string): Promise<ObjectDescribe>;
  deleted(object: string, start: Date, end: Date): Promise<DeletedAnswer>;
  /** At most 200 records, each with its `Id`. Results are in their order. */
  update(object: string, records: readonly SalesforceRecord[]): Promise<readonly SaveResult[]>;
  /** JSON in, JSON out. @param path Below the API version. */
  request(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: object): Promise<unknown>;
  /** Does the work again as the policy says. */
  repeated<T>(work: () => Promise<T>): Promise<T>;
}

export interface SalesforceSessionOptions extends SessionParts {
  clock: BrokerClock;
  /** In [0, 1). */
  random: () => number;
  /** How long a call is repeated that someone waits for. Default: as long as a run can. */
  patienceMs?: number | undefined;
}

/** One that is not the last says where the next begins: else members would be missing, and nobody would know. */
function isPage({ records, done, totalSize, nextRecordsUrl }: QueryPage): boolean {
  const isWhole = done === true || (done === false && typeof nextRecordsUrl === 'string');
  return Array.isArray(records) && isWhole && typeof totalSize === 'number';
}

export function createSalesforceSession(options: SalesforceSessionOptions): SalesforceSession {
  const { clock, random, patienceMs, signal } = options;
  let opened: Promise<JsforceConnection> | undefined;
  const described = new Map<string, Promise<ObjectDescribe>>();

  function repeated<T>(work: () => Promise<T>): Promise<T> {
    return repeat(work, { clock, patienceMs, signal, delayMs: (failed) => retryDelayMs(failed, random()) });
  }

  /** @param isExpected Whether the answer has the shape of one. */
  function ask<T>(
    what: string,
    work: (jsforce: JsforceConnection) => PromiseLike<unknown>,
    isExpected: (answer: T) => boolean,
  ): Promise<T> {
    return repeated(async () => {
      opened ??= openJsforce(options);
      return assertShape((await work(await opened)) as T, isExpected, what);
    });
  }

  return {
    // Not by jsforce's own query: it looks into an answer before anyone could say that it is none.
    query: (soql) =>
      ask('a query', (jsforce) => jsforce.request(`/query?q=${encodeURIComponent(soql)}`), isPage),
    queryMore: (url) => ask('a query', (jsforce) => jsforce.request(url), isPage),
    async describe(object) {
      const known =
        described.get(object) ??
        ask<ObjectDescribe>(
          `describe of ${object}`,
          (jsforce) => jsforce.describe(object),
          ({ fields }) => Array.isArray(fields),
        );
      described.set(object, known);
      try {
        return await known;
      } catch (error) {
        described.delete(object);
        throw error;
      }
    },
    deleted: (object, start, end) =>
      ask(
        'getDeleted',
        (jsforce) => jsforce.deleted(object, start.toISOString(), end.toISOString()),
        ({ deletedRecords }) => Array.isArray(deletedRecords),
      ),
    update: (object, records) =>
      ask(
        'an update',
        (jsforce) => jsforce.update(object, records as { Id: string }[], { allOrNone: false }),
        (results: readonly SaveResult[]) => Array.isArray(results) && results.length === records.length,
      ),
    request: (method, path, body) =>
      ask(
        path.replace(/\?.*/s, ''),
        (jsforce) =>
          jsforce.request(
            {
              method,
              url: path,
              ...(body === undefined
                ? {}
                : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
            },
            { noContentResponse: {} },
          ),
        () => true,
      ),
    repeated,
  };
}
