/** Every table and sequence that the migrations make, as far as a backup has to know them. Shapes only. */

export interface BridgeTable {
  name: string;
  /** Holds what ends by itself within a day: in no backup. */
  isPassing?: true;
}

/** In an order in which each can be filled: what is referred to comes first. */
export const BRIDGE_TABLES: readonly BridgeTable[] = [
  { name: 'connections' },
  { name: 'callers' },
  { name: 'caller_keys' },
  { name: 'activity' },
  { name: 'audit_entries' },
  { name: 'connection_tokens' },
  { name: 'login_attempts' },
  { name: 'request_budgets', isPassing: true },
  { name: 'connection_uses' },
  { name: 'syncs' },
  { name: 'sync_state' },
  { name: 'sync_contacts' },
  { name: 'runs' },
  { name: 'run_rows' },
  { name: 'forgotten_members' },
  { name: 'used_jwts', isPassing: true },
  { name: 'idempotency_keys', isPassing: true },
  { name: 'result_events' },
  { name: 'result_turns', isPassing: true },
  { name: 'sync_notices' },
];

/** Not those that belong to a column. */
export const BRIDGE_SEQUENCES = ['connection_version', 'caller_version', 'sync_version'] as const;

/** What an operator has made: a database without any of it may be written over. */
export const OWNED_TABLES = ['connections', 'syncs'] as const;
