/** Procfile, app.json and the unit of systemd: they start what the build makes, with variables that the bridge knows. */
import { expect, test } from '@jest/globals';
import { readText, stopGraceSeconds, unknownVariables } from './support/files.ts';

const unit = readText('deploy/systemd/purecloud-bridge.service');
const manifest = JSON.parse(readText('package.json')) as {
  bin: { pcbridge: string };
  scripts: { build: string };
};
const BUILT = `dist/${manifest.bin.pcbridge}`;

test('the build makes the command that they start', () => {
  expect(manifest.scripts.build).toContain(BUILT);
});

test('Procfile and unit start it', () => {
  expect(readText('Procfile').trim()).toBe(`web: node ${BUILT} serve`);
  expect(/^ExecStart=(.*)$/m.exec(unit)?.[1]).toBe(`/usr/bin/node /opt/purecloud-bridge/${BUILT} serve`);
});

test('the unit runs as a user that stays, and tells how to make it', () => {
  const user = /^User=(.*)$/m.exec(unit)?.[1];
  expect(user).toMatch(/^[a-z-]+$/);
  expect(unit).not.toMatch(/^DynamicUser=/m);
  expect(unit).toMatch(new RegExp(`^# .*useradd --system .*${user}$`, 'm'));
});

test('systemd waits as long as a bridge takes to stop', () => {
  expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1])).toBeGreaterThan(stopGraceSeconds());
});

test('app.json asks for variables that the bridge knows', () => {
  const { env } = JSON.parse(readText('app.json')) as { env: Record<string, unknown> };
  expect(unknownVariables(Object.keys(env))).toEqual([]);
  expect(env).toHaveProperty('BRIDGE_SECRET_KEY.required', true);
});

test('the unit sets variables that the bridge knows', () => {
  const [, pairs = ''] = /^Environment=(.*)$/m.exec(unit) ?? [];
  expect(unknownVariables(pairs.split(' ').map((pair) => pair.split('=')[0]!))).toEqual([]);
});
