/** Where the bridge is and with which key: the options that every command on a running bridge has. */
import { isIP } from 'node:net';
import type { Command } from 'commander';
import ipaddr from 'ipaddr.js';
import { invalidRequest } from '../validation.ts';
import { Secret } from '../secret.ts';
import { createBridgeApi, type BridgeApi } from './bridge-api.ts';
import { CommandError } from './command-error.ts';
import { EXIT_CODE } from './exit-code.ts';
import { readSecret } from './read-secret.ts';
import type { Terminal } from './terminal.ts';

export interface RemoteOptions {
  url?: string;
  keyFrom?: string;
  json?: boolean;
}

export function withRemoteOptions(command: Command, { json = true }: { json?: boolean } = {}): Command {
  command
    .option('--url <url>', 'address of the bridge (default: PCBRIDGE_URL, then http://127.0.0.1:8080)')
    .option(
      '--key-from <source>',
      'API key: env:NAME, file:PATH, stdin or prompt (default: PCBRIDGE_KEY, then the prompt)',
    );
  return json ? command.option('--json', 'print JSON') : command;
}

/** Where tokens are asked for, at PureCloud or Salesforce: the key of the bridge must not go there. */
const TOKEN_ENDPOINT = /\/oauth2?\/token\/?$/;

function refuseTokenEndpoint(field: string, { pathname }: URL): void {
  if (!TOKEN_ENDPOINT.test(pathname)) return;
  throw new CommandError(`${field} is the address of the bridge, and this is a token endpoint`, {
    exitCode: EXIT_CODE.usage,
    remedy:
      'name the bridge there, and the token endpoint of a connection with --token-url; nothing was sent',
  });
}

/** The address that was named, by option or variable; undefined: none was. */
export function namedUrl({ url }: RemoteOptions, { env }: Pick<Terminal, 'env'>): string | undefined {
  const named = url ?? env.PCBRIDGE_URL;
  if (named === undefined || named === '') return undefined;
  const field = url === undefined ? 'PCBRIDGE_URL' : '--url';
  const parsed = URL.parse(named);
  if (parsed !== null) refuseTokenEndpoint(field, parsed);
  if (
    parsed !== null &&
    /^https?:$/.test(parsed.protocol) &&
    parsed.username === '' &&
    parsed.password === '' &&
    parsed.pathname === '/' &&
    !/[?#]/.test(named)
  )
    return parsed.origin;
  throw invalidRequest([
    {
      field,
      detail:
        'must be http://HOST:PORT or https://HOST, without user and password, and with no path or query behind it',
    },
  ]);
}

/** Whether a running bridge is meant by a command that also works on a store: an address is named, or a key that only a bridge takes. */
export function meansBridge(options: RemoteOptions, { env }: Pick<Terminal, 'env'>): boolean {
  return (
    namedUrl(options, { env }) !== undefined || options.keyFrom !== undefined || Boolean(env.PCBRIDGE_KEY)
  );
}

function isThisMachine(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  if (host === 'localhost') return true;
  return isIP(host) !== 0 && ipaddr.process(host).range() === 'loopback';
}

function keyOf(text: string): Secret {
  if (/^[\x21-\x7e]+$/.test(text)) return new Secret(text);
  throw invalidRequest([
    { field: 'key', detail: 'holds spaces or characters that no header carries; copy it again' },
  ]);
}

const PORT_DEFAULT = '8080';

/** Where none is named, the bridge of this machine; none listens at a PORT that is no port. */
export function bridgeUrl(options: RemoteOptions, { env }: Pick<Terminal, 'env'>): string {
  const own = (port: string) => `http://127.0.0.1:${port}`;
  return (
    namedUrl(options, { env }) ??
    (env.PORT !== undefined && /^\d+$/.test(env.PORT) && URL.canParse(own(env.PORT))
      ? own(env.PORT)
      : own(PORT_DEFAULT))
  );
}

export async function openBridgeApi(options: RemoteOptions, terminal: Terminal): Promise<BridgeApi> {
  const url = bridgeUrl(options, terminal);
  const { protocol, hostname } = new URL(url);
  if (options.keyFrom === undefined && !terminal.env.PCBRIDGE_KEY && !terminal.interactive) {
    throw new CommandError('No API key of the bridge is given', {
      exitCode: EXIT_CODE.usage,
      remedy: 'set PCBRIDGE_KEY, or say where the key is with --key-from env:NAME, file:PATH or stdin',
    });
  }
  const key = await readSecret(
    {
      field: 'key',
      label: `API key of the bridge at ${url}`,
      variable: 'PCBRIDGE_KEY',
      ...(options.keyFrom === undefined ? {} : { from: options.keyFrom }),
    },
    terminal,
  );
  if (protocol === 'http:' && !isThisMachine(hostname))
    terminal.say(`Warning: the key crosses the network to ${hostname} in plain text. Use https.`);
  return createBridgeApi({ url, key: keyOf(key.trim()) });
}
