/** A small DNS server on loopback that answers from a table. For `new Resolver().setServers([server.address])` of node:dns. */
import dgram from 'node:dgram';
import { once } from 'node:events';
import dnsPacket from 'dns-packet';
import type { Answer, DecodedPacket, Question } from 'dns-packet';

/** Response codes, RFC 1035 §4.1.1. */
const RCODE = { noError: 0, servFail: 2, nxDomain: 3, refused: 5 } as const;

export interface DnsRecords {
  a?: readonly string[];
  aaaa?: readonly string[];
  ttlSeconds?: number;
}

/**
 * `silent`: no answer, ever. `empty`: the name exists and has no such record.
 * An array is one answer a query, the last one for ever after: the first may be harmless and the second 127.0.0.1.
 */
export type DnsEntry =
  'nxDomain' | 'servFail' | 'refused' | 'silent' | 'empty' | DnsRecords | readonly DnsRecords[];

export interface DnsServer {
  /** `127.0.0.1:port`, for `setServers`. */
  address: string;
  /** Every question, in the order it came. */
  seen: { name: string; type: string }[];
  /** Changes the answer for a name from now on. */
  set(name: string, entry: DnsEntry): void;
  close: () => Promise<void>;
}

/** Names that are not in the table get NXDOMAIN. */
export async function startDnsServer(table: Readonly<Record<string, DnsEntry>>): Promise<DnsServer> {
  const entries = new Map(Object.entries(table).map(([name, entry]) => [name.toLowerCase(), entry]));
  const seen: DnsServer['seen'] = [];
  const asked = new Map<string, number>();
  const socket = dgram.createSocket('udp4');
  socket.on('message', (message, from) => {
    const query = dnsPacket.decode(message);
    const question = query.questions?.[0];
    if (!question) return;
    const name = question.name.toLowerCase();
    seen.push({ name, type: question.type });
    const turnKey = `${name} ${question.type}`;
    const turn = asked.get(turnKey) ?? 0;
    asked.set(turnKey, turn + 1);
    const reply = replyTo(query, question, entries.get(name) ?? 'nxDomain', turn);
    if (reply) socket.send(reply, from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    address: `127.0.0.1:${socket.address().port}`,
    seen,
    set(name, entry) {
      entries.set(name.toLowerCase(), entry);
      for (const type of ['A', 'AAAA']) asked.delete(`${name.toLowerCase()} ${type}`);
    },
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

function replyTo(
  query: DecodedPacket,
  question: Question,
  entry: DnsEntry,
  turn: number,
): Buffer | undefined {
  if (entry === 'silent') return undefined;
  const records = recordsOf(entry, turn);
  const rcode = typeof entry === 'string' && entry !== 'empty' ? RCODE[entry] : RCODE.noError;
  return dnsPacket.encode({
    type: 'response',
    id: query.id ?? 0,
    flags: dnsPacket.RECURSION_DESIRED | dnsPacket.RECURSION_AVAILABLE | rcode,
    questions: [question],
    answers: answersOf(question, records),
  });
}

function recordsOf(entry: DnsEntry, turn: number): DnsRecords {
  if (typeof entry === 'string') return {};
  return isSequence(entry) ? (entry[Math.min(turn, entry.length - 1)] ?? {}) : entry;
}

function isSequence(entry: DnsEntry): entry is readonly DnsRecords[] {
  return Array.isArray(entry);
}

function answersOf(question: Question, { a = [], aaaa = [], ttlSeconds = 0 }: DnsRecords): Answer[] {
  const { name, type } = question;
  if (type !== 'A' && type !== 'AAAA') return [];
  const addresses = type === 'A' ? a : aaaa;
  return addresses.map((data) => ({ type, name, ttl: ttlSeconds, data }));
}
