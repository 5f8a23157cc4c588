/** The members of a schema as options of the command line; secrets as options that name where the secret is. */
import { InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { readSecret } from './read-secret.ts';
import type { Terminal } from './terminal.ts';

export interface SecretOption {
  /** Asked at the prompt: `Client secret`. */
  label: string;
  /** Variable that is read where no source is named. */
  variable: string;
}

export interface SchemaOptionsParts {
  shape: Readonly<Record<string, z.ZodType>>;
  secrets: Readonly<Record<string, SecretOption>>;
  /** Variables that an option may come from instead. */
  variables?: Readonly<Record<string, string>>;
  /** Option name where it is not the member's own in kebab case. */
  names?: Readonly<Record<string, string>>;
  /** True: `--flag false` sets a member back. */
  booleansTakeValue?: boolean;
}

export type GivenOptions = Readonly<Record<string, unknown>>;

export interface SchemaOptions {
  options(): Option[];
  /**
   * Options as commander gives them -> input of the schema.
   * @param needed Secrets that are read although no source is named.
   * @param check Looks at what is no secret, before anyone is asked for one; throws where it is wrong.
   */
  inputOf(
    given: GivenOptions,
    terminal: Terminal,
    needed: readonly string[],
    check?: (plain: Readonly<Record<string, unknown>>) => void,
  ): Promise<Record<string, unknown>>;
}

export function kebab(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

interface FieldSchema {
  type?: string;
  description?: string;
  enum?: string[];
}

const YES: ReadonlySet<string> = new Set(['true', 'yes', 'on', '1']);
const NO: ReadonlySet<string> = new Set(['false', 'no', 'off', '0']);

/** A word that is neither is no yes: some of these switch a check of certificates off. */
function toBoolean(text: string): boolean {
  const word = text.toLowerCase();
  if (YES.has(word)) return true;
  if (NO.has(word)) return false;
  throw new InvalidArgumentError('Write true or false behind it.');
}

export function createSchemaOptions(parts: SchemaOptionsParts): SchemaOptions {
  const { shape, secrets, variables = {}, names = {}, booleansTakeValue = false } = parts;
  const fields = Object.keys(shape);
  const nameOf = (field: string) => names[field] ?? kebab(field);
  /** As commander calls it: `--token-url` is `tokenUrl`. */
  const attributeOf = (field: string) =>
    nameOf(field).replace(/-([a-z])/g, (_dash, letter: string) => letter.toUpperCase());
  const schemaOf = (field: string) =>
    z.toJSONSchema(shape[field]!, { io: 'input', unrepresentable: 'any' }) as FieldSchema;

  function optionOf(field: string): Option {
    const { type, description = '', enum: choices } = schemaOf(field);
    const secret = secrets[field];
    if (secret !== undefined) {
      return new Option(
        `--${nameOf(field)}-from <source>`,
        `${secret.label}: env:NAME, file:PATH, stdin or prompt (default: the variable ${secret.variable}, then the prompt)`,
      );
    }
    if (type === 'boolean') {
      return booleansTakeValue
        ? new Option(`--${nameOf(field)} [true|false]`, description).argParser(toBoolean).preset('true')
        : new Option(`--${nameOf(field)}`, description);
    }
    const option = new Option(`--${nameOf(field)} <value>`, description);
    const variable = variables[field];
    if (variable !== undefined) option.env(variable);
    return choices === undefined ? option : option.choices(choices);
  }

  function valueOf(field: string, value: unknown): unknown {
    const isNumber = schemaOf(field).type === 'integer' && /^\d+$/.test(String(value));
    return isNumber ? Number(value) : value;
  }

  return {
    options: () => fields.map(optionOf),
    async inputOf(given, terminal, needed, check) {
      const input: Record<string, unknown> = {};
      for (const field of fields) {
        const value = given[attributeOf(field)];
        if (value !== undefined && secrets[field] === undefined) input[field] = valueOf(field, value);
      }
      check?.(input);
      for (const [field, secret] of Object.entries(secrets)) {
        const from = given[`${attributeOf(field)}From`];
        if (!needed.includes(field) && from === undefined) continue;
        input[field] = await readSecret(
          { field, ...secret, ...(typeof from === 'string' ? { from } : {}) },
          terminal,
        );
      }
      return input;
    },
  };
}
