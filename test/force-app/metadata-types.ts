/**
 * Checks metadata XML against the types of the Metadata API (@salesforce/types): unknown elements, values outside an
 * enumeration, elements that may appear once, required ones that are missing. A conversion sees none of these.
 */
import { join } from 'node:path';
import ts from 'typescript';
import { ROOT } from './source-files.ts';

const DECLARATIONS = join(ROOT, 'node_modules/@salesforce/types/lib/metadata.d.ts');

function withoutNothing(type: ts.Type): ts.Type[] {
  if (!type.isUnion()) return [type];
  return type.types.filter((member) => (member.flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Null)) === 0);
}

function scalarFault(value: unknown, alternatives: readonly ts.Type[]): string | undefined {
  const text = String(value);
  const literals = alternatives.filter((type) => type.isStringLiteral()).map((type) => type.value);
  if (literals.length > 0)
    return literals.includes(text) ? undefined : `"${text}" is not one of ${literals.join(', ')}`;
  const flags = alternatives.reduce((all, type) => all | type.flags, 0);
  if (flags & ts.TypeFlags.BooleanLike)
    return /^(true|false)$/.test(text) ? undefined : `"${text}" is not a boolean`;
  if (flags & ts.TypeFlags.NumberLike)
    return /^-?\d+(\.\d+)?$/.test(text) ? undefined : `"${text}" is not a number`;
  return typeof value === 'object' ? 'text is expected' : undefined;
}

const SCALAR = ts.TypeFlags.StringLike | ts.TypeFlags.NumberLike | ts.TypeFlags.BooleanLike;

export interface MetadataTypes {
  /** What is wrong with the content of a root element; empty where nothing is. */
  faults(root: string, content: unknown): string[];
}

/** Reads the declarations once; takes about a second. */
export function loadMetadataTypes(): MetadataTypes {
  const program = ts.createProgram([DECLARATIONS], { strict: true, skipLibCheck: true, types: [] });
  const checker = program.getTypeChecker();
  const file = checker.getSymbolAtLocation(program.getSourceFile(DECLARATIONS)!)!;
  const types = new Map(checker.getExportsOfModule(file).map((symbol) => [symbol.name, symbol]));

  function elementType(type: ts.Type): ts.Type | undefined {
    const array = withoutNothing(type).find((member) => checker.isArrayType(member));
    return array === undefined ? undefined : checker.getTypeArguments(array as ts.TypeReference)[0];
  }

  function memberFaults(path: string, value: unknown, property: ts.Symbol): string[] {
    const type = checker.getTypeOfSymbol(property);
    const element = elementType(type);
    if (Array.isArray(value) && element === undefined) return [`${path}: may appear only once`];
    return [value].flat().flatMap((item) => check(path, item, element ?? type));
  }

  function check(path: string, value: unknown, type: ts.Type): string[] {
    const alternatives = withoutNothing(type);
    if (alternatives.some((member) => member.flags & ts.TypeFlags.Any)) return [];
    if (alternatives.every((member) => member.flags & SCALAR)) {
      const fault = scalarFault(value, alternatives);
      return fault === undefined ? [] : [`${path}: ${fault}`];
    }
    if (typeof value !== 'object' || value === null)
      return value === '' ? [] : [`${path}: elements are expected`];
    const properties = new Map(
      checker.getPropertiesOfType(alternatives[0]!).map((property) => [property.name, property]),
    );
    const missing = [...properties.values()]
      .filter((property) => (property.flags & ts.SymbolFlags.Optional) === 0 && property.name !== 'fullName')
      .filter(
        (property) =>
          !(property.name in value) && elementType(checker.getTypeOfSymbol(property)) === undefined,
      )
      .map((property) => `${path}: <${property.name}> is missing`);
    const members = Object.entries(value).flatMap(([name, member]) => {
      const property = properties.get(name);
      return property === undefined
        ? [`${path}: <${name}> is unknown`]
        : memberFaults(`${path}.${name}`, member, property);
    });
    return [...missing, ...members];
  }

  return {
    faults(root, content) {
      const symbol = types.get(root);
      return symbol === undefined
        ? [`<${root}> is no metadata type`]
        : check(root, content, checker.getDeclaredTypeOfSymbol(symbol));
    },
  };
}
