/** The contract of the four exceptions: with faults F on the chain and ignored set I, the request goes on only if F is a subset of I. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTrustStore } from '../../../server/transport/certificates/trust-store.ts';
import type { CertificateFault } from '../../../server/transport/transport-error.ts';
import { FAULT_SETS, startFaultyTlsServer } from '../../support/faulty-tls-servers.ts';
import type { FaultPlaces, FaultyTlsServer } from '../../support/faulty-tls-servers.ts';
import { dial } from './dial.ts';

const nameOf = (faults: readonly CertificateFault[]) =>
  faults.length === 0 ? 'nothing' : faults.join(' + ');

function describeFlagSets(
  faults: readonly CertificateFault[],
  places: FaultPlaces,
  flagSets: typeof FAULT_SETS,
): void {
  let server: FaultyTlsServer;
  let trust: ReturnType<typeof createTrustStore>;
  beforeAll(async () => {
    server = await startFaultyTlsServer(faults, places);
    trust = createTrustStore({ roots: [], extraPem: server.caPem });
  });
  afterAll(() => server.close());

  test.each(flagSets.map((flags) => ({ flags, name: nameOf(flags) })))(
    'forgiving $name',
    async ({ flags }) => {
      const bytesBefore = server.applicationBytes();
      const { statusLine, refusal } = await dial({ port: server.port, trust, forgiven: flags });
      await server.settled();
      const unforgiven = faults.filter((fault) => !flags.includes(fault));
      if (unforgiven.length === 0) {
        expect(statusLine).toBe('HTTP/1.1 200 OK');
        return;
      }
      expect(refusal?.fault).toBe('certificate_refused');
      expect(refusal?.details).toMatchObject({ phase: 'tls', faults, unforgiven });
      expect(refusal?.details.fatal).toBeUndefined();
      expect(server.applicationBytes() - bytesBefore).toBe(0);
    },
  );
}

describe('goes on only if every fault is forgiven, and else sends no byte', () => {
  for (const faults of FAULT_SETS) {
    describe(`a chain with ${nameOf(faults)}`, () => describeFlagSets(faults, {}, FAULT_SETS));
  }
});

describe('holds wherever on the chain the fault is', () => {
  const places: FaultPlaces[] = [
    { invalidCertificateDate: 'intermediate' },
    { invalidCertificateDate: 'root' },
    { invalidCertificateDate: 'leaf', date: 'notYetValid' },
    { invalidCertificateDate: 'intermediate', date: 'notYetValid' },
    { invalidCertificateDate: 'root', date: 'notYetValid' },
    { wrongCertificateUsage: 'leafKeyUsage' },
    { wrongCertificateUsage: 'intermediateNoAuthority' },
    { wrongCertificateUsage: 'intermediateKeyUsage' },
    { wrongCertificateUsage: 'intermediatePurpose' },
  ];
  for (const place of places) {
    const own: CertificateFault = place.wrongCertificateUsage
      ? 'wrongCertificateUsage'
      : 'invalidCertificateDate';
    // A root that is not trusted is not sent either, so its dates are nobody's business.
    const isRootOnly = place.invalidCertificateDate === 'root';
    const sets = FAULT_SETS.filter(
      (set) => set.includes(own) && !(isRootOnly && set.includes('unknownCertificateAuthority')),
    );
    for (const faults of sets) {
      const without = faults.map((fault) => faults.filter((other) => other !== fault));
      describe(`${Object.values(place).join(', ')}: ${nameOf(faults)}`, () =>
        describeFlagSets(faults, place, [faults, ...without]));
    }
  }
});
