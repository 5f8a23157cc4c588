import { describe, expect, test } from '@jest/globals';
import { Secret } from '../../../server/secret.ts';
import { checkClientCertificate } from '../../../server/transport/certificates/check-client-certificate.ts';
import { CLIENT_AUTH, joinPem, makeAuthority, SERVER_AUTH } from '../../support/certificates.ts';
import type { LeafOptions } from '../../support/certificates.ts';

async function check(
  options: LeafOptions,
  more: (pem: { chainPem: string; keyPem: string }) => string = (pem) => pem.chainPem + pem.keyPem,
) {
  const authority = await (await makeAuthority()).authority();
  const client = await authority.issue({
    subject: 'client',
    extendedKeyUsage: [CLIENT_AUTH],
    endsInDays: 90,
    ...options,
  });
  const { findings } = checkClientCertificate(new Secret(more(client)), new Date());
  return Object.fromEntries(findings.map(({ question, outcome, text }) => [question, `${outcome}: ${text}`]));
}

describe('checkClientCertificate', () => {
  test('finds nothing wrong with a sound one', async () => {
    const answers = await check({});
    expect(Object.keys(answers)).toEqual(['certificate', 'key', 'dates', 'purpose', 'chain']);
    expect(Object.values(answers).filter((answer) => !answer.startsWith('ok: '))).toEqual([]);
  });

  test.each([
    {
      name: 'expired',
      options: { startsInDays: -9, endsInDays: -1 },
      question: 'dates',
      says: /^fault: It expired at 20/,
    },
    {
      name: 'not yet valid',
      options: { startsInDays: 2 },
      question: 'dates',
      says: /^fault: It is not valid before 20/,
    },
    {
      name: 'ends in 29 days',
      options: { endsInDays: 29.5 },
      question: 'dates',
      says: /^warning: .* 29 days left/,
    },
    {
      name: 'ends in 31 days',
      options: { endsInDays: 31.5 },
      question: 'dates',
      says: /^ok: .* 31 days left/,
    },
    {
      name: 'for servers',
      options: { extendedKeyUsage: [SERVER_AUTH] },
      question: 'purpose',
      says: /^fault: It is not meant for TLS clients/,
    },
    {
      name: 'for both',
      options: { extendedKeyUsage: [SERVER_AUTH, CLIENT_AUTH] },
      question: 'purpose',
      says: /^ok/,
    },
    {
      name: 'for anything',
      options: { extendedKeyUsage: null, keyUsage: null },
      question: 'purpose',
      says: /^ok/,
    },
    {
      name: 'may not sign',
      options: { keyUsage: ['keyEncipherment'] as const },
      question: 'purpose',
      says: /^fault: Its key may not sign/,
    },
  ])('$name', async ({ options, question, says }) => {
    expect((await check(options))[question]).toMatch(says);
  });

  test('finds a stranger among the issuers', async () => {
    const stranger = await makeAuthority();
    const answers = await check({}, ({ chainPem, keyPem }) =>
      joinPem(chainPem, stranger.certPem.replace(/^/, ''), keyPem, stranger.certPem),
    );
    expect(answers.chain).toMatch(/^fault: CN=Test Root did not issue/);
  });

  test('answers every question at once', async () => {
    const answers = await check(
      { startsInDays: -9, endsInDays: -1, extendedKeyUsage: [SERVER_AUTH] },
      ({ chainPem }) => chainPem,
    );
    expect(Object.values(answers).map((answer) => answer.split(':')[0])).toEqual([
      'ok',
      'unusable',
      'fault',
      'fault',
      'ok',
    ]);
  });
});
