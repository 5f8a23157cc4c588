/** One contact list of one organization, over a saved connection: contacts sent and removed, results read. */
import { z } from 'zod';
import { namedHeaders } from '../connections/authorized-calls.ts';
import { lostCall } from '../connections/lost-call.ts';
import { TransportError } from '../transport/transport-error.ts';
import { checkList, createList, type ListCheck, type ListLayout, type ListName } from './contact-lists.ts';
import { resultOf, type ContactResult } from './contact-records.ts';
import {
  blockContacts,
  lookUpContacts,
  removeContacts,
  upsertContacts,
  type BlockedContacts,
  type SentContact,
  type UpsertAnswer,
} from './contacts.ts';
import { createListResults, RESULTS_PER_PAGE, type PageOfResults, type ResultQuery } from './list-results.ts';
import { createPureCloudSession, readEntities, type PureCloudSessionOptions } from './purecloud-session.ts';

const FILE_TIMEOUT_MS = 120_000;

export interface OutboundClientOptions extends PureCloudSessionOptions, ListName {
  /** Of a page that comes from an export. Default 10,000. */
  resultsPerPage?: number;
  log: { warn(fields: object, message: string): void };
}

/** Every method throws BridgeError; what is worth repeating was repeated by then. */
export interface OutboundClient {
  /** @param listId Looks at this one, whatever its name. */
  check(layout: ListLayout, listId?: string): Promise<ListCheck>;
  create(layout: ListLayout): Promise<string>;
  /** At most 1,000 contacts and 512,000 bytes. */
  upsert(listId: string, contacts: readonly SentContact[]): Promise<UpsertAnswer>;
  read(
    listId: string,
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>>;
  /** At most 250. @returns ids that are not on the list afterwards. */
  remove(listId: string, ids: readonly string[]): Promise<readonly string[]>;
  /** @returns ids that are uncallable now. */
  block(
    listId: string,
    ids: readonly string[],
    announce: (ids: readonly string[]) => Promise<void>,
  ): Promise<BlockedContacts>;
  readResults(query: ResultQuery): Promise<PageOfResults>;
  resultsOf(listId: string, ids: readonly string[]): Promise<readonly ContactResult[]>;
  /** Wrap-up id -> name. */
  wrapUps(): Promise<ReadonlyMap<string, string>>;
  close(): Promise<void>;
}

const wrapUpSchema = z.object({ id: z.string(), name: z.string().default('') });

export function createOutboundClient(options: OutboundClientOptions): OutboundClient {
  const { connection, transport, clock, signal, contactListId, contactListName = '', log } = options;
  const session = createPureCloudSession(options);

  async function download(url: URL) {
    const request = {
      method: 'GET',
      origin: url,
      path: `${url.pathname}${url.search}`,
      headers: ['accept', 'text/csv'],
    };
    const limits = { timeoutMs: FILE_TIMEOUT_MS, stallMs: FILE_TIMEOUT_MS };
    try {
      const answer = await transport.stream(request, await options.profileOf(connection), {
        ...limits,
        ...(signal === undefined ? {} : { signal }),
      });
      return { status: answer.status, headers: namedHeaders(answer.headers), body: answer.body };
    } catch (error) {
      throw error instanceof TransportError ? lostCall(error, FILE_TIMEOUT_MS) : error;
    }
  }

  const results = createListResults(
    {
      session,
      clock,
      signal,
      download,
      resultsPerPage: options.resultsPerPage ?? RESULTS_PER_PAGE,
      apiOrigin: () => Promise.resolve(options.apiBase(connection, undefined).origin),
    },
    (detail) =>
      log.warn(
        { connection: connection.name, detail },
        'The file of an export may not be fetched, so the contact list is searched page by page, which takes many more calls. Add its host to BRIDGE_EGRESS_ALLOW.',
      ),
  );

  return {
    check: (layout, listId = contactListId) =>
      checkList(session, { contactListId: listId, contactListName }, layout),
    create: (layout) => createList(session, contactListName, layout),
    upsert: (listId, contacts) => upsertContacts(session, listId, contacts),
    async read(listId, ids) {
      const found = await lookUpContacts(session, listId, ids);
      return new Map(
        found.map(({ id, data }) => [
          id,
          Object.fromEntries(Object.entries(data).map(([column, value]) => [column, value ?? ''])),
        ]),
      );
    },
    remove: (listId, ids) => removeContacts(session, listId, ids),
    block: (listId, ids, announce) => blockContacts(session, listId, ids, announce),
    readResults: (query) => results.read(query),
    resultsOf: async (listId, ids) =>
      (await lookUpContacts(session, listId, ids))
        .map(resultOf)
        .filter(({ attempts }) => attempts.length > 0),
    async wrapUps() {
      const codes = await readEntities(session, '/api/v2/routing/wrapupcodes', wrapUpSchema);
      return new Map(codes.map(({ id, name }) => [id, name]));
    },
    close: () => results.close(),
  };
}
