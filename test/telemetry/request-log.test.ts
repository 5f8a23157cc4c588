/** The quick way into the log writes what the log itself would write. */
import { describe, expect, test } from '@jest/globals';
import { createLogs } from '../../server/telemetry/log.ts';
import { createRedactor } from '../../server/telemetry/redaction.ts';
import type { RequestLine } from '../../server/telemetry/request-log.ts';

const LINE: RequestLine = {
  method: 'GET',
  path: '/v1/connections/crm/token',
  status: 200,
  durationMs: 3,
  correlationId: '0f8b9c1e-1111-4222-8333-444455556666',
  caller: 'org',
};

const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJqb2UifQ.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg';

function opened(level: 'info' | 'warn' = 'info') {
  const written: string[] = [];
  const logs = createLogs({
    level,
    destination: { write: (text) => void written.push(text) },
    redactor: createRedactor(['planted-secret']),
  });
  return { ...logs, written, lines: () => written.join('').trim().split('\n') };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('the line of a request', () => {
  test.each<{ name: string; line: RequestLine }>([
    { name: 'of a caller', line: LINE },
    { name: 'of nobody', line: { ...LINE, caller: undefined! } },
    { name: 'that failed', line: { ...LINE, status: 404, code: 'not_found' } },
    {
      name: 'that failed at the upstream',
      line: { ...LINE, status: 502, code: 'connection_failure', fault: 'connection_refused' },
    },
    { name: 'with quotes and control characters in it', line: { ...LINE, path: '/"\\\n\u0001é' } },
    { name: 'with a planted secret in its path', line: { ...LINE, path: '/v1/planted-secret' } },
    { name: 'with a token in its path', line: { ...LINE, path: `/proxy/crm/${JWT}` } },
    { name: 'with a token as its id', line: { ...LINE, correlationId: JWT } },
    { name: 'with a very long path', line: { ...LINE, path: `/${'a'.repeat(40_000)}` } },
  ])('$name is the same as the log writes', async ({ line }) => {
    const quick = opened();
    const own = opened();
    const { caller, ...rest } = line;
    quick.requestLog(caller === undefined ? rest : line);
    await turn();
    own.log.info(caller === undefined ? rest : line, 'request');
    const [one, other] = [quick, own].map(({ lines }) => JSON.parse(lines()[0]!) as Record<string, unknown>);
    expect({ ...one, time: '' }).toEqual({ ...other, time: '' });
    expect(Object.keys(one!)).toEqual(Object.keys(other!));
    expect(one!.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(quick.written.join('')).not.toMatch(/planted-secret|eyJ/);
  });

  test('is written with those of the same turn in one go, and before whatever is logged after it', async () => {
    const { log, requestLog, written, lines } = opened();
    requestLog(LINE);
    requestLog({ ...LINE, status: 404 });
    expect(written).toEqual([]);
    log.warn('after them');
    requestLog({ ...LINE, status: 500 });
    await turn();
    expect(written).toHaveLength(3);
    expect(lines().map((line) => (JSON.parse(line) as { status?: number }).status)).toEqual([
      200,
      404,
      undefined,
      500,
    ]);
  });

  test('is not written where the level leaves it out', async () => {
    const { requestLog, written } = opened('warn');
    requestLog(LINE);
    await turn();
    expect(written).toEqual([]);
  });
});
