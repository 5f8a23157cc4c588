/** The inputs of a bearer token request as options of the command line, made from the one schema. */
import type { Option } from 'commander';
import { bearerTokenRequestShape, parseBearerTokenRequest } from '../bearer/request.ts';
import { BridgeError } from '../errors.ts';
import { invalidRequest } from '../validation.ts';
import { createSchemaOptions, kebab, type GivenOptions, type SecretOption } from './schema-options.ts';
import type { Terminal } from './terminal.ts';

/** Secrets, and where each comes from when no source is named; they have no option that takes the value itself. */
export const REQUEST_SECRETS = {
  clientSecret: { label: 'Client secret', variable: 'PCBRIDGE_CLIENT_SECRET' },
  password: { label: 'Password', variable: 'PCBRIDGE_PASSWORD' },
  privateKey: { label: 'Private key (PEM)', variable: 'PCBRIDGE_PRIVATE_KEY' },
} as const satisfies Record<string, SecretOption>;

type SecretField = keyof typeof REQUEST_SECRETS;

/** The proxy's password is in its address: the address may come from the environment instead. */
export const REQUEST_VARIABLES = { proxyUri: 'PCBRIDGE_PROXY_URI', clientId: 'PCBRIDGE_CLIENT_ID' } as const;

const REQUEST_OPTIONS = createSchemaOptions({
  shape: bearerTokenRequestShape,
  secrets: REQUEST_SECRETS,
  variables: REQUEST_VARIABLES,
});

const NEEDED_SECRETS: Record<string, readonly SecretField[]> = {
  client_credentials: ['clientSecret'],
  password: ['clientSecret', 'password'],
  'urn:ietf:params:oauth:grant-type:jwt-bearer': ['privateKey'],
};

/** Secrets without which the grant cannot be sent. */
export function neededSecrets(grantType: unknown): readonly SecretField[] {
  const isNamed = typeof grantType === 'string' && grantType !== '';
  return NEEDED_SECRETS[isNamed ? grantType : 'client_credentials'] ?? [];
}

export function requestOptions(): Option[] {
  return REQUEST_OPTIONS.options();
}

/** Nobody is asked for a secret on behalf of a request that is wrong anyway. @throws BridgeError `invalid_request`. */
function checkPlain(input: Readonly<Record<string, unknown>>): void {
  try {
    parseBearerTokenRequest(input);
  } catch (error) {
    const errors = error instanceof BridgeError ? (error.options.errors ?? []) : [];
    const plain = errors.filter(({ field }) => !(field in REQUEST_SECRETS));
    if (plain.length > 0) throw invalidRequest(plain);
  }
}

/** Options as commander gives them -> input of the schema, secrets read from where they are. */
export function inputOf(given: GivenOptions, terminal: Terminal): Promise<Record<string, unknown>> {
  return REQUEST_OPTIONS.inputOf(given, terminal, {
    needed: neededSecrets(given.grantType),
    check: checkPlain,
  });
}

const SEEN = "a secret in an argument is seen by every user of this machine and kept in the shell's history.";
/** An address with a password in it, by itself or behind `--option=`. */
const PASSWORD_IN_ADDRESS = /^(?:--[a-z-]+=)?[a-z]+:\/\/[^/@\s:]*:[^/@\s]+@/i;

/** `--client-secret abc` is what people try first; the answer names the safe way. */
export function refusedSecretOption(argument: string): string | undefined {
  if (PASSWORD_IN_ADDRESS.test(argument)) {
    return `An address in an argument holds a password: ${SEEN}\nTry: the variable ${REQUEST_VARIABLES.proxyUri} for a forward proxy with user and password`;
  }
  const name = argument.split('=', 1)[0]!;
  const field = (Object.keys(REQUEST_SECRETS) as SecretField[]).find(
    (secret) => name === `--${kebab(secret)}` || (name === '--secret' && secret === 'clientSecret'),
  );
  if (field === undefined) return undefined;
  return `${name} is not an option: ${SEEN}\nTry: --${kebab(field)}-from prompt (or env:NAME, file:PATH, stdin)`;
}

const UNKNOWN_OPTION = /unknown option '(-[^-][^]*|--[^]*?)'(\n\(Did you mean [^\n]*\))?\s*$/;
const SECRET_NAME = /key|secret|token|password/i;

/** What commander says of an option that nobody knows, without what stands in it behind the name: that may be a secret. */
export function withoutUnknownValue(text: string): string {
  const [whole, option, suggestion = ''] = UNKNOWN_OPTION.exec(text) ?? [];
  if (whole === undefined || option === undefined) return text;
  const name = option.startsWith('--') ? option.split('=', 1)[0]! : option.slice(0, 2);
  const warning = name !== option || SECRET_NAME.test(name) ? `\nMind: ${SEEN}` : '';
  return `${text.slice(0, -whole.length)}unknown option '${name}'${suggestion}${warning}`;
}
