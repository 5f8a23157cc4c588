/** The JSON that Apex and the page are tested with is what the server gives and takes, so that the sides cannot drift. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { bearerTokenAnswerSchema } from '../../server/bearer/answer.ts';
import { parseBearerTokenRequest } from '../../server/bearer/request.ts';
import { ROW_OUTCOMES, textOfStoredReason } from '../../server/campaigns/row-reason.ts';
import { toRunView, type RunRecord, type RunView } from '../../server/campaigns/run-record.ts';
import type { RunRowView } from '../../server/campaigns/run-rows.ts';
import { checkSync } from '../../server/campaigns/sync-checks.ts';
import { parseSyncInput } from '../../server/campaigns/sync-input.ts';
import { describeApi } from '../../server/compose/compose-bridge.ts';
import { BridgeError, ERROR_CATALOGUE, type ErrorCode } from '../../server/errors.ts';
import { toProblem, type Problem } from '../../server/http/problem.ts';
import { APEX_FIXTURES_FILE, apexFixtures } from '../../scripts/write-apex-fixtures.ts';
import { shapeFaults, type Schema } from './openapi-shape.ts';
import { ROOT } from './source-files.ts';

const DIRECTORY = join(ROOT, 'test/fixtures/api');
const names = readdirSync(DIRECTORY)
  .filter((file) => file.endsWith('.json'))
  .map((file) => file.slice(0, -'.json'.length));
const fixture = (name: string): unknown => JSON.parse(readFileSync(join(DIRECTORY, `${name}.json`), 'utf8'));
const of = (prefix: string) => names.filter((name) => name.startsWith(prefix));

describe('fixtures', () => {
  test('are in BridgeFixtures.cls as they are here (npm run generate:apex-fixtures)', () => {
    expect(readFileSync(APEX_FIXTURES_FILE, 'utf8')).toBe(apexFixtures());
  });

  test('are named after the operation and the case', () => {
    for (const name of names) expect(name).toMatch(/^[a-z][A-Za-z]*\.[a-z0-9-]+$/);
  });
});

describe('problems', () => {
  test.each(of('problem.'))('%s is what the server sends for its code', (name) => {
    const problem = fixture(name) as Problem;
    const code = name.slice('problem.'.length).replaceAll('-', '_') as ErrorCode;
    expect(Object.keys(ERROR_CATALOGUE)).toContain(code);
    const { detail, retryAfterSeconds, exitPath, errors, correlationId } = problem;
    const sent = toProblem(
      new BridgeError(code, {
        detail,
        ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
        ...(exitPath === undefined ? {} : { exitPath }),
        ...(errors === undefined ? {} : { errors }),
      }),
      correlationId,
    );
    expect(problem).toEqual(sent);
  });
});

describe('bearer token requests', () => {
  const requests = of('requestBearerToken.request-');
  const answers = of('requestBearerToken.').filter((name) => !requests.includes(name));

  test.each(requests)('%s is taken by the server', (name) => {
    expect(() => parseBearerTokenRequest(fixture(name))).not.toThrow();
  });

  test.each(answers)('%s is what the server answers', (name) => {
    expect(bearerTokenAnswerSchema.strict().parse(fixture(name))).toEqual(fixture(name));
  });

  test('there is one for every exit path', () => {
    const exits = answers.map((name) => (fixture(name) as { exitPath: string }).exitPath);
    expect(exits.sort()).toEqual(['ConnectionFailure', 'Failure', 'Success', 'Timeout', 'UnknownHost']);
  });
});

describe('campaign syncs and runs', () => {
  /** A run as it is stored, of which the server makes the view again. */
  function isMadeByServer(view: RunView): void {
    const { ratePerSecond, secondsLeft: _left, wanted, ...stored } = view;
    const date = (at: string | undefined) => new Date(at ?? '');
    const record = {
      ...stored,
      wanted: wanted ?? 'go',
      createdAt: date(view.createdAt),
      ...(view.startedAt === undefined ? {} : { startedAt: date(view.startedAt) }),
      ...(view.finishedAt === undefined ? {} : { finishedAt: date(view.finishedAt) }),
    } as unknown as RunRecord;
    const seconds = ratePerSecond === 0 ? 0 : view.counts.membersRead / ratePerSecond;
    expect(toRunView(record, Date.parse(view.startedAt ?? '') + seconds * 1_000)).toEqual(view);
  }

  const runs = names
    .filter((name) => /^(getRun|startRun\.accepted|pauseRun|resumeRun|cancelRun)/.test(name))
    .map((name): [string, RunView] => [name, fixture(name) as RunView]);

  test.each(runs)('%s is what the server answers', (_name, run) => isMadeByServer(run));

  test.each(of('listRuns.').concat(of('listSyncRuns.')))('%s holds what the server answers', (name) => {
    (fixture(name) as { runs: RunView[] }).runs.forEach(isMadeByServer);
  });

  test.each(of('listRows.'))('%s gives each reason in the words of the server', (name) => {
    for (const row of (fixture(name) as { rows: RunRowView[] }).rows) {
      const { seq, memberId, outcome, reasonCode, sentence, remedy, field, original, ...more } = row;
      expect(more).toEqual({});
      expect([typeof seq, typeof memberId, typeof original]).toEqual(['number', 'string', 'object']);
      expect(ROW_OUTCOMES).toContain(outcome);
      const detail = { field, upstreamCode: 'contact.column.missing' };
      expect({ sentence, remedy }).toEqual(textOfStoredReason(reasonCode, detail));
    }
  });

  test('checkSync.failed is what the server finds in an org without one of the fields', async () => {
    const { settings } = parseSyncInput('spring-renewals', fixture('putSync.request'));
    const source = {
      memberStatuses: () => Promise.resolve(['Sent', 'Responded']),
      countMembers: () => Promise.resolve(12_480),
      describeFields: (fields: readonly string[]) =>
        Promise.resolve(
          fields.map((field) => ({ field, exists: field !== 'Contact.FirstName', writable: true })),
        ),
    };
    const contacts = {
      check: () => Promise.resolve({ state: 'missing' as const }),
      wrapUps: () => Promise.resolve(new Map([['7f6c1c5a', 'Interested']])),
    };
    const report = await checkSync(settings, { source, contacts });
    expect(fixture('checkSync.failed')).toEqual({ sync: 'spring-renewals', ...report });
  });

  test('settings of a sync are taken by the server, and given back as they are', () => {
    const { settings } = parseSyncInput('spring-renewals', fixture('putSync.request'));
    expect(settings).toEqual(fixture('putSync.request'));
    expect(parseSyncInput('spring-renewals', fixture('getSync.spring-renewals')).settings).toEqual(settings);
  });
});

interface Content {
  content?: Record<string, { schema: Schema }>;
}
interface Operation {
  operationId: string;
  requestBody?: Content;
  responses: Record<string, Content>;
}

const schemaIn = (part: Content | undefined) => part?.content?.['application/json']?.schema;

/** What the document says of a fixture; undefined while the server has no such operation. */
function describedAs(name: string): Schema | undefined {
  const [operationId, kind] = name.split('.') as [string, string];
  const paths = Object.values((describeApi() as { paths: Record<string, Record<string, Operation>> }).paths);
  const operation = paths
    .flatMap((path) => Object.values(path))
    .find((candidate) => candidate.operationId === operationId);
  if (kind.startsWith('request')) return schemaIn(operation?.requestBody);
  return schemaIn(operation?.responses['200'] ?? operation?.responses['202']);
}

describe('the OpenAPI document', () => {
  // A connection shows every setting besides those that the document lists.
  const isOpen = (name: string) => /Connections?\./.test(name) && !name.startsWith('testConnection');
  const described = names.filter((name) => describedAs(name) !== undefined);

  test('describes most of the fixtures', () => {
    expect(described.length).toBeGreaterThan(20);
  });

  test.each(described)('%s is as it says', (name) => {
    expect(shapeFaults(name, fixture(name), describedAs(name)!, isOpen(name))).toEqual([]);
  });

  test('would tell a fixture that is not', () => {
    const schema = describedAs('getToken.from-cache')!;
    const token = fixture('getToken.from-cache') as object;
    expect(shapeFaults('token', { ...token, expires_in: 1 }, schema)).toEqual(['token.expires_in: unknown']);
    expect(shapeFaults('token', { ...token, generation: '7' }, schema)).toEqual([
      'token.generation: string instead of integer',
    ]);
    expect(shapeFaults('token', {}, schema)).toContain('token.accessToken: missing');
  });
});
