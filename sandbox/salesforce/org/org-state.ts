/** The org between its tables and its API: who may see what, what a write does, what is counted. No HTTP. */
import { checkRow, type RowRights } from './check-row.ts';
import { createOrgData, type OrgDataOptions, type OrgTables } from './org-data.ts';
import type { Value } from './org-object.ts';
import type { OrgTable } from './org-table.ts';
import { createRowFaults, type RowError, type RowFaults } from './row-faults.ts';

export interface FieldRights {
  /** `CampaignMember.Phone` … */
  hidden?: readonly string[];
  readOnly?: readonly string[];
}

export interface ApiLimits {
  /** Calls a day. */
  max: number;
  used: number;
}

export type RowResult =
  { id: string; success: true; created: boolean } | { id?: string; success: false; error: RowError };

export interface OrgStateOptions extends OrgDataOptions {
  now: () => number;
  apiCallsMax?: number;
  /** By user name. */
  fieldRights?: Readonly<Record<string, FieldRights>>;
  /** What becomes of a status that the campaign does not have; the real org's answer is not documented. */
  unknownStatus?: 'storeDefault' | 'refuse';
}

const API_CALLS_MAX_DEFAULT = 15_000;

export class OrgState {
  readonly tables: OrgTables;
  readonly rowFaults: RowFaults = createRowFaults();
  readonly limits: ApiLimits;
  /** Bulk jobs that were started. */
  readonly bulkJobs = { query: 0, ingest: 0 };
  readonly fieldRights: Record<string, FieldRights>;
  readonly now: () => number;
  /** Deletions before this instant are forgotten: epoch milliseconds. */
  deletionsKnownFromMs: number;
  readonly #unknownStatus: 'storeDefault' | 'refuse';

  constructor(options: OrgStateOptions) {
    this.tables = createOrgData(options);
    this.limits = { max: options.apiCallsMax ?? API_CALLS_MAX_DEFAULT, used: 0 };
    this.fieldRights = { ...options.fieldRights };
    this.now = options.now;
    this.deletionsKnownFromMs = options.seededAtMs;
    this.#unknownStatus = options.unknownStatus ?? 'storeDefault';
  }

  table(name: string): OrgTable | undefined {
    const wanted = name.toLowerCase();
    return Object.values(this.tables).find(({ object }) => object.name.toLowerCase() === wanted);
  }

  isVisible(username: string, object: string, field: string): boolean {
    return this.fieldRights[username]?.hidden?.includes(`${object}.${field}`) !== true;
  }

  isWritable(username: string, object: string, field: string): boolean {
    const { hidden = [], readOnly = [] } = this.fieldRights[username] ?? {};
    return ![...hidden, ...readOnly].includes(`${object}.${field}`);
  }

  rightsOf(username: string, { object }: OrgTable): RowRights {
    return {
      isVisible: (field) => this.isVisible(username, object.name, field),
      isWritable: (field) => this.isWritable(username, object.name, field),
    };
  }

  /** Checked, not written. */
  prepareUpdate(table: OrgTable, id: string, given: Readonly<Record<string, unknown>>, username: string) {
    const row = table.rowOfSent(id);
    const refuse = (statusCode: string, message: string) => ({
      ok: false as const,
      error: { statusCode, message, fields: ['Id'] },
    });
    if (row < 0) return refuse('INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id');
    if (!table.exists(row)) return refuse('ENTITY_IS_DELETED', 'entity is deleted');
    const checked = checkRow(table, given, 'updateable', this.rightsOf(username, table));
    const error = checked.ok
      ? (this.#statusError(table, row, checked.values) ?? this.rowFaults.meet(table.idOf(row)))
      : undefined;
    if (error !== undefined) return { ok: false as const, error };
    return checked.ok ? { ok: true as const, row, values: checked.values } : checked;
  }

  /** An unknown status is replaced by the default one, without a word. */
  #statusError(table: OrgTable, row: number, values: Record<string, Value>): RowError | undefined {
    if (table !== this.tables.CampaignMember || values.Status === undefined) return undefined;
    const labels = this.statusesOf(table.value(row, 'CampaignId'));
    const known = labels.find(({ label }) => label.toLowerCase() === String(values.Status).toLowerCase());
    if (known === undefined && this.#unknownStatus === 'refuse')
      return {
        statusCode: 'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
        message: `Status: bad value for restricted picklist field: ${String(values.Status)}`,
        fields: ['Status'],
      };
    values.Status = (known ?? labels.find(({ isDefault }) => isDefault) ?? labels[0])?.label ?? values.Status;
    return undefined;
  }

  statusesOf(campaignId: Value): { label: string; isDefault: boolean }[] {
    const table = this.tables.CampaignMemberStatus;
    return Array.from({ length: table.rows }, (_, row) => row)
      .filter((row) => table.exists(row) && table.value(row, 'CampaignId') === campaignId)
      .map((row) => ({
        label: String(table.value(row, 'Label')),
        isDefault: table.value(row, 'IsDefault') === true,
      }));
  }

  update(table: OrgTable, id: string, given: Readonly<Record<string, unknown>>, username: string): RowResult {
    const prepared = this.prepareUpdate(table, id, given, username);
    if (!prepared.ok) return { id, success: false, error: prepared.error };
    table.write(prepared.row, prepared.values, this.now());
    return { id: table.idOf(prepared.row), success: true, created: false };
  }

  create(table: OrgTable, given: Readonly<Record<string, unknown>>, username: string): RowResult {
    const checked = checkRow(table, given, 'createable', this.rightsOf(username, table));
    if (!checked.ok) return { success: false, error: checked.error };
    const row = table.add(checked.values, this.now());
    return { id: table.idOf(row), success: true, created: true };
  }

  remove(table: OrgTable, id: string): RowResult {
    const row = table.rowOfSent(id);
    if (!table.exists(row)) {
      const statusCode = row < 0 ? 'INVALID_CROSS_REFERENCE_KEY' : 'ENTITY_IS_DELETED';
      return {
        id,
        success: false,
        error: { statusCode, message: statusCode.toLowerCase().replaceAll('_', ' '), fields: [] },
      };
    }
    table.remove(row, this.now());
    return { id: table.idOf(row), success: true, created: false };
  }
}
