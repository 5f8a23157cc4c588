import { expect, test } from '@jest/globals';
import { socketFault } from '../../server/transport/socket-fault.ts';

const failed = (...codes: string[]) => {
  const errors = codes.map((code) => Object.assign(new Error(code), { code }));
  return socketFault(new AggregateError(errors), { phase: 'connect' }, false).fault;
};

test.each([
  [['ETIMEDOUT', 'ECONNREFUSED'], 'connection_refused'],
  [['ENETUNREACH', 'ECONNRESET'], 'connection_reset'],
  [['EHOSTUNREACH', 'ETIMEDOUT'], 'connection_unreachable'],
  [['ENETUNREACH', 'EMFILE'], 'connection_failed'],
])('of the errors %p of several addresses the one that was reached tells: %s', (codes, fault) => {
  expect(failed(...codes)).toBe(fault);
});
