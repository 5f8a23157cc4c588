import { describe, expect, test } from '@jest/globals';
import { BridgeError } from '../../server/errors.ts';
import { createEgressGuard } from '../../server/transport/egress-guard.ts';
import { createGuardedLookup, type Resolve } from '../../server/transport/egress-lookup.ts';
import { createEgressPolicy } from '../../server/transport/egress-policy.ts';
import { TransportError } from '../../server/transport/transport-error.ts';

const closed = createEgressPolicy({ allow: '*.example.com,127.0.0.1,localhost', allowPrivate: false });
const open = createEgressPolicy({ allow: '*.example.com,127.0.0.1,localhost:8443', allowPrivate: true });

const answering =
  (...addresses: string[]): Resolve =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
const failing =
  (code?: string): Resolve =>
  async () => {
    throw Object.assign(new Error('look-up failed'), code === undefined ? {} : { code });
  };
const untouchable: Resolve = async (host) => {
  throw new Error(`${host} was looked up`);
};
const errorOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('the guarded look-up', () => {
  test('returns the addresses in the order of the resolver', async () => {
    const lookup = createGuardedLookup(closed, answering('2606:4700::1', '1.1.1.1'));
    expect(await lookup('a.example.com')).toEqual([
      { address: '2606:4700::1', family: 6 },
      { address: '1.1.1.1', family: 4 },
    ]);
  });

  test('leaves out the addresses that the policy refuses', async () => {
    const lookup = createGuardedLookup(closed, answering('10.0.0.1', '1.1.1.1', '::1'));
    expect(await lookup('a.example.com')).toEqual([{ address: '1.1.1.1', family: 4 }]);
  });

  test('denies a host all of whose addresses are refused, and keeps the addresses out of the public text', async () => {
    const error = await errorOf(
      createGuardedLookup(closed, answering('10.0.0.7', '169.254.169.254'))('a.example.com'),
    );
    expect(error).toBeInstanceOf(BridgeError);
    expect((error as BridgeError).code).toBe('egress_denied');
    const { message } = error as BridgeError;
    expect(message).toMatch(/a private address and a metadata service.*Nothing was sent/);
    expect(message).not.toMatch(/10\.0\.0\.7|169\.254/);
  });

  test('judges every answer anew, so that a name cannot change its address between check and use', async () => {
    const answers = ['1.1.1.1', '127.0.0.1'];
    const lookup = createGuardedLookup(closed, async () => [{ address: answers.shift()!, family: 4 }]);
    expect(await lookup('a.example.com')).toEqual([{ address: '1.1.1.1', family: 4 }]);
    expect(await errorOf(lookup('a.example.com'))).toMatchObject({ code: 'egress_denied' });
  });

  test.each(['127.0.0.1', '0x7f.1', '2130706433', '[::1]', '::ffff:127.0.0.1'])(
    'asks no resolver about the address %s, and refuses it all the same',
    async (host) => {
      expect(await errorOf(createGuardedLookup(closed, untouchable)(host))).toMatchObject({
        code: 'egress_denied',
      });
    },
  );

  test('dials an address in another notation as the one that was judged', async () => {
    expect(await createGuardedLookup(open, untouchable)('0x7f.1')).toEqual([
      { address: '127.0.0.1', family: 4 },
    ]);
    expect(await createGuardedLookup(open, untouchable)('[::1]')).toEqual([{ address: '::1', family: 6 }]);
  });

  test.each(['a.example.com\0', 'a b', '', 'fe80::1%lo'])('denies what is no host: %j', async (host) => {
    expect(await errorOf(createGuardedLookup(open, untouchable)(host))).toMatchObject({
      code: 'egress_denied',
    });
  });

  test.each([
    ['ENOTFOUND', 'name_not_found'],
    ['ENODATA', 'name_not_found'],
    ['EAI_NONAME', 'name_not_found'],
    ['EAI_AGAIN', 'name_server_failed'],
    ['ESERVFAIL', 'name_server_failed'],
    ['ETIMEOUT', 'name_server_failed'],
    ['ECONNREFUSED', 'name_server_failed'],
    ['EREFUSED', 'name_server_failed'],
    ['EAI_FAIL', 'name_server_failed'],
    ['EMFILE', 'name_server_failed'],
  ])('tells %s as %s', async (code, fault) => {
    const error = await errorOf(createGuardedLookup(closed, failing(code))('a.example.com'));
    expect(error).toBeInstanceOf(TransportError);
    expect(error).toMatchObject({ fault, details: { phase: 'nameLookup', systemCode: code } });
    expect((error as Error).cause).toMatchObject({ code });
  });

  test('tells an error without a code as a failure of the name server', async () => {
    const error = await errorOf(createGuardedLookup(closed, failing())('a.example.com'));
    expect(error).toMatchObject({ fault: 'name_server_failed', details: { phase: 'nameLookup' } });
  });

  test('tells an empty answer as a name that does not resolve', async () => {
    expect(await errorOf(createGuardedLookup(closed, answering())('a.example.com'))).toMatchObject({
      fault: 'name_not_found',
    });
  });

  test('ends with the reason of the signal while the resolver still works', async () => {
    const controller = new AbortController();
    const lookup = createGuardedLookup(closed, () => new Promise(() => undefined));
    const pending = errorOf(lookup('a.example.com', controller.signal));
    const reason = new Error('the deadline passed');
    controller.abort(reason);
    expect(await pending).toBe(reason);
  });

  test('looks nothing up for a signal that is aborted already', async () => {
    const reason = new Error('too late');
    expect(
      await errorOf(createGuardedLookup(closed, untouchable)('a.example.com', AbortSignal.abort(reason))),
    ).toBe(reason);
  });

  test('a resolver that fails after the abort disturbs nobody', async () => {
    const controller = new AbortController();
    const late = Promise.withResolvers<never>();
    const pending = errorOf(
      createGuardedLookup(closed, () => late.promise)('a.example.com', controller.signal),
    );
    controller.abort(new Error('gone'));
    await pending;
    late.reject(new Error('late failure'));
    await new Promise((done) => setImmediate(done)); // an unhandled rejection would end the process here
  });

  test('asks the resolver of the system where none is given', async () => {
    const addresses = await createGuardedLookup(open)('localhost');
    expect(addresses.length).toBeGreaterThan(0);
    for (const { address } of addresses) expect(['127.0.0.1', '::1']).toContain(address);
  });
});

describe('the egress guard', () => {
  test('refuses a host or a port before it is looked up', async () => {
    const guard = createEgressGuard(open, untouchable);
    expect(await errorOf(guard.lookupAllowed('evil.example', 443))).toMatchObject({ code: 'egress_denied' });
    expect(await errorOf(guard.lookupAllowed('localhost', 443))).toMatchObject({ code: 'egress_denied' });
  });

  test('returns what may be dialled of an allowed host', async () => {
    const guard = createEgressGuard(closed, answering('1.1.1.1', '10.0.0.1'));
    expect(await guard.lookupAllowed('a.example.com', 443)).toEqual([{ address: '1.1.1.1', family: 4 }]);
  });

  test('judges a target behind a proxy by its name, and by its address where it is one', () => {
    const guard = createEgressGuard(closed, untouchable);
    expect(() => guard.checkTarget('a.example.com', 443)).not.toThrow();
    expect(() => guard.checkTarget('evil.example', 443)).toThrow('Nothing was sent');
    expect(() => guard.checkTarget('127.0.0.1', 443)).toThrow('a loopback address');
    expect(() => createEgressGuard(open, untouchable).checkTarget('127.0.0.1', 443)).not.toThrow();
  });

  test('asks no policy about what the operator configured', async () => {
    const guard = createEgressGuard(closed, answering('10.0.0.1'));
    expect(await guard.lookupTrusted('proxy.corp.internal')).toEqual([{ address: '10.0.0.1', family: 4 }]);
  });
});
