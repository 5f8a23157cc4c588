/** What an object of the org is made of: fields, their types, and where they lead. Shapes only. */

export const FIELD_TYPES = [
  'id',
  'reference',
  'string',
  'textarea',
  'phone',
  'email',
  'picklist',
  'boolean',
  'datetime',
  'int',
] as const;
export type FieldType = (typeof FIELD_TYPES)[number];

/** A datetime is epoch milliseconds in here; it becomes text on its way out. */
export type Value = string | number | boolean | null;

export interface OrgField {
  name: string;
  type: FieldType;
  label?: string;
  length?: number;
  /** Default: false. */
  createable?: boolean;
  updateable?: boolean;
  custom?: boolean;
  /** Reference: the object it leads to, and the name of the way there (`Lead` for `LeadId`). */
  to?: string;
  relationship?: string;
  /** Default: true for everything but booleans and ids. */
  nillable?: boolean;
}

export interface OrgObject {
  name: string;
  label: string;
  keyPrefix: string;
  fields: readonly OrgField[];
}
