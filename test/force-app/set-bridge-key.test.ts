import { spawn } from 'node:child_process';
import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, test } from '@jest/globals';
import { principalsOf } from '../../scripts/set-bridge-key.ts';
import { temporaryDirectory } from '../support/databases.ts';
import { ROOT } from './source-files.ts';

const KEY = 'pcb_canary-0123456789abcdef';
const SCRIPT = join(ROOT, 'scripts/set-bridge-key.ts');

interface Seen {
  method: string;
  path: string;
  authorization: string | undefined;
  body: string;
}

interface Org {
  url: string;
  seen: Seen[];
  server: Server;
}

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** @param credentials What the org holds for the principal; undefined: it knows of no such principal. */
async function startOrg(credentials: object | undefined): Promise<Org> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const { method = '', url = '', headers } = request;
    void text(request).then((body) => {
      seen.push({ method, path: url, authorization: headers.authorization, body });
      response.statusCode = credentials === undefined ? 404 : 200;
      response.end(
        JSON.stringify(credentials === undefined ? [{ errorCode: 'NOT_FOUND' }] : { credentials }),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => new Promise((resolve) => server.close(resolve)));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen, server };
}

async function run(args: string[], env: NodeJS.ProcessEnv, input = '') {
  const { SF_ACCESS_TOKEN: _token, SF_INSTANCE_URL: _url, BRIDGE_API_KEY: _key, ...others } = process.env;
  const child = spawn(process.execPath, [SCRIPT, ...args], { env: { ...others, ...env } });
  child.stdin.end(input);
  const [out, error, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.once('close', resolve)),
  ]);
  return { out, error, code };
}

const orgOf = ({ url }: Org) => ({ SF_ACCESS_TOKEN: 'the-session', SF_INSTANCE_URL: `${url}/` });

describe('set-bridge-key', () => {
  test('sets the key on a principal that has none, and says nothing of it', async () => {
    const org = await startOrg({});
    const { out, error, code } = await run([], orgOf(org), `${KEY}\n`);
    expect({ error, code }).toEqual({ error: '', code: 0 });
    expect(org.seen.map(({ method }) => method)).toEqual(['GET', 'POST']);
    expect(org.seen[1]!.authorization).toBe('Bearer the-session');
    expect(JSON.parse(org.seen[1]!.body)).toEqual({
      externalCredential: 'PureCloud_Bridge',
      principalName: 'BridgePrincipal',
      principalType: 'NamedPrincipal',
      authenticationProtocol: 'Custom',
      credentials: { ApiKey: { value: KEY, encrypted: true } },
    });
    expect(out).toContain('PureCloud_Bridge: the key of BridgePrincipal is made.');
    expect(out).not.toContain(KEY);
  });

  test('replaces a key that is there, and sets the second pair where it is asked for', async () => {
    const org = await startOrg({ ApiKey: { encrypted: true } });
    const { out } = await run(['--oauth-caller', 'salesforce-org'], { ...orgOf(org), BRIDGE_API_KEY: KEY });
    expect(org.seen.map(({ method }) => method)).toEqual(['GET', 'PUT', 'GET', 'PUT']);
    expect(JSON.parse(org.seen[3]!.body)).toMatchObject({
      externalCredential: 'PureCloud',
      authenticationProtocolVariant: 'ClientCredentialsClientSecretBasic',
      credentials: { clientId: { value: 'salesforce-org' }, clientSecret: { value: KEY, encrypted: true } },
    });
    expect(out).toContain('PureCloud: the key of PureCloudPrincipal is replaced.');
  });

  test('says what to do where the package is not deployed', async () => {
    const org = await startOrg(undefined);
    const { error, code } = await run([], { ...orgOf(org), BRIDGE_API_KEY: KEY });
    expect(code).toBe(2);
    expect(error).toContain('Deploy force-app first');
    expect(error).not.toContain(KEY);
  });

  test.each([
    ['what is no key', { BRIDGE_API_KEY: 'short' }, 'no API key'],
    ['half an org', { SF_INSTANCE_URL: 'https://x.my.salesforce.com' }, 'or neither'],
  ])('refuses %s before anything is sent', async (_what, env, message) => {
    const { error, code } = await run([], { SF_ACCESS_TOKEN: '', ...env });
    expect({ code, error }).toEqual({ code: 2, error: expect.stringContaining(message) });
  });

  test('uses the Salesforce CLI otherwise, with the key on its standard input and in no argument', async () => {
    const directory = await temporaryDirectory();
    closing.push(() => rm(directory, { recursive: true, force: true }));
    const cli = join(directory, 'sf');
    await writeFile(
      cli,
      [
        '#!/bin/sh',
        `echo "$@" >> ${directory}/arguments`,
        `cat >> ${directory}/input`,
        `echo '{"credentials":{"ApiKey":{"encrypted":true}}}'`,
        "echo 'Warning: @salesforce/cli update available from 2.1 to 2.2.' >&2",
      ].join('\n'),
    );
    await chmod(cli, 0o755);
    const { out, code } = await run(['--target-org', 'pcb'], {
      BRIDGE_API_KEY: KEY,
      PATH: `${directory}${delimiter}${process.env.PATH}`,
    });
    expect(code).toBe(0);
    const given = await readFile(join(directory, 'arguments'), 'utf8');
    expect(given).toContain(
      'api request rest /services/data/v66.0/named-credentials/credential --method PUT',
    );
    expect(given).toContain('--target-org pcb');
    expect(given).not.toContain(KEY);
    expect(await readFile(join(directory, 'input'), 'utf8')).toContain(KEY);
    expect(out).not.toContain(KEY);
  });

  test('marks every secret as one', () => {
    const secrets = JSON.stringify(principalsOf(KEY, 'org')).match(/\{"value":"pcb_[^}]*\}/g);
    expect(secrets).toEqual([`{"value":"${KEY}","encrypted":true}`, `{"value":"${KEY}","encrypted":true}`]);
  });
});
