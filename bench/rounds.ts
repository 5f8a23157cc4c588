/** The same load on each subject in turn, round after round, so that what the machine does meanwhile hits all of them alike. */
import { load, type LoadOptions, type LoadResult } from './load.ts';
import type { Subject } from './subject.ts';

export interface Contender {
  subject: Subject;
  load: Omit<LoadOptions, 'port'>;
}

export interface Measured {
  name: string;
  /** Medians over the rounds. */
  requestsPerSecond: number;
  mebibytesPerSecond: number;
  cpuUsPerRequest: number;
  p50Ms: number;
  p99Ms: number;
  /** Sums over the rounds. */
  requests: number;
  errors: number;
}

export interface RoundOptions {
  rounds: number;
  /** Of each subject in each round. */
  seconds: number;
  warmUpSeconds: number;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

interface Round extends LoadResult {
  cpuUs: number;
}

async function oneRound({ subject, load: what }: Contender, seconds: number): Promise<Round> {
  const before = await subject.cpuUs();
  const result = await load({ ...what, port: subject.ready.port, seconds });
  return { ...result, cpuUs: (await subject.cpuUs()) - before };
}

function summed(name: string, rounds: readonly Round[]): Measured {
  const medianOf = (value: (round: Round) => number) => median(rounds.map(value));
  const sumOf = (value: (round: Round) => number) => rounds.reduce((sum, round) => sum + value(round), 0);
  return {
    name,
    requestsPerSecond: medianOf(({ requests, seconds }) => requests / seconds),
    mebibytesPerSecond: medianOf(({ bodyBytes, seconds }) => bodyBytes / 2 ** 20 / seconds),
    cpuUsPerRequest: medianOf(({ cpuUs, requests }) => cpuUs / requests),
    p50Ms: medianOf(({ latencyMs }) => latencyMs.p50),
    p99Ms: medianOf(({ latencyMs }) => latencyMs.p99),
    requests: sumOf(({ requests }) => requests),
    errors: sumOf(({ errors }) => errors),
  };
}

export async function alternate(
  contenders: readonly Contender[],
  { rounds, seconds, warmUpSeconds }: RoundOptions,
): Promise<Measured[]> {
  const results = new Map(contenders.map((contender) => [contender, [] as Round[]]));
  for (const contender of contenders) await oneRound(contender, warmUpSeconds);
  for (let round = 0; round < rounds; round += 1) {
    for (const contender of contenders) results.get(contender)!.push(await oneRound(contender, seconds));
  }
  return contenders.map((contender) => summed(contender.subject.name, results.get(contender)!));
}
