/** What became of a call, as PureCloud says it -> the status of the member. Pure. */
import { didYouMean } from '../validation.ts';
import type { SyncSettings } from './sync.ts';

/** The agent's wrap-up follows: nothing has been decided yet. */
const NOT_FINAL: ReadonlySet<string> = new Set(['inin-outbound-transferred-to-queue']);

export interface Attempt {
  /** ISO 8601. */
  at: string;
  /** Wrap-up name, wrap-up id or system code: it is not known which of them PureCloud will give. */
  result: string;
}

/** From a contact record, a row of an export or an event: the same shape. */
export interface ContactResult {
  contactId: string;
  attempts: readonly Attempt[];
}

export interface MemberResult {
  memberId: string;
  /** Name of the wrap-up where it is known, else what PureCloud gave. */
  result: string;
  attemptAtMs: number;
  /** undefined: the sync does not map this result. */
  status?: string;
}

export type MappingFault =
  | { kind: 'status_unknown'; result: string; memberStatus: string; meant?: string; known: readonly string[] }
  | { kind: 'mapped_twice'; result: string; other: string };

export interface ResultReader {
  read(result: ContactResult): MemberResult | undefined;
}

function keyOf(text: string): string {
  return text.trim().toLowerCase();
}

/** Every key under which a mapped result may arrive: as written, the name of an id, the ids of a name. */
function keysOf(result: string, wrapUps: ReadonlyMap<string, string>): string[] {
  const key = keyOf(result);
  const name = wrapUps.get(result) ?? [...wrapUps].find(([id]) => keyOf(id) === key)?.[1];
  const wanted = name === undefined ? key : keyOf(name);
  const ids = [...wrapUps].filter(([, other]) => keyOf(other) === wanted).map(([id]) => keyOf(id));
  return [...new Set([key, wanted, ...ids])];
}

/** The spelling that the campaign has; Salesforce would store any text and show a status that no one chose. */
function labelOf(memberStatus: string, labels: readonly string[]): string | undefined {
  return (
    labels.find((label) => label === memberStatus) ??
    labels.find((label) => keyOf(label) === keyOf(memberStatus))
  );
}

/**
 * Checks the mapping against what the campaign and the org have now.
 * @param wrapUps Id -> name.
 * @param labels CampaignMemberStatus labels of the campaign.
 */
export function findMappingFaults(
  { results }: Pick<SyncSettings, 'results'>,
  wrapUps: ReadonlyMap<string, string>,
  labels: readonly string[],
): MappingFault[] {
  const faults: MappingFault[] = [];
  const mapped = new Map<string, { result: string; memberStatus: string }>();
  for (const { result, memberStatus } of results) {
    if (labelOf(memberStatus, labels) === undefined) {
      const meant = didYouMean(memberStatus, labels);
      const fault = { kind: 'status_unknown', result, memberStatus, known: labels } as const;
      faults.push(meant === undefined ? fault : { ...fault, meant });
    }
    for (const key of keysOf(result, wrapUps)) {
      const other = mapped.get(key);
      if (other === undefined) mapped.set(key, { result, memberStatus });
      else if (keyOf(other.memberStatus) !== keyOf(memberStatus) && other.result !== result) {
        faults.push({ kind: 'mapped_twice', result, other: other.result });
        break;
      }
    }
  }
  return faults;
}

/** The first of the statuses that the campaign does not have. */
export function findUnknownStatus(
  statuses: readonly string[],
  labels: readonly string[],
): { status: string; meant?: string } | undefined {
  const status = statuses.find((wanted) => labelOf(wanted, labels) === undefined);
  if (status === undefined) return undefined;
  const meant = didYouMean(status, labels);
  return meant === undefined ? { status } : { status, meant };
}

function newestFinal(attempts: readonly Attempt[]): { result: string; atMs: number } | undefined {
  const read = attempts
    .map(({ at, result }) => ({ result: result.trim(), atMs: Date.parse(at) }))
    .filter(({ result, atMs }) => result !== '' && !Number.isNaN(atMs) && !NOT_FINAL.has(keyOf(result)));
  return read.reduce<(typeof read)[number] | undefined>(
    (newest, attempt) => (newest === undefined || attempt.atMs >= newest.atMs ? attempt : newest),
    undefined,
  );
}

export function createResultReader(
  { results }: Pick<SyncSettings, 'results'>,
  wrapUps: ReadonlyMap<string, string>,
  labels: readonly string[],
): ResultReader {
  const statuses = new Map<string, string>();
  for (const { result, memberStatus } of results) {
    const label = labelOf(memberStatus, labels);
    if (label !== undefined) for (const key of keysOf(result, wrapUps)) statuses.set(key, label);
  }
  // In the spelling of PureCloud, however it came: the same result must not look like another the next time.
  const names = new Map([...wrapUps].flatMap(([id, name]) => [id, name].map((key) => [keyOf(key), name])));
  return {
    read({ contactId, attempts }) {
      const newest = newestFinal(attempts);
      if (newest === undefined) return undefined;
      const status = statuses.get(keyOf(newest.result));
      return {
        memberId: contactId,
        result: names.get(keyOf(newest.result)) ?? newest.result,
        attemptAtMs: newest.atMs,
        ...(status === undefined ? {} : { status }),
      };
    },
  };
}
