/** The inputs of a bearer token request as options of the command line, made from the one schema. */
import { Option } from 'commander';
import { z } from 'zod';
import { bearerTokenRequestShape } from '../bearer/request.ts';
import type { Terminal } from './terminal.ts';
import { readSecret } from './read-secret.ts';

type Field = keyof typeof bearerTokenRequestShape;

/** Secrets, and where each comes from when no source is named; they have no option that takes the value itself. */
const SECRET_FIELDS = {
  clientSecret: { label: 'Client secret', variable: 'PCBRIDGE_CLIENT_SECRET' },
  password: { label: 'Password', variable: 'PCBRIDGE_PASSWORD' },
  privateKey: { label: 'Private key (PEM)', variable: 'PCBRIDGE_PRIVATE_KEY' },
} as const satisfies Partial<Record<Field, { label: string; variable: string }>>;

type SecretField = keyof typeof SECRET_FIELDS;

/** The proxy's password is in its address: the address may come from the environment instead. */
const VARIABLE_OF: Partial<Record<Field, string>> = {
  proxyUri: 'PCBRIDGE_PROXY_URI',
  clientId: 'PCBRIDGE_CLIENT_ID',
};

const FIELDS = Object.keys(bearerTokenRequestShape) as Field[];

export function isSecretField(field: string): field is SecretField {
  return field in SECRET_FIELDS;
}

function kebab(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function jsonSchemaOf(field: Field): { type?: string; description?: string; enum?: string[] } {
  return z.toJSONSchema(bearerTokenRequestShape[field], {
    io: 'input',
    unrepresentable: 'any',
  }) as ReturnType<typeof jsonSchemaOf>;
}

function optionOf(field: Field): Option {
  const { type, description = '', enum: choices } = jsonSchemaOf(field);
  if (isSecretField(field)) {
    return new Option(
      `--${kebab(field)}-from <source>`,
      `${SECRET_FIELDS[field].label}: env:NAME, file:PATH, stdin or prompt (default: the variable ${SECRET_FIELDS[field].variable}, then the prompt)`,
    );
  }
  if (type === 'boolean') return new Option(`--${kebab(field)}`, description);
  const option = new Option(`--${kebab(field)} <value>`, description);
  const variable = VARIABLE_OF[field];
  if (variable !== undefined) option.env(variable);
  return choices === undefined ? option : option.choices(choices);
}

export function requestOptions(): Option[] {
  return FIELDS.map(optionOf);
}

type Given = Readonly<Record<string, string | boolean | undefined>>;

const NEEDED_SECRETS: Record<string, readonly SecretField[]> = {
  client_credentials: ['clientSecret'],
  password: ['clientSecret', 'password'],
  'urn:ietf:params:oauth:grant-type:jwt-bearer': ['privateKey'],
};

/** Options as commander gives them -> input of the schema, secrets read from where they are. */
export async function inputOf(given: Given, terminal: Terminal): Promise<Record<string, unknown>> {
  const input: Record<string, unknown> = {};
  for (const field of FIELDS) {
    const value = given[field];
    if (value === undefined || isSecretField(field)) continue;
    input[field] =
      jsonSchemaOf(field).type === 'integer' && /^\d+$/.test(String(value)) ? Number(value) : value;
  }
  const needed = NEEDED_SECRETS[String(given.grantType ?? 'client_credentials')] ?? [];
  for (const field of Object.keys(SECRET_FIELDS) as SecretField[]) {
    const from = given[`${field}From`];
    if (!needed.includes(field) && from === undefined) continue;
    input[field] = await readSecret(
      { field, ...SECRET_FIELDS[field], ...(typeof from === 'string' ? { from } : {}) },
      terminal,
    );
  }
  return input;
}

/** `--client-secret abc` is what people try first; the answer names the safe way. */
export function refusedSecretOption(argument: string): string | undefined {
  const name = argument.split('=', 1)[0]!;
  const field = (Object.keys(SECRET_FIELDS) as SecretField[]).find(
    (secret) => name === `--${kebab(secret)}` || (name === '--secret' && secret === 'clientSecret'),
  );
  if (field === undefined) return undefined;
  return `${name} is not an option: a secret in an argument is seen by every user of this machine and kept in the shell's history.\nTry: --${kebab(field)}-from prompt (or env:NAME, file:PATH, stdin)`;
}
