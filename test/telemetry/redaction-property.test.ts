import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createRedactor } from '../../server/telemetry/redaction.ts';

/** Each encodes character by character, so that the encoded secret stands as a whole in the encoded text. */
const ENCODINGS: Readonly<Record<string, (text: string) => string>> = {
  none: (text) => text,
  component: (text) => encodeURIComponent(text),
  lowerPercent: (text) => encodeURIComponent(text).replace(/%[0-9A-F]{2}/g, (e) => e.toLowerCase()),
  strictPercent: (text) =>
    encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`),
  everyPercent: (text) =>
    [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
  form: (text) => new URLSearchParams({ '': text }).toString().slice(1),
  json: (text) => JSON.stringify(text).slice(1, -1),
  jsonSlashes: (text) => JSON.stringify(text).slice(1, -1).replaceAll('/', '\\/'),
  jsonUnicode: (text) =>
    Array.from(
      { length: text.length },
      (_, i) => `\\u${text.charCodeAt(i).toString(16).padStart(4, '0')}`,
    ).join(''),
  html: (text) =>
    text.replace(
      /[&<>"']/g,
      (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[c]!,
    ),
  htmlDecimal: (text) => [...text].map((c) => `&#${c.codePointAt(0)};`).join(''),
  htmlHexadecimal: (text) => [...text].map((c) => `&#x${c.codePointAt(0)!.toString(16)};`).join(''),
  hexadecimal: (text) => Buffer.from(text).toString('hex'),
  capitalHexadecimal: (text) => Buffer.from(text).toString('hex').toUpperCase(),
};

/** What a secret of a person or a machine is made of; a part of the mask itself is none. */
const secret = fc
  .oneof(
    fc.string({ minLength: 4, maxLength: 40, unit: 'grapheme-ascii' }),
    fc.string({ minLength: 4, maxLength: 20, unit: 'grapheme' }),
    fc.stringMatching(/^[A-Za-z0-9+/_=-]{8,60}$/),
    fc.stringMatching(/^[%\\&#;ux0-9a"'/+ -]{6,20}$/),
  )
  .filter(
    (text) =>
      text.trim().length >= 4 && !/[[\]]/.test(text) && !'[secret]'.includes(text) && text.isWellFormed(),
  );

const around = fc
  .oneof(fc.string({ unit: 'grapheme-ascii' }), fc.string({ unit: 'grapheme' }))
  .filter((text) => text.isWellFormed());
const encodingName = fc.constantFrom(...Object.keys(ENCODINGS));
/** Hexadecimal of an encoded secret is nothing that any system was seen to answer. */
const outerName = encodingName.filter((name) => !['hexadecimal', 'capitalHexadecimal'].includes(name));
const RUNS = { numRuns: 1000 };

describe('a planted secret', () => {
  test('never survives, whatever it is, however it was encoded, whatever stands around it', () => {
    fc.assert(
      fc.property(secret, around, around, encodingName, (planted, before, after, name) => {
        const encode = ENCODINGS[name]!;
        const encoded = encode(planted);
        const redacted = createRedactor([planted]).text(encode(before) + encoded + encode(after));
        expect(redacted).toContain('[secret]');
        expect(redacted.includes(encoded)).toBe(false);
      }),
      RUNS,
    );
  });

  test('never survives one encoding within another', () => {
    fc.assert(
      fc.property(secret, around, around, encodingName, outerName, (planted, before, after, inner, outer) => {
        const encode = (text: string): string => ENCODINGS[outer]!(ENCODINGS[inner]!(text));
        const redacted = createRedactor([planted]).text(encode(before) + encode(planted) + encode(after));
        expect(redacted.includes(encode(planted))).toBe(false);
      }),
      RUNS,
    );
  });

  test('never survives in Base64, at whatever place of a larger text', () => {
    const alphabet = fc.constantFrom<BufferEncoding>('base64', 'base64url');
    fc.assert(
      fc.property(secret, around, around, alphabet, (planted, before, after, encoding) => {
        const whole = Buffer.from(before + planted + after).toString(encoding);
        const start = Buffer.byteLength(before) * 8;
        const end = start + Buffer.byteLength(planted) * 8;
        const core = whole.slice(Math.ceil(start / 6), Math.floor(end / 6));
        const redacted = createRedactor([planted]).text(whole);
        expect(redacted).toContain('[secret]');
        expect(redacted.includes(core)).toBe(false);
      }),
      RUNS,
    );
  });

  test('never survives a cut, not in part either', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Z]{8,20}$/), encodingName, fc.nat(60), (planted, name, maxBytes) => {
        const encoded = ENCODINGS[name]!(planted);
        const redacted = createRedactor([planted]).truncated(`..${encoded}..${encoded}..`, maxBytes);
        expect(redacted.replaceAll('[secret]', '')).toMatch(/^\.*$/);
      }),
      RUNS,
    );
  });
});

describe('a text without secrets', () => {
  test('comes back as it was where nothing in it looks like a credential', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z ,.\n{}%&\\]{0,200}$/), (text) => {
        expect(createRedactor(['HUNTER2']).text(text)).toBe(text);
      }),
    );
  });
});
