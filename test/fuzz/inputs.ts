/** What the fuzz targets are fed with: anything at all, and what is right but for a place or two. */
import fc from 'fast-check';

/** Texts in which parsers lose their way. */
const AWKWARD = [
  '',
  ' ',
  '\0',
  '\r\n',
  '\r\nX-Injected: 1',
  '../',
  '%2e%2e%2f',
  '%',
  '%00',
  '//evil.example',
  '\\',
  '"',
  "'",
  '${env:HOME}',
  '${file:/etc/passwd}',
  '[::ffff:169.254.169.254]',
  '2852039166',
  '0x7f.1',
  '__proto__',
  'constructor',
  '\ud800',
  '\ufeff',
  '\u202e',
  'e\u0301',
  '9'.repeat(400),
  '1e999',
  '-0',
  'NaN',
  'null',
  'https://login.mypurecloud.com/oauth/token',
  'https://user:pass@evil.example:0/',
  'a'.repeat(9_000),
];

export const awkward = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...AWKWARD) },
  { weight: 3, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }) },
  { weight: 2, arbitrary: fc.string({ unit: 'grapheme', maxLength: 60 }) },
  { weight: 1, arbitrary: fc.webUrl({ withQueryParameters: true, withFragments: true }) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom(...AWKWARD), fc.constantFrom(...AWKWARD)).map((two) => two.join('')),
  },
);

/** Any value of JSON. */
export const json = fc.oneof(
  { weight: 3, arbitrary: awkward },
  { weight: 2, arbitrary: fc.jsonValue({ maxDepth: 3, stringUnit: 'binary' }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(null, true, false, 0, -0, -1, 1e308, 2 ** 53, 0.1, [], {}, [[]], [null]),
  },
);

/** An object of these members, each of them right, absent or anything, and perhaps one that nobody knows. */
export function membersLike(valid: Readonly<Record<string, unknown>>): fc.Arbitrary<unknown> {
  const shape = Object.fromEntries(
    Object.entries(valid).map(([name, value]) => [
      name,
      fc.oneof({ weight: 6, arbitrary: fc.constant(value) }, { weight: 1, arbitrary: json }),
    ]),
  );
  const whole = fc.tuple(
    fc.record(shape, { requiredKeys: [] }),
    fc.option(fc.tuple(awkward, json), { nil: undefined, freq: 8 }),
  );
  return fc.oneof(
    {
      weight: 9,
      arbitrary: whole.map(([members, extra]) =>
        extra === undefined ? members : { ...members, [extra[0]]: extra[1] },
      ),
    },
    { weight: 1, arbitrary: json },
  );
}

/** A valid text with some of it cut out, doubled or replaced. */
export function textLike(valid: string): fc.Arbitrary<string> {
  const edit = fc.tuple(fc.nat(valid.length), fc.nat(12), fc.oneof(awkward, fc.constant('')));
  return fc
    .array(edit, { maxLength: 4 })
    .map((edits) =>
      edits.reduce((text, [at, cut, put]) => text.slice(0, at) + put + text.slice(at + cut), valid),
    );
}
