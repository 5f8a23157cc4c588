import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { apiKeyForm, generateApiKey, hashApiKey, isSameHash } from '../../server/callers/api-key.ts';
import { Secret } from '../../server/secret.ts';

test('a key is never the same twice, and is whole', () => {
  const keys = Array.from({ length: 100 }, () => generateApiKey());
  expect(new Set(keys.map((key) => key.reveal())).size).toBe(100);
  expect(keys.every((key) => apiKeyForm(key) === 'whole')).toBe(true);
});

test('a key that has lost or changed a character is told from a foreign one', () => {
  const text = generateApiKey().reveal();
  fc.assert(
    fc.property(
      fc.integer({ min: 4, max: text.length - 1 }),
      fc.constantFrom('a', 'B', '7', ''),
      (index, character) => {
        const changed = text.slice(0, index) + character + text.slice(index + 1);
        expect(apiKeyForm(new Secret(changed))).toBe(changed === text ? 'whole' : 'damaged');
      },
    ),
  );
  expect(apiKeyForm(new Secret('something-else'))).toBe('foreign');
});

test('a key is made of the random bytes that it is given', () => {
  const zeros = (size: number) => Buffer.alloc(size);
  expect(generateApiKey(zeros).reveal()).toBe(generateApiKey(zeros).reveal());
  expect(generateApiKey(zeros).reveal()).toMatch(/^pcb_A{43}[\w-]{6}$/);
});

test('hashes are equal only when they are the same and whole', () => {
  const hash = hashApiKey(new Secret('a'));
  expect(isSameHash(hash, hash)).toBe(true);
  expect(isSameHash(hash, hashApiKey(new Secret('b')))).toBe(false);
  expect(isSameHash(hash, hash.slice(2))).toBe(false);
});
