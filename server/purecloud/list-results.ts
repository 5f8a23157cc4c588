/** Results of one list by page: of a small one by looking at its contacts, of a large one from its export. */
import { BridgeError } from '../errors.ts';
import { listSize } from './contact-lists.ts';
import { isSince, resultOf, type ContactResult } from './contact-records.ts';
import { exportResults, type ExportParts } from './contact-export.ts';
import { searchContacts } from './contacts.ts';

/** One page of a search: more pages may shift while contacts are added, and an export does not. */
const SEARCHED_MAX = 100;
/** Enough for Salesforce to take the updates of a page in one Bulk job, and a few megabytes. */
export const RESULTS_PER_PAGE = 10_000;

export interface ResultQuery {
  listId: string;
  /** ISO 8601. */
  since?: string;
  cursor?: string;
}

export interface PageOfResults {
  results: readonly ContactResult[];
  next?: string;
}

/** An export that somebody is reading. */
interface OpenExport {
  cursor: string;
  batches: AsyncGenerator<ContactResult[]>;
  ahead: ContactResult[];
}

export interface ListResults {
  read(query: ResultQuery): Promise<PageOfResults>;
  close(): Promise<void>;
}

function isRefusedByPolicy(error: unknown): boolean {
  return error instanceof BridgeError && error.code === 'egress_denied';
}

/** @param onSearch Is told where the file of an export may not be fetched, and the list is searched page by page instead. */
export function createListResults(
  parts: ExportParts & { resultsPerPage: number },
  onSearch: (detail: string) => void,
): ListResults {
  const { resultsPerPage } = parts;
  let open: OpenExport | undefined;
  let opened = 0;
  let isSearchOnly = false;

  async function close(): Promise<void> {
    const present = open;
    open = undefined;
    await present?.batches.return(undefined);
  }

  /** The next results of the export, none where it is over. */
  async function advance(batches: OpenExport['batches'], sinceMs: number): Promise<ContactResult[]> {
    for (;;) {
      const next = await batches.next();
      if (next.done === true) return [];
      const results = next.value.filter((result) => isSince(result, sinceMs));
      // A cell is a view of the piece of the file that it stands in, and would keep all of that in memory.
      if (results.length > 0) return structuredClone(results);
    }
  }

  async function search({ listId, cursor }: ResultQuery, sinceMs: number): Promise<PageOfResults> {
    const page = Number(/^search:(\d+)$/.exec(cursor ?? '')?.[1] ?? 1);
    const { contacts, more } = await searchContacts(parts.session, listId, page);
    const results = contacts.map(resultOf).filter((result) => isSince(result, sinceMs));
    return { results, ...(more ? { next: `search:${page + 1}` } : {}) };
  }

  async function fromExport({ listId, cursor }: ResultQuery, sinceMs: number): Promise<PageOfResults> {
    let present = open !== undefined && open.cursor === cursor ? open : undefined;
    if (present === undefined) {
      await close();
      const batches = exportResults(parts, listId);
      present = { cursor: '', batches, ahead: await advance(batches, sinceMs) };
    }
    const results: ContactResult[] = [];
    while (results.length < resultsPerPage && present.ahead.length > 0) {
      results.push(...present.ahead.splice(0, resultsPerPage - results.length));
      if (present.ahead.length === 0) present.ahead = await advance(present.batches, sinceMs);
    }
    if (present.ahead.length === 0) {
      open = undefined;
      return { results };
    }
    present.cursor = `export:${(opened += 1)}`;
    open = present;
    return { results, next: present.cursor };
  }

  return {
    async read(query) {
      const sinceMs = query.since === undefined ? Number.NEGATIVE_INFINITY : Date.parse(query.since);
      if (query.cursor?.startsWith('search:') === true || isSearchOnly) return search(query, sinceMs);
      const size = query.cursor === undefined ? await listSize(parts.session, query.listId) : undefined;
      if (size !== undefined && size <= SEARCHED_MAX) return search(query, sinceMs);
      try {
        return await fromExport(query, sinceMs);
      } catch (error) {
        open = undefined;
        if (!isRefusedByPolicy(error)) throw error;
        isSearchOnly = true;
        onSearch((error as BridgeError).message);
        return search({ listId: query.listId }, sinceMs);
      }
    },
    close,
  };
}
