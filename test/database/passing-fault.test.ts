import { expect, test } from '@jest/globals';
import { passingFault } from '../../server/database/passing-fault.ts';

const coded = (code: string) => Object.assign(new Error('password=canary'), { code });

test.each([
  ['53100', /full/],
  ['25006', /takes no writes/],
  ['53300', /did not answer/],
  ['57P01', /did not answer/],
  ['57014', /did not answer/],
  ['08006', /did not answer/],
  ['40P01', /did not answer/],
  ['ECONNREFUSED', /did not answer/],
  ['EPIPE', /did not answer/],
])(
  'the code %p of a query is a database that is unavailable, and is said without its text',
  (code, words) => {
    const fault = passingFault(coded(code))!;
    expect(fault).toMatchObject({ code: 'unavailable', options: { retryAfterSeconds: expect.any(Number) } });
    expect(fault.message).toMatch(words);
    expect(fault.message + (fault.options.remedy ?? '')).not.toContain('canary');
  },
);

test.each([
  'Connection terminated unexpectedly',
  'Connection terminated due to connection timeout',
  'timeout exceeded when trying to connect',
  'Client has encountered a connection error and is not queryable',
])('%p is a database that is unavailable', (message) => {
  expect(passingFault(new Error(message))).toMatchObject({ code: 'unavailable' });
});

test.each([coded('23505'), coded('42P01'), coded('ENOENT'), coded(''), new Error('x'), 'x', undefined])(
  '%p is a mistake, and stays one',
  (error) => {
    expect(passingFault(error)).toBeUndefined();
  },
);
