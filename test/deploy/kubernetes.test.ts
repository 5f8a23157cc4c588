import { expect, test } from '@jest/globals';
import { Deployment } from 'kubernetes-models/apps/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { Service } from 'kubernetes-models/v1';
import { healthRoutes } from '../../server/http/health.ts';
import { readText, readYamlDocuments, stopGraceSeconds, unknownVariables } from './support/files.ts';

const MODELS = { Deployment, Service, PodDisruptionBudget };
type Kind = keyof typeof MODELS;

const documents = readYamlDocuments('deploy/kubernetes/bridge.yaml') as { kind: Kind }[];
const deployment = new Deployment(documents.find(({ kind }) => kind === 'Deployment') as never);
const pod = deployment.spec!.template.spec!;
const [container] = pod.containers as [(typeof pod.containers)[number]];

test.each(documents.map((document) => [document.kind, document] as const))(
  'the %s fits the schema of Kubernetes',
  (kind, document) => {
    expect(() => new MODELS[kind](document as never).validate()).not.toThrow();
  },
);

test('the schema refuses what Kubernetes would', () => {
  const wrong = structuredClone(documents.find(({ kind }) => kind === 'Deployment')) as never as {
    spec: { replicas: unknown };
  };
  wrong.spec.replicas = 'two';
  expect(() => new Deployment(wrong as never).validate()).toThrow('replicas');
});

test('each probe asks a route that the bridge has', () => {
  const routes = healthRoutes({ readiness: [] }).map(({ path }) => path);
  const { livenessProbe, readinessProbe, startupProbe } = container;
  const asked = [livenessProbe, readinessProbe, startupProbe].map((probe) => probe?.httpGet?.path);
  expect(asked).toEqual(['/livez', '/readyz?exclude=database', '/livez']);
  expect(routes).toEqual(expect.arrayContaining(['/livez', '/readyz']));
});

test('a pod is given the time that a bridge takes to stop', () => {
  const waits = container.lifecycle?.preStop?.sleep?.seconds ?? 0;
  expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(stopGraceSeconds() + waits);
});

test('it runs without rights, on a root file system that nobody writes to', () => {
  expect(pod.securityContext).toMatchObject({ runAsNonRoot: true });
  expect(container.securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  });
});

test('every pod reads client certificates from one secret, which need not be there', () => {
  const { name, mountPath, readOnly } = container.volumeMounts!.find(
    (mount) => mount.name === 'certificates',
  )!;
  expect(container.env).toContainEqual({ name: 'BRIDGE_CERTIFICATES_DIR', value: mountPath });
  expect(unknownVariables(container.env!.map((variable) => variable.name))).toEqual([]);
  const secret = pod.volumes!.find((volume) => volume.name === name)!.secret!;
  expect([readOnly, secret.optional]).toEqual([true, true]);
  expect(readText('deploy/kubernetes/bridge.yaml')).toContain(`create secret generic ${secret.secretName} `);
  // The pod's user is not the owner of the files, and its group is theirs.
  expect(secret.defaultMode).toBe(0o440);
});

test('the secret that a reader is told to make holds variables that the bridge knows', () => {
  const names = [...readText('deploy/kubernetes/bridge.yaml').matchAll(/--from-literal=(\w+)=/g)].map(
    ([, name]) => name!,
  );
  expect(names).toEqual(['DATABASE_URL', 'BRIDGE_SECRET_KEY', 'BRIDGE_ADMIN_KEY']);
  expect(unknownVariables(names)).toEqual([]);
});
