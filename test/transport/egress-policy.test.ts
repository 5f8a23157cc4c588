import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createEgressPolicy } from '../../server/transport/egress-policy.ts';
import { EgressEntryError, parseEgressAllow } from '../../server/transport/egress-allow-list.ts';
import { PURECLOUD_ENVIRONMENTS } from '../../server/transport/egress-default-hosts.ts';

const policyOf = (allow: string | undefined, allowPrivate = false) =>
  createEgressPolicy({ allow, allowPrivate });

describe('the list of hosts', () => {
  test.each([
    ['a host', 'login.example.com', 'login.example.com', 443],
    ['every port where none is named', 'login.example.com', 'login.example.com', 8443],
    ['the port that is named', 'login.example.com:8443', 'login.example.com', 8443],
    ['any of the ports that are named', 'a.example:1,a.example:2', 'a.example', 2],
    ['a subdomain', '*.example.com', 'login.example.com', 443],
    ['a subdomain of a subdomain', '*.example.com', 'x.my.example.com', 443],
    ['capitals in the list', 'LOGIN.Example.COM', 'login.example.com', 443],
    ['capitals in the target', 'login.example.com', 'LOGIN.example.COM', 443],
    ['a trailing dot in the target', 'login.example.com', 'login.example.com.', 443],
    ['a trailing dot in the list', '*.example.com.', 'login.example.com', 443],
    ['an international name in the list', 'bücher.example', 'xn--bcher-kva.example', 443],
    ['an international name in the target', 'xn--bcher-kva.example', 'BÜCHER.example', 443],
    ['full-width letters in the target', 'example.com', 'ｅｘａｍｐｌｅ.com', 443],
    ['an IPv4 address', '192.0.2.1:80', '192.0.2.1', 80],
    ['an IPv4 address as one number', '127.0.0.1', '2130706433', 80],
    ['an IPv4 address in hexadecimal', '127.0.0.1', '0x7f.1', 80],
    ['an IPv4 address in octal', '127.0.0.1', '0177.0.0.01', 80],
    ['an IPv4 address in another notation in the list', '0x7f000001', '127.0.0.1', 80],
    ['an IPv6 address', '[::1]', '[::1]', 80],
    ['an IPv6 address with its port', '[::1]:8443', '::1', 8443],
    ['an IPv6 address at its full length', '[::1]', '0:0:0:0:0:0:0:1', 80],
    ['an IPv6 address in capitals', '[fd00::abcd]', '[FD00::ABCD]', 80],
    ['spaces around entries', ' a.example , b.example ', 'b.example', 80],
  ])('allows %s', (_name, allow, host, port) => {
    expect(policyOf(allow).checkHost(host, port)).toBeUndefined();
  });

  test.each([
    ['another host', 'login.example.com', 'api.example.com', 443],
    ['another port', 'login.example.com:8443', 'login.example.com', 443],
    ['the domain of a wildcard itself', '*.example.com', 'example.com', 443],
    ['a host that ends in the same letters', '*.example.com', 'evilexample.com', 443],
    ['a host that begins with an allowed one', 'login.example.com', 'login.example.com.evil.example', 443],
    ['an address under a wildcard of digits', '*.example', '1.2.3.4', 443],
    ['user info', 'example.com', 'example.com@evil.example', 443],
    ['user info in front', 'example.com', 'evil.example@example.com', 443],
    ['a path', 'example.com', 'evil.example/example.com', 443],
    ['a backslash', 'example.com', 'evil.example\\.example.com', 443],
    ['a percent escape', 'example.com', 'ex%61mple.com', 443],
    ['a line break', 'example.com', 'example.com\r\nx', 443],
    ['a null character', 'example.com', 'example.com\0.evil.example', 443],
    ['a port in the host', 'example.com', 'example.com:80', 443],
    ['an empty label', '*.example.com', '.example.com', 443],
    ['two trailing dots', 'example.com', 'example.com..', 443],
    ['nothing', 'example.com', '', 443],
    ['an IPv6 address with a zone', '[fe80::1]', 'fe80::1%eth0', 443],
    ['an IPv4-mapped twin of a listed address', '127.0.0.1', '::ffff:127.0.0.1', 443],
    ['an IPv4 address in brackets', '127.0.0.1', '[127.0.0.1]', 443],
    ['a label longer than a name server takes', '*.example.com', `${'a'.repeat(64)}.example.com`, 443],
  ])('refuses %s', (_name, allow, host, port) => {
    expect(policyOf(allow).checkHost(host, port)).toEqual(expect.any(String));
  });

  test('names the allowed ports where only the port is wrong', () => {
    expect(policyOf('a.example:443,a.example:8443').checkHost('a.example', 80)).toBe(
      'Port 80 of the host a.example is not among those that the bridge may call (443, 8443).',
    );
  });

  test.each([
    ['nothing at all', '', ''],
    ['nothing between two commas', 'a.example,,b.example', ''],
    ['a trailing comma', 'a.example,', ''],
    ['a scheme', 'https://a.example', 'https://a.example'],
    ['a path', 'a.example/token', 'a.example/token'],
    ['a network', '10.0.0.0/8', '10.0.0.0/8'],
    ['two hosts with a space between', 'a.example b.example', 'a.example b.example'],
    ['every host', '*', '*'],
    ['a star in the middle', 'login.*.com', 'login.*.com'],
    ['a star before letters', '*login.example.com', '*login.example.com'],
    ['two stars', '*.*.example.com', '*.*.example.com'],
    ['a star alone before the dot', '*.', '*.'],
    ['a star before an address', '*.127.0.0.1', '*.127.0.0.1'],
    ['a star before IPv6', '*.[::1]', '*.[::1]'],
    ['an empty port', 'a.example:', 'a.example:'],
    ['port 0', 'a.example:0', 'a.example:0'],
    ['a port out of range', 'a.example:65536', 'a.example:65536'],
    ['a port with a sign', 'a.example:+443', 'a.example:+443'],
    ['a port in words', 'a.example:https', 'a.example:https'],
    ['a port as a star', 'a.example:*', 'a.example:*'],
    ['IPv6 without brackets', '::1', '::1'],
    ['IPv6 without its closing bracket', '[::1', '[::1'],
    ['letters after a bracket', '[::1]x', '[::1]x'],
    ['no IPv6 in brackets', '[a.example]', '[a.example]'],
    ['a zone', '[fe80::1%eth0]', '[fe80::1%eth0]'],
    ['an empty label', 'a..example', 'a..example'],
    ['a port alone', ':443', ':443'],
    ['an IPv4 address out of range', '256.1.1.1', '256.1.1.1'],
  ])('refuses to start with %s, naming the entry', (_name, allow, entry) => {
    const attempt = () => policyOf(allow);
    expect(attempt).toThrow(EgressEntryError);
    expect(attempt).toThrow(`the entry "${entry}"`);
  });

  test('does not repeat the password of an entry with user info', () => {
    expect(() => parseEgressAllow('user:hunter2@a.example')).toThrow(/user info/);
    expect(() => parseEgressAllow('user:hunter2@a.example')).not.toThrow(/hunter2/);
  });

  test('one malformed entry spoils a list of good ones', () => {
    expect(() => policyOf('a.example,b.example:x,c.example')).toThrow('b.example:x');
  });

  test('by default reaches sign-in, API and apps of all 18 regions, and Salesforce', () => {
    const policy = policyOf(undefined);
    expect(PURECLOUD_ENVIRONMENTS).toHaveLength(18);
    const hosts = PURECLOUD_ENVIRONMENTS.flatMap((env) => [`login.${env}`, `api.${env}`, `apps.${env}`]);
    const salesforce = [
      'login.salesforce.com',
      'x--dev.sandbox.my.salesforce.com',
      'x.my.salesforce.mil',
      'x.lightning.force.com',
    ];
    expect([...hosts, ...salesforce].filter((host) => policy.checkHost(host, 443) !== undefined)).toEqual([]);
  });

  test.each([
    'localhost',
    '127.0.0.1',
    'example.com',
    'mypurecloud.com.evil.example',
    'notmypurecloud.com',
    'pure.cloud',
  ])('by default does not reach %s', (host) => {
    expect(policyOf(undefined).checkHost(host, 443)).toBeDefined();
  });

  test('a wildcard never allows what is not below its domain, whatever the host', () => {
    const policy = policyOf('*.example.com');
    fc.assert(
      fc.property(fc.oneof(fc.domain(), fc.webAuthority(), fc.string(), fc.ipV4(), fc.ipV6()), (host) => {
        const allowed = policy.checkHost(host, 443) === undefined;
        expect(allowed && !/\.example\.com\.?$/i.test(host)).toBe(false);
      }),
    );
  });

  test('every list of well-formed entries is read, and its hosts are then allowed', () => {
    const entry = fc.tuple(fc.oneof(fc.domain(), fc.ipV4()), fc.option(fc.integer({ min: 1, max: 65_535 })));
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 5 }), (entries) => {
        const policy = policyOf(
          entries.map(([host, port]) => (port === null ? host : `${host}:${port}`)).join(','),
        );
        for (const [host, port] of entries) expect(policy.checkHost(host, port ?? 1234)).toBeUndefined();
      }),
    );
  });
});

const NEVER = [
  ['unspecified', '0.0.0.0'],
  ['this network', '0.1.2.3'],
  ['broadcast', '255.255.255.255'],
  ['multicast', '224.0.0.1'],
  ['multicast, upper end', '239.255.255.255'],
  ['reserved', '240.0.0.1'],
  ['documentation 1', '192.0.2.1'],
  ['documentation 2', '198.51.100.1'],
  ['documentation 3', '203.0.113.1'],
  ['benchmarking', '198.18.0.1'],
  ['protocol assignments', '192.0.0.192'],
  ['6to4 relay', '192.88.99.1'],
  ['IPv6 unspecified', '::'],
  ['IPv6 multicast', 'ff02::1'],
  ['IPv6 documentation', '2001:db8::1'],
  ['IPv6 documentation of 2024', '3fff::1'],
  ['IPv6 discard', '100::1'],
  ['IPv6 site-local', 'fec0::1'],
  ['IPv6 not assigned', '4000::1'],
  ['IPv6 segment routing', '5f00::1'],
  ['6to4 of loopback', '2002:7f00:1::'],
  ['6to4 of a public address', '2002:808:808::1'],
  ['Teredo', '2001::1'],
  ['IPv4-compatible loopback', '::7f00:1'],
  ['IPv4-compatible public address', '::808:808'],
  ['IPv4-translated', '::ffff:0:7f00:1'],
  ['local NAT64', '64:ff9b:1::808:808'],
  ['IPv4-mapped multicast', '::ffff:224.0.0.1'],
  ['IPv4-mapped unspecified', '::ffff:0.0.0.0'],
  ['NAT64 of the broadcast address', '64:ff9b::ffff:ffff'],
  ['an interface', '2606:4700::1%eth0'],
  ['no address', 'localhost'],
  ['an address in another notation', '127.1'],
] as const;

const PRIVATE = [
  ['loopback', '127.0.0.1'],
  ['loopback elsewhere', '127.255.255.254'],
  ['10/8', '10.0.0.1'],
  ['172.16/12', '172.31.255.255'],
  ['192.168/16', '192.168.1.1'],
  ['carrier-grade NAT', '100.64.0.1'],
  ['IPv6 loopback', '::1'],
  ['unique local', 'fd12:3456::1'],
  ['IPv4-mapped loopback', '::ffff:127.0.0.1'],
  ['IPv4-mapped loopback in hexadecimal', '::ffff:7f00:1'],
  ['IPv4-mapped public address', '::ffff:8.8.8.8'],
  ['NAT64 of a private address', '64:ff9b::a00:1'],
  ['NAT64 of a public address', '64:ff9b::808:808'],
] as const;

const LISTED = [
  ['AWS, Azure, Google', '169.254.169.254'],
  ['containers on AWS', '169.254.170.2'],
  ['link-local', '169.254.1.1'],
  ['IPv6 link-local', 'fe80::1'],
  ['AWS over IPv6', 'fd00:ec2::254'],
  ['AWS over IPv6, spelt out', 'fd00:0ec2:0:0:0:0:0:254'],
  ['Google over IPv6', 'fd20:ce::254'],
  ['Alibaba', '100.100.100.200'],
  ['Azure platform', '168.63.129.16'],
  ['IPv4-mapped metadata', '::ffff:169.254.169.254'],
  ['NAT64 of metadata', '64:ff9b::a9fe:a9fe'],
] as const;

describe('the addresses', () => {
  const closed = policyOf('*.example.com');
  const open = policyOf('*.example.com', true);

  test.each([...NEVER, ...PRIVATE, ...LISTED])('are refused by default: %s %s', (_name, address) => {
    expect(closed.checkAddress(address)).toEqual(expect.any(String));
  });

  test.each(PRIVATE)('are allowed with allowPrivate: %s %s', (_name, address) => {
    expect(open.checkAddress(address)).toBeUndefined();
  });

  test.each([...NEVER, ...LISTED])('are refused with allowPrivate too: %s %s', (_name, address) => {
    expect(open.checkAddress(address)).toEqual(expect.any(String));
  });

  test.each([
    '8.8.8.8',
    '1.1.1.1',
    '172.15.0.1',
    '172.32.0.1',
    '100.128.0.1',
    '11.0.0.1',
    '2606:4700::1111',
    '2a00:1450::1',
  ])('are allowed where they are global unicast: %s', (address) => {
    expect(closed.checkAddress(address)).toBeUndefined();
  });

  test('a metadata address opens only where it is listed itself and private addresses are allowed', () => {
    const address = '169.254.169.254';
    expect(policyOf(address, true).checkAddress(address)).toBeUndefined();
    expect(policyOf(address, false).checkAddress(address)).toBeDefined();
    expect(policyOf(address, true).checkAddress('::ffff:169.254.169.254')).toBeDefined();
    expect(policyOf(address, true).checkAddress('169.254.170.2')).toBeDefined();
    expect(policyOf('[fd00:ec2::254]', true).checkAddress('fd00:ec2:0::254')).toBeUndefined();
  });

  test('a listed loopback address stays closed until private addresses are allowed', () => {
    expect(policyOf('127.0.0.1').checkAddress('127.0.0.1')).toBe('a loopback address');
  });

  test('what carries an IPv4 address is never more open than that address', () => {
    const embeddings = (v4: string): string[] => {
      const [a, b, c, d] = v4.split('.').map(Number) as [number, number, number, number];
      const hex = `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
      return [`::ffff:${v4}`, `::ffff:${hex}`, `64:ff9b::${hex}`, `::${hex}`, `2002:${hex}::1`];
    };
    fc.assert(
      fc.property(fc.ipV4(), (v4) => {
        for (const address of embeddings(v4)) {
          expect(closed.checkAddress(address)).toBeDefined();
          if (open.checkAddress(v4) !== undefined) expect(open.checkAddress(address)).toBeDefined();
        }
      }),
    );
  });

  test('an IPv6 address outside 2000::/3 is never allowed by default', () => {
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        const first = Number.parseInt(address.split(':')[0] || '0', 16);
        if (closed.checkAddress(address) === undefined) expect(first >> 13).toBe(1);
      }),
    );
  });
});
