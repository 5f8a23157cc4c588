import { expect, test } from '@jest/globals';
import { directoryFault, noSpace, otherVersion, serverFault } from '../../server/database/opening-faults.ts';
import { BridgeError } from '../../server/errors.ts';

test.each([
  ['EACCES', 'readOnly'],
  ['EPERM', 'readOnly'],
  ['EROFS', 'readOnly'],
  ['ENOSPC', 'noSpace'],
  ['EDQUOT', 'noSpace'],
  ['ENOTDIR', 'notADirectory'],
  ['EIO', 'damaged'],
  ['', 'damaged'],
])('the system code %p of a data directory means %s', (code, reason) => {
  const error = directoryFault('/data', Object.assign(new Error('x'), { code }));
  expect(error.options.details).toEqual({ reason });
  expect(error.message).toContain('/data');
  expect(error.options.remedy).toMatch(/\.$/);
});

test('a directory that cannot be made is no damaged database, though a file that is missing in one is', () => {
  const missing = (syscall: string) =>
    directoryFault('/data', Object.assign(new Error('x'), { code: 'ENOENT', syscall }));
  expect(missing('mkdir')).toMatchObject({
    message: expect.stringMatching(/\/data is not there and cannot be made/),
    options: { details: { reason: 'readOnly' } },
  });
  expect(missing('open').options.details).toEqual({ reason: 'damaged' });
});

test.each([
  ['ENOTFOUND', 'unreachable'],
  ['ECONNREFUSED', 'unreachable'],
  ['ETIMEDOUT', 'unreachable'],
  ['57P03', 'unreachable'],
  ['28P01', 'refused'],
  ['28000', 'refused'],
  ['42501', 'refused'],
  ['53300', 'refused'],
  ['3D000', 'missing'],
  ['XX000', 'refused'],
])('the code %p of a server means %s', (code, reason) => {
  const error = serverFault('db.example:5432', Object.assign(new Error('password=canary'), { code }));
  expect(error.options.details).toEqual({ reason });
  expect(error.message).toContain('db.example:5432');
  expect(error.message + error.options.remedy!).not.toContain('canary');
});

test('a server without TLS is told as that', () => {
  const error = serverFault('db.example:5432', new Error('The server does not support SSL connections'));
  expect(error).toMatchObject({
    message: expect.stringContaining('it speaks no TLS, and DATABASE_URL asks for it'),
    options: { remedy: expect.stringContaining('sslmode'), details: { reason: 'refused' } },
  });
});

test('a fault that was already put in words stays as it is', () => {
  const error = new BridgeError('unavailable', { detail: 'already said' });
  expect(directoryFault('/data', error)).toBe(error);
  expect(serverFault('host', error)).toBe(error);
});

test('names both versions, and how much space is needed', () => {
  expect(otherVersion('/data', '17', '18').message).toMatch(/17.*18/);
  expect(noSpace('/data').options.remedy).toContain('100 MB');
});
