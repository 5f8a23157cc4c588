import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { Notice } from '../../server/campaigns/jobs/job-queues.ts';
import {
  channelsOf,
  createNotify,
  isWorthRepeating,
  requestOf,
  textOfNotice,
} from '../../server/campaigns/notify.ts';
import { noticeEvent, noticeStateOf, type NoticeState } from '../../server/campaigns/sync-notices.ts';
import { Secret } from '../../server/secret.ts';
import { STATUS_WORDS } from '../../server/status-words.ts';

const NOTICE: Notice = {
  event: 'failed',
  sync: 'spring',
  status: 'Failed',
  at: '2026-03-04T10:07:00.000Z',
  run: '0b7c1f0e-0000-4000-8000-000000000001',
  counts: { added: 3, failed: 0, membersRead: 9 },
  failure: { code: 'connection_failure', remedy: 'Try again.' },
};
const KEY = 'a-key-of-the-receiver';
const addresses = {
  webhook: { url: new Secret('https://hooks.example.org/in?x=1'), key: new Secret(KEY) },
  slack: { url: new Secret('https://hooks.slack.com/services/T/B/secret') },
};

describe('what is said', () => {
  test('names the sync, why, what to do, how many, and the run', () => {
    expect(textOfNotice(NOTICE)).toBe(
      'The sync spring failed.\nconnection_failure: Try again.\nadded 3.\nRun 0b7c1f0e-0000-4000-8000-000000000001.',
    );
  });

  test('is signed over the bytes that are sent', () => {
    const { body, headers } = requestOf(addresses, { channel: 'webhook', notice: NOTICE }, 'd-1')!;
    const expected = createHmac('sha256', KEY).update(body).digest('hex');
    expect(headers).toMatchObject({ 'x-bridge-signature': `sha256=${expected}`, 'x-bridge-delivery': 'd-1' });
    expect(JSON.parse(body)).toMatchObject({ id: 'd-1', event: 'failed', sync: 'spring', status: 'Failed' });
  });

  test('goes to Slack as text alone, and unsigned where there is no key', () => {
    const slack = requestOf(addresses, { channel: 'slack', notice: NOTICE }, 'd-1')!;
    expect(JSON.parse(slack.body)).toEqual({ text: textOfNotice(NOTICE) });
    const plain = requestOf(
      { webhook: { url: addresses.webhook.url } },
      { channel: 'webhook', notice: NOTICE },
      'd',
    );
    expect(plain!.headers).not.toHaveProperty('x-bridge-signature');
  });

  test('goes nowhere where there is no address any more', () => {
    expect(requestOf({}, { channel: 'slack', notice: NOTICE }, 'd-1')).toBeUndefined();
    expect([channelsOf({}), channelsOf(addresses)]).toEqual([[], ['webhook', 'slack']]);
  });
});

describe('a receiver', () => {
  const deliver = (status: number, warned: object[] = []) =>
    createNotify({
      addresses,
      transport: { send: () => Promise.resolve({ status, headers: {}, body: '' }) },
      log: { warn: (facts) => warned.push(facts) },
    })({ channel: 'slack', notice: NOTICE }, 'd-1', new AbortController().signal);

  test.each([
    [200, false],
    [302, false],
    [404, false],
    [429, true],
    [500, true],
    [503, true],
  ])('that answers %i is asked again: %s', async (status, isAsked) => {
    expect(isWorthRepeating(status)).toBe(isAsked);
    const sent = deliver(status);
    await (isAsked ? expect(sent).rejects.toThrow(String(status)) : sent);
  });

  test('that refuses is told of in the log, without its address', async () => {
    const warned: object[] = [];
    await deliver(404, warned);
    expect(warned).toHaveLength(1);
    expect(JSON.stringify(warned)).not.toContain('slack.com');
  });
});

describe('a change', () => {
  test('is known by the word; a run that goes on, a pause and nothing say nothing', () => {
    const states = Object.fromEntries(STATUS_WORDS.map((word) => [word, noticeStateOf(word)]));
    expect(states).toEqual({
      Healthy: 'fine',
      Running: undefined,
      Paused: undefined,
      Late: 'late',
      'Part failed': 'part_failed',
      Failed: 'failed',
      'Action needed': 'failed',
      Unknown: undefined,
    });
  });

  test.each<[NoticeState, NoticeState, string | undefined]>([
    ['fine', 'fine', undefined],
    ['failed', 'failed', undefined],
    ['fine', 'failed', 'failed'],
    ['failed', 'part_failed', 'part_failed'],
    ['failed', 'late', 'late'],
    ['late', 'fine', 'recovered'],
  ])('from %s to %s is %s', (before, after, event) => {
    expect(noticeEvent(before, after)).toBe(event);
  });
});
