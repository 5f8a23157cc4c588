/** Every fault once, under load: each request gets an answer that is documented, in time, and the bridge is well again afterwards. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { CHAOS_FAULTS } from './faults.ts';
import { runChaos } from './journey.ts';
import { bridgeCode, faultOf, type Answer } from './judge.ts';
import type { ChaosReport } from './tally.ts';

const RATE = 100;
const HOLD_MS = 500;
/** Far above what garbage makes it swing, far below what a leak adds up to in the long run. */
const GROWTH_MIB_MAX = 100;

describe('a bridge to which everything happens under load', () => {
  let report: ChaosReport;
  beforeAll(async () => {
    report = await runChaos({ rate: RATE, holdMs: HOLD_MS });
    for (const skipped of report.skipped) console.warn(`left out: ${skipped}`);
  }, 180_000);

  test('answers every request in time, with a status that is documented and no dead token', () => {
    expect(report.requests).toBeGreaterThan(500);
    expect(report.broken).toEqual({});
  });

  test('loses none', () => {
    expect(report.lost).toBe(0);
  });

  test('is well again after each fault', () => {
    expect(report.survived.length + report.skipped.length).toBe(CHAOS_FAULTS.length);
  });

  test('lets no secret out, into an answer or the log', () => {
    expect(report.leaks).toEqual([]);
  });

  test('keeps its memory', () => {
    const { third = 0, last = 0 } = report.memory ?? {};
    expect(last - third).toBeLessThan(GROWTH_MIB_MAX);
  });
});

describe('the judge of answers', () => {
  const problem = (code: string) => JSON.stringify({ code, remedy: 'x', contextId: 'x' });
  const fine = { upstreamMisbehaves: false, isDead: () => false };
  const base: Answer = {
    kind: 'handOut',
    status: 200,
    text: '{"accessToken":"t"}',
    durationMs: 1,
    deadlineMs: 1_000,
    isCut: false,
  };

  test.each<[string, Partial<Answer>, object, RegExp | undefined]>([
    ['a token', {}, {}, undefined],
    ['a dead token', {}, { isDead: () => true }, /dead/],
    ['no token', { text: '{}' }, {}, /without a token/],
    ['a late answer', { durationMs: 30_000 }, {}, /late/],
    ['a documented refusal', { status: 503, text: problem('unavailable') }, {}, undefined],
    ['a code with another status', { status: 502, text: problem('unavailable') }, {}, /502/],
    ['a mistake', { status: 500, text: problem('internal_error') }, {}, /500/],
    ['a refused credential', { status: 502, text: problem('credential_rejected') }, {}, /rejected/],
    ['a page', { status: 502, text: '<html>' }, {}, /without a code/],
    [
      'a page of the upstream',
      { kind: 'proxied', status: 502, text: '<html>' },
      { upstreamMisbehaves: true },
      undefined,
    ],
    [
      'a 401 of the upstream',
      { kind: 'proxied', status: 401, text: '' },
      { upstreamMisbehaves: true },
      /401/,
    ],
    ['half an answer', { kind: 'proxied', isCut: true, text: '' }, {}, /cut off/],
    ['no exit path', { kind: 'bearer', text: '{}' }, {}, /exit path/],
  ])('%s', (_what, answer, circumstances, wanted) => {
    const found = faultOf({ ...base, ...answer }, { ...fine, ...circumstances });
    if (wanted === undefined) expect(found).toBeUndefined();
    else expect(found).toMatch(wanted);
  });

  test('knows an error of the bridge from one of the upstream', () => {
    expect(bridgeCode({ status: 503, text: problem('unavailable') })).toBe('unavailable');
    expect(bridgeCode({ status: 503, text: '{"code":"x","message":"y"}' })).toBeUndefined();
  });
});
