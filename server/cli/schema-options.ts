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
  /** Options as commander gives them -> input of the schema. */
  inputOf(given: GivenOptions, terminal: Terminal, reading: OptionReading): Promise<Record<string, unknown>>;
  /** Members for which no option is given and a variable is set, each with that variable. */
  inVariables(given: GivenOptions, terminal: Pick<Terminal, 'env'>): FieldVariable[];
}

export interface FieldVariable {
  field: string;
  variable: string;
}

export interface OptionReading {
  /** Secrets that are read although no source is named. */
  needed: readonly string[];
  /** Looks at what is no secret, before anyone is asked for one; throws where it is wrong. */
  check?: (plain: Readonly<Record<string, unknown>>) => void;
  /** Members whose variable counts where no option is given; of secrets those in `needed`. Default: all that have one. */
  fromVariables?: readonly string[];
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

/** A blank one is the default, as it is over HTTP. */
function withChoices(option: Option, choices: readonly string[]): Option {
  option.choices(choices);
  return option.argParser((text) => {
    if (text === '' || choices.includes(text)) return text;
    throw new InvalidArgumentError(`Allowed choices are ${choices.join(', ')}.`);
  });
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
    const variable = variables[field];
    const fallback = variable === undefined ? '' : ` (default: the variable ${variable})`;
    const option = new Option(`--${nameOf(field)} <value>`, `${description}${fallback}`);
    return choices === undefined ? option : withChoices(option, choices);
  }

  function valueOf(field: string, value: unknown): unknown {
    const isNumber = schemaOf(field).type === 'integer' && /^\d+$/.test(String(value));
    return isNumber ? Number(value) : value;
  }

  /** An empty one counts as absent. */
  function ofVariable(field: string, { env }: Terminal): string | undefined {
    const variable = variables[field];
    return variable === undefined ? undefined : env[variable] || undefined;
  }

  const plain = Object.entries(variables).map(([field, variable]) => ({
    field,
    variable,
    option: attributeOf(field),
  }));
  const sealed = Object.entries(secrets).map(([field, { variable }]) => ({
    field,
    variable,
    option: `${attributeOf(field)}From`,
  }));

  return {
    options: () => fields.map(optionOf),
    inVariables: (given, { env }) =>
      [...plain, ...sealed]
        .filter(({ option, variable }) => given[option] === undefined && Boolean(env[variable]))
        .map(({ field, variable }) => ({ field, variable })),
    async inputOf(given, terminal, { needed, check, fromVariables = Object.keys(variables) }) {
      const input: Record<string, unknown> = {};
      for (const field of fields) {
        const value =
          given[attributeOf(field)] ??
          (fromVariables.includes(field) ? ofVariable(field, terminal) : undefined);
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
