/** Pages as PureCloud's API gives them. Pure. */
import { ApiRefusal } from './api-refusal.ts';

const PAGE_SIZE_DEFAULT = 25;
const PAGE_SIZE_MAX = 100;

export interface PageRequest {
  pageNumber: number;
  pageSize: number;
}

function positive(value: unknown, fallback: number): number {
  if (value === undefined) return fallback;
  const number = Number(value);
  if (Number.isInteger(number) && number >= 1) return number;
  throw new ApiRefusal(400, 'invalid.value');
}

/** @throws ApiRefusal. */
export function pageRequestOf(given: { pageNumber?: unknown; pageSize?: unknown }): PageRequest {
  const pageSize = positive(given.pageSize, PAGE_SIZE_DEFAULT);
  if (pageSize > PAGE_SIZE_MAX) throw new ApiRefusal(400, 'invalid.value');
  return { pageNumber: positive(given.pageNumber, 1), pageSize };
}

/** What a page can be cut from without the rest being looked at. */
export interface Pageable<T> {
  length: number;
  slice(from: number, to: number): readonly T[];
}

/** @param uri Of the resource, without a query: the links of the page are made from it. */
export function pageOf<T>(all: Pageable<T>, { pageNumber, pageSize }: PageRequest, uri: string) {
  const total = all.length;
  const pageCount = Math.ceil(total / pageSize);
  const link = (page: number) => `${uri}?pageSize=${pageSize}&pageNumber=${page}`;
  return {
    entities: all.slice((pageNumber - 1) * pageSize, pageNumber * pageSize),
    pageSize,
    pageNumber,
    total,
    firstUri: link(1),
    selfUri: link(pageNumber),
    lastUri: link(Math.max(1, pageCount)),
    ...(pageNumber < pageCount ? { nextUri: link(pageNumber + 1) } : {}),
    ...(pageNumber > 1 ? { previousUri: link(pageNumber - 1) } : {}),
    pageCount,
  };
}

const NAME_FILTERS: Readonly<Record<string, (name: string, wanted: string) => boolean>> = {
  equals: (name, wanted) => name === wanted,
  contains: (name, wanted) => name.includes(wanted),
  prefix: (name, wanted) => name.startsWith(wanted),
  beginswith: (name, wanted) => name.startsWith(wanted),
  endswith: (name, wanted) => name.endsWith(wanted),
};

/** By `name` and `filterType`, which is `Prefix` where it is not said; in any case, which is an assumption. @throws ApiRefusal. */
export function nameFilterOf(query: {
  name?: unknown;
  filterType?: unknown;
}): (entity: { name: string }) => boolean {
  const { name, filterType = 'Prefix' } = query;
  if (typeof name !== 'string' || name === '') return () => true;
  const filter = NAME_FILTERS[String(filterType).toLowerCase()];
  if (filter === undefined) throw new ApiRefusal(400, 'invalid.value');
  return (entity) => filter(entity.name.toLowerCase(), name.toLowerCase());
}
