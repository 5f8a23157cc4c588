/** Every migration, in order. A new one is a file and a line here; one that was released is never edited. */
import type { Migration } from '../migrate.ts';
import { connections } from './0001-connections.ts';
import { callers } from './0002-callers.ts';
import { activity } from './0003-activity.ts';
import { tokens } from './0004-tokens.ts';
import { requestBudgets } from './0005-request-budgets.ts';
import { campaigns } from './0006-campaigns.ts';
import { webhooks } from './0007-webhooks.ts';
import { jobs } from './0008-jobs.ts';
import { usedJwts } from './0009-used-jwts.ts';
import { audit } from './0010-audit.ts';
import { whatASyncSaw } from './0011-what-a-sync-saw.ts';
import { refusedContacts } from './0012-refused-contacts.ts';
import { forgottenMembers } from './0013-forgotten-members.ts';

export const MIGRATIONS: readonly Migration[] = [
  connections,
  callers,
  activity,
  tokens,
  requestBudgets,
  campaigns,
  webhooks,
  jobs,
  usedJwts,
  audit,
  whatASyncSaw,
  refusedContacts,
  forgottenMembers,
];
