/** What a suite gets and gives. */
import { randomBytes } from 'node:crypto';
import type { RoundOptions } from './rounds.ts';
import type { Table } from './report.ts';
import { startSubject, type Subject, type SubjectOptions } from './subject.ts';

export interface SuiteOptions extends RoundOptions {
  /** Few requests, to see that all of it runs. */
  isQuick: boolean;
  /** Where the bridge's CPU profiles go. */
  profileDirectory?: string;
  /** Starts a subject that ends with the suite. */
  start(name: string, options: SubjectOptions): Promise<Subject>;
  /** API key of the caller that loads. */
  key: string;
  /** A PostgreSQL server for the bridge; absent: the embedded database. */
  databaseUrl?: string;
  /** Another database of that server, where one is not enough. */
  createDatabase?: () => Promise<string>;
  /** Sizes of campaigns. */
  members: readonly number[];
}

export interface SuiteResult {
  tables: readonly Table[];
  /** Requests that were not answered as they should be. */
  errors: number;
  requests: number;
}

export type Suite = (options: SuiteOptions) => Promise<SuiteResult>;

/** Runs a suite and ends what it started, whatever becomes of it. */
export async function runSuite(
  suite: Suite,
  options: Omit<SuiteOptions, 'start' | 'key'>,
): Promise<SuiteResult> {
  const subjects: Subject[] = [];
  const start: SuiteOptions['start'] = async (name, subjectOptions) => {
    const subject = await startSubject(name, subjectOptions);
    subjects.push(subject);
    return subject;
  };
  try {
    return await suite({ ...options, start, key: `bench_${randomBytes(24).toString('base64url')}` });
  } finally {
    await Promise.all(subjects.map((subject) => subject.stop()));
  }
}
