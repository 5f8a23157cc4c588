/** What the OpenAPI document says of a JSON value: unknown members, missing ones, other types, values outside an enumeration. */
export interface Schema {
  $ref?: string;
  type?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  enum?: unknown[];
  anyOf?: Schema[];
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}

function isOfType(value: unknown, type: string): boolean {
  return typeOf(value) === type || (type === 'number' && typeof value === 'number');
}

/** @param open Members that the document does not name are allowed. */
export function shapeFaults(path: string, value: unknown, schema: Schema, open = false): string[] {
  if (schema.type === undefined) return [];
  if (!isOfType(value, schema.type)) return [`${path}: ${typeOf(value)} instead of ${schema.type}`];
  if (schema.enum !== undefined && !schema.enum.includes(value))
    return [`${path}: ${String(value)} is not listed`];
  if (Array.isArray(value))
    return value.flatMap((item, index) => shapeFaults(`${path}[${index}]`, item, schema.items ?? {}, open));
  if (typeof value !== 'object' || value === null) return [];
  const { properties = {}, required = [], additionalProperties } = schema;
  const members = Object.entries(value).flatMap(([name, member]) => {
    if (properties[name] !== undefined) return shapeFaults(`${path}.${name}`, member, properties[name], open);
    if (typeof additionalProperties === 'object')
      return shapeFaults(`${path}.${name}`, member, additionalProperties, open);
    return open || additionalProperties !== false ? [] : [`${path}.${name}: unknown`];
  });
  return [
    ...required.filter((name) => !(name in value)).map((name) => `${path}.${name}: missing`),
    ...members,
  ];
}
