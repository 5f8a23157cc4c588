/** Each of the four certificate exceptions forgives its own fault and no other: all 16 sets of faults against all 16 sets of flags. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import request from 'supertest';
import type { BearerTokenAnswer } from '../../server/bearer/answer.ts';
import type { RunningBridge } from '../../server/main.ts';
import type { CertificateFault } from '../../server/transport/transport-error.ts';
import { ADMIN_KEY, CREDENTIALS, startTestBridge } from '../support/bridge.ts';
import {
  FAULT_SETS,
  joinCaPems,
  startFaultyTlsServer,
  type FaultyTlsServer,
} from '../support/faulty-tls-servers.ts';

const FLAG_OF_FAULT: Record<CertificateFault, string> = {
  unknownCertificateAuthority: 'ignoreUnknownCertificateAuthority',
  wrongCertificateUsage: 'ignoreWrongCertificateUsage',
  certificateNameMismatch: 'ignoreCertificateNameMismatch',
  invalidCertificateDate: 'ignoreInvalidCertificateDate',
};

let directory: string;
let servers: FaultyTlsServer[];
let bridge: RunningBridge;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pcbridge-certificates-'));
  servers = await Promise.all(FAULT_SETS.map((faults) => startFaultyTlsServer(faults)));
  await writeFile(join(directory, 'ca.pem'), joinCaPems(servers));
  bridge = await startTestBridge({ BRIDGE_CA_FILE: join(directory, 'ca.pem') });
});

afterAll(async () => {
  await bridge.stop();
  await Promise.all(servers.map((server) => server.close()));
  await rm(directory, { recursive: true, force: true });
});

async function ask(
  server: FaultyTlsServer,
  ignored: readonly CertificateFault[],
): Promise<BearerTokenAnswer> {
  const flags = Object.fromEntries(ignored.map((fault) => [FLAG_OF_FAULT[fault], true]));
  const { status, body } = await request(bridge.url)
    .post('/v1/bearer-token-requests')
    .auth(ADMIN_KEY, { type: 'bearer' })
    .send({ ...CREDENTIALS, url: `https://localhost:${server.port}/oauth/token`, ...flags });
  expect(status).toBe(200);
  return body as BearerTokenAnswer;
}

const isForgiven = (faults: readonly CertificateFault[], ignored: readonly CertificateFault[]) =>
  faults.every((fault) => ignored.includes(fault));

describe('a server whose certificate has', () => {
  test.each(FAULT_SETS.map((faults, index) => [faults.join(' + ') || 'no fault', index] as const))(
    '%s is asked only where every one of its faults is ignored',
    async (_name, index) => {
      const server = servers[index]!;
      const bytes = server.applicationBytes();
      for (const ignored of FAULT_SETS.filter((set) => !isForgiven(server.faults, set))) {
        const answer = await ask(server, ignored);
        expect(answer).toMatchObject({ exitPath: 'ConnectionFailure' });
        expect(answer).not.toHaveProperty('upstreamStatus');
        expect(answer.diagnosis?.code).toMatch(/certificate/);
        expect(answer.diagnosis?.remedy).not.toBe('');
      }
      await server.settled();
      expect(server.applicationBytes()).toBe(bytes);
      for (const ignored of FAULT_SETS.filter((set) => isForgiven(server.faults, set))) {
        expect(await ask(server, ignored)).toMatchObject({
          exitPath: 'Success',
          bearerAccessToken: 'token-of-the-tls-server',
        });
      }
    },
  );

  test.each(
    FAULT_SETS.filter((faults) => faults.length > 0).map((faults) => [faults.join(' + '), faults] as const),
  )(
    '%s is not asked over a connection that was kept from a request that ignored them',
    async (_name, faults) => {
      const server = servers.find((candidate) => candidate.faults === faults)!;
      expect((await ask(server, faults)).exitPath).toBe('Success');
      const bytes = server.applicationBytes();
      expect(bytes).toBeGreaterThan(0);
      for (const missing of faults) {
        const answer = await ask(
          server,
          faults.filter((fault) => fault !== missing),
        );
        expect(answer.exitPath).toBe('ConnectionFailure');
      }
      expect(server.applicationBytes()).toBe(bytes);
    },
  );
});

test('a diagnosis names the fault that was not ignored', async () => {
  for (const [fault, code] of [
    ['unknownCertificateAuthority', /authority/],
    ['wrongCertificateUsage', /usage/],
    ['certificateNameMismatch', /name/],
    ['invalidCertificateDate', /date|expired/],
  ] as const) {
    const server = servers.find(({ faults }) => faults.length === 1 && faults[0] === fault)!;
    const others = Object.keys(FLAG_OF_FAULT).filter((other) => other !== fault) as CertificateFault[];
    expect((await ask(server, others)).diagnosis?.code).toMatch(code);
  }
});
