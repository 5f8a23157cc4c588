/** Rows -> requests that an upstream takes: by count and by bytes, and in halves where it refuses one. No I/O of its own. */

// PureCloud: too.many.contacts.added beyond.
export const CONTACTS_PER_REQUEST_MAX = 1_000;
// PureCloud's request.bytes.max is 512,000; the rest is room for what a client adds around the rows.
export const REQUEST_BYTES_MAX = 500_000;
// PureCloud: DELETE of contacts.
export const DELETIONS_PER_REQUEST_MAX = 250;
// So many rows refused alone for the same reason, and none taken: it may lie outside the rows, and as many from all over the rest are asked for.
const REFUSED_ALONE_MAX = 16;

const LIST_ID_LENGTH = 36;

export interface BatchLimits {
  rowsMax: number;
  bytesMax: number;
}

/** Bytes of a contact in the body of a request, with the id of its list and the comma behind it. */
export function contactBytes(contact: { id: string; data: Readonly<Record<string, string>> }): number {
  const { id, data } = contact;
  const wire = { id, contactListId: ' '.repeat(LIST_ID_LENGTH), data, callable: true };
  return Buffer.byteLength(JSON.stringify(wire)) + 1;
}

/** Keeps the order. A row that is larger than the limit goes alone: the upstream then says what it thinks of it. */
export function toBatches<Row>(
  rows: readonly Row[],
  { rowsMax, bytesMax }: BatchLimits,
  bytesOf: (row: Row) => number,
): Row[][] {
  const batches: Row[][] = [];
  let bytes = Infinity;
  for (const row of rows) {
    const rowBytes = bytesOf(row);
    const last = batches.at(-1);
    if (last === undefined || last.length >= rowsMax || bytes + rowBytes > bytesMax) {
      batches.push([row]);
      bytes = rowBytes;
    } else {
      last.push(row);
      bytes += rowBytes;
    }
  }
  return batches;
}

export interface Refusal {
  code: string;
  message?: string;
}

export type BatchAnswer<Answer> = { taken: true; answer: Answer } | { taken: false; refusal: Refusal };

export interface HalvedOutcome<Row, Answer> {
  answers: Answer[];
  refused: { row: Row; refusal: Refusal }[];
}

/**
 * Sends a batch, and where it is refused its halves, until each bad row is alone and named and all others are taken.
 * One bad row in 1,000 costs 20 requests. A refusal that strikes every row is not searched for 2,000 times: see REFUSED_ALONE_MAX.
 */
export async function sendInHalves<Row, Answer>(
  rows: readonly Row[],
  send: (batch: readonly Row[]) => Promise<BatchAnswer<Answer>>,
): Promise<HalvedOutcome<Row, Answer>> {
  const outcome: HalvedOutcome<Row, Answer> = { answers: [], refused: [] };
  let waiting: (readonly Row[])[] = rows.length === 0 ? [] : [rows];
  let aloneMax = REFUSED_ALONE_MAX;
  while (waiting.length > 0) {
    const common = outcome.answers.length === 0 ? commonRefusal(outcome.refused, aloneMax) : undefined;
    if (common !== undefined && aloneMax > REFUSED_ALONE_MAX) {
      outcome.refused.push(...waiting.flat().map((row) => ({ row, refusal: common })));
      return outcome;
    }
    if (common !== undefined) {
      aloneMax *= 2;
      waiting = withProbes(waiting.flat());
    }
    const batch = waiting.pop()!;
    const sent = await send(batch);
    if (sent.taken) {
      outcome.answers.push(sent.answer);
    } else if (batch.length === 1) {
      outcome.refused.push({ row: batch[0]!, refusal: sent.refusal });
    } else {
      const middle = batch.length >> 1;
      waiting.push(batch.slice(middle), batch.slice(0, middle));
    }
  }
  return outcome;
}

/** Bad rows often come together, as they were imported: those before say nothing of the others. Taken from the end: the probes first. */
function withProbes<Row>(rows: readonly Row[]): (readonly Row[])[] {
  const step = Math.ceil(rows.length / REFUSED_ALONE_MAX);
  const isProbe = (_row: Row, at: number) => at % step === 0;
  const others = rows.filter((row, at) => !isProbe(row, at));
  return [...(others.length === 0 ? [] : [others]), ...rows.filter(isProbe).map((row) => [row])];
}

function commonRefusal(refused: readonly { refusal: Refusal }[], aloneMax: number): Refusal | undefined {
  const first = refused[0]?.refusal;
  if (first === undefined || refused.length < aloneMax) return undefined;
  return refused.every(({ refusal }) => refusal.code === first.code) ? first : undefined;
}
