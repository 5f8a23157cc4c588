import { expect, test } from '@jest/globals';
import { connectionStatus, type TokenFacts } from '../../server/connections/connection-status.ts';

const TOKEN: TokenFacts = { generation: 3, hasToken: true, isGranting: false, isStoreReachable: true };
const READABLE = { areSecretsReadable: true, isPaused: false };
const LATCHED = { failure: { isLatched: true } };
const FAILING = { failure: { isLatched: false } };

test.each([
  { name: 'a token', word: 'Healthy', facts: { token: TOKEN } },
  {
    name: 'no token since nobody asked lately',
    word: 'Healthy',
    facts: { token: { ...TOKEN, hasToken: false } },
  },
  { name: 'no token ever', word: 'Unknown', facts: { token: { ...TOKEN, hasToken: false, generation: 0 } } },
  {
    name: 'the first sign-in under way',
    word: 'Running',
    facts: { token: { ...TOKEN, hasToken: false, isGranting: true } },
  },
  { name: 'a refresh under way', word: 'Healthy', facts: { token: { ...TOKEN, isGranting: true } } },
  {
    name: 'a refused credential',
    word: 'Action needed',
    facts: { token: { ...TOKEN, hasToken: false, ...LATCHED } },
  },
  {
    name: 'a refused refresh while the token serves',
    word: 'Action needed',
    facts: { token: { ...TOKEN, ...LATCHED } },
  },
  {
    name: 'a refresh that fails while the token serves',
    word: 'Late',
    facts: { token: { ...TOKEN, ...FAILING } },
  },
  {
    name: 'a sign-in that fails',
    word: 'Failed',
    facts: { token: { ...TOKEN, hasToken: false, ...FAILING } },
  },
  { name: 'a pause that the upstream asked for', word: 'Paused', facts: { token: TOKEN, isPaused: true } },
  {
    name: 'secrets that cannot be opened',
    word: 'Action needed',
    facts: { token: TOKEN, areSecretsReadable: false },
  },
  {
    name: 'a database that is away and no token',
    word: 'Unknown',
    facts: { token: { ...TOKEN, hasToken: false, isStoreReachable: false } },
  },
])('with $name a connection is $word', ({ word, facts }) => {
  expect(connectionStatus({ ...READABLE, ...facts })).toBe(word);
});
