import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  generateSecretKey,
  isSealedWith,
  openSecret,
  parseSecretKey,
  sealSecret,
} from '../../server/database/sealed-secret.ts';
import { Secret } from '../../server/secret.ts';

const key = generateSecretKey();
const ring = { current: key, previous: [] };
const PLACE = 'connection|crm|clientSecret';
const unreadable = expect.objectContaining({
  code: 'internal_error',
  options: expect.objectContaining({ details: { reason: 'secret_unreadable', identity: PLACE } }),
});

describe('a sealed secret', () => {
  test('opens to what was sealed, in its place, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (text, place) => {
        expect(openSecret(ring, place, sealSecret(ring, place, new Secret(text))).reveal()).toBe(text);
      }),
    );
  });

  test('never opens when any bit of it has changed', () => {
    const envelope = Buffer.from(sealSecret(ring, PLACE, new Secret('a secret of some length')), 'latin1');
    fc.assert(
      fc.property(fc.nat(envelope.length - 1), fc.nat(7), (index, bit) => {
        const changed = Buffer.from(envelope);
        changed[index] = changed[index]! ^ (1 << bit);
        expect(() => openSecret(ring, PLACE, changed.toString('latin1'))).toThrow(unreadable);
      }),
      { numRuns: 500 },
    );
  });

  test('never opens when it was cut, doubled or is no envelope at all', () => {
    const envelope = sealSecret(ring, PLACE, new Secret('secret'));
    fc.assert(
      fc.property(fc.nat(envelope.length - 1), (length) => {
        expect(() => openSecret(ring, PLACE, envelope.slice(0, length))).toThrow(unreadable);
      }),
    );
    for (const text of ['', '....', envelope + envelope, `${envelope}.x`, envelope.replace('v1.', 'v2.')]) {
      expect(() => openSecret(ring, PLACE, text)).toThrow(unreadable);
    }
  });

  test('never opens with a tag that was shortened', () => {
    const parts = sealSecret(ring, PLACE, new Secret('secret')).split('.');
    const tag = Buffer.from(parts[4]!, 'base64url').subarray(0, 4).toString('base64url');
    expect(() => openSecret(ring, PLACE, [...parts.slice(0, 4), tag].join('.'))).toThrow(unreadable);
  });

  test.each(['connection|crm|password', 'connection|crm2|clientSecret', ''])(
    'does not open in the place %p',
    (place) => {
      const envelope = sealSecret(ring, PLACE, new Secret('secret'));
      expect(() => openSecret(ring, place, envelope)).toThrow(/cannot be read/);
    },
  );

  test('does not open with another key, not even under the id of the right one', () => {
    const envelope = sealSecret(ring, PLACE, new Secret('secret'));
    const other = generateSecretKey();
    expect(() => openSecret({ current: other, previous: [] }, PLACE, envelope)).toThrow(unreadable);
    expect(() => openSecret({ current: { ...other, id: key.id }, previous: [] }, PLACE, envelope)).toThrow(
      unreadable,
    );
  });

  test('opens with a previous key of the ring, and is sealed with the current one', () => {
    const newer = { current: generateSecretKey(), previous: [key] };
    const old = sealSecret(ring, PLACE, new Secret('secret'));
    expect(openSecret(newer, PLACE, old).reveal()).toBe('secret');
    const anew = sealSecret(newer, PLACE, new Secret('secret'));
    expect([isSealedWith(newer.current, anew), isSealedWith(newer.current, old)]).toEqual([true, false]);
  });

  test('is sealed differently each time, and shows nothing of what is in it', () => {
    const envelopes = Array.from({ length: 50 }, () => sealSecret(ring, PLACE, new Secret('same secret')));
    expect(new Set(envelopes).size).toBe(50);
    expect(envelopes.join()).not.toContain(Buffer.from('same secret').toString('base64url'));
  });
});

describe('a secret key', () => {
  test('is read from Base64 and base64url alike, with white space around it', () => {
    const bytes = Buffer.alloc(32, 0xfb);
    const ids = [bytes.toString('base64'), bytes.toString('base64url'), ` ${bytes.toString('base64')}\n`].map(
      (text) => parseSecretKey(text).id,
    );
    expect(new Set(ids).size).toBe(1);
  });

  test.each([
    '',
    'short',
    Buffer.alloc(31).toString('base64'),
    Buffer.alloc(33).toString('base64'),
    'ä'.repeat(43),
  ])('is refused when it is %p, without repeating it', (text) => {
    expect(() => parseSecretKey(text)).toThrow('BRIDGE_SECRET_KEY is not 32 bytes in Base64.');
  });

  test('does not print', () => {
    expect(JSON.stringify(key)).toBe(`{"id":"${key.id}","key":"[secret]"}`);
  });
});
