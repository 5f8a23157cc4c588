import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { BridgeResponse, Locals } from '../../server/http/bridge-response.ts';
import { correlate, correlationOf } from '../../server/http/correlation.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';
const counting = (bytes: number) => Buffer.from(Array.from({ length: bytes }, (_, i) => i)).toString('hex');
const MADE_ID = '00010203-0405-4607-8809-0a0b0c0d0e0f';
const MADE_TRACEPARENT = '00-000102030405060708090a0b0c0d0e0f-0001020304050607-01';

describe('the correlation id', () => {
  test.each(['a', 'request-1', 'b3c1.9:x~y+z=/@_', '0af7651916cd43dd8448eb211c80319c', 'x'.repeat(128)])(
    'is taken as it came: %s',
    (id) => {
      expect(correlationOf({ 'x-correlation-id': id }, counting).correlationId).toBe(id);
    },
  );

  test.each([
    '',
    'x'.repeat(129),
    'a b',
    'a, b',
    'a\tb',
    'a"b',
    '<script>',
    'a\r\nSet-Cookie: b',
    'ä',
    '${jndi}',
    "a'b",
    'a`b',
    'a;b',
  ])('is made anew instead of %j', (id) => {
    expect(correlationOf({ 'x-correlation-id': id }, counting).correlationId).toBe(MADE_ID);
  });

  test('is made anew where there is none', () => {
    expect(correlationOf({}, counting)).toEqual({ correlationId: MADE_ID, traceparent: MADE_TRACEPARENT });
  });
});

describe('traceparent', () => {
  test.each(['00', '01', '03'])('is taken as it came, flags %s', (flags) => {
    const traceparent = `00-${TRACE}-${PARENT}-${flags}`;
    expect(correlationOf({ traceparent }, counting).traceparent).toBe(traceparent);
  });

  test.each([
    ['cc', '09', '-what-the-future-holds', '01'],
    ['01', '02', '', '00'],
  ])('of version %s is read as far as it is known', (version, flags, more, known) => {
    const traceparent = `${version}-${TRACE}-${PARENT}-${flags}${more}`;
    expect(correlationOf({ traceparent }, counting).traceparent).toBe(`00-${TRACE}-${PARENT}-${known}`);
  });

  test.each([
    ['no trace id', `00-${'0'.repeat(32)}-${PARENT}-01`],
    ['no parent', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['the forbidden version', `ff-${TRACE}-${PARENT}-01`],
    ['capitals', `00-${TRACE.toUpperCase()}-${PARENT}-01`],
    ['more than version 00 has', `00-${TRACE}-${PARENT}-01-x`],
    ['a short trace id', `00-${TRACE.slice(1)}-${PARENT}-01`],
    ['two of them', `00-${TRACE}-${PARENT}-01, 00-${TRACE}-${PARENT}-01`],
    ['a novel', `01-${TRACE}-${PARENT}-01-${'x'.repeat(1000)}`],
    ['nothing', ''],
  ])('is made anew where it has %s', (_name, traceparent) => {
    expect(correlationOf({ traceparent }, counting).traceparent).toBe(MADE_TRACEPARENT);
  });

  test('that is made never has the ids that mean none', () => {
    const { traceparent } = correlationOf({}, (bytes) => '00'.repeat(bytes));
    expect(traceparent).toBe(`00-${'0'.repeat(31)}1-${'0'.repeat(15)}1-01`);
  });

  test('whatever came in, what goes out is well-formed', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (id, traceparent) => {
        const result = correlationOf({ 'x-correlation-id': id, traceparent }, counting);
        expect(result.correlationId).toMatch(/^[\w.:~+=/@-]{1,128}$/);
        expect(result.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/);
      }),
    );
  });
});

describe('of a request', () => {
  function idsOf(headers: IncomingHttpHeaders): Locals {
    const response = { locals: {} } as BridgeResponse;
    correlate({ headers } as IncomingMessage, response);
    return response.locals;
  }

  test('both are kept for those who come after', () => {
    const traceparent = `00-${TRACE}-${PARENT}-01`;
    expect(idsOf({ 'x-correlation-id': 'my-id', traceparent })).toEqual({
      correlationId: 'my-id',
      traceparent,
    });
  });

  test('another id is made for every request', () => {
    const [one, two] = [idsOf({}), idsOf({})];
    expect(one.correlationId).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    expect(two.correlationId).not.toBe(one.correlationId);
  });
});
