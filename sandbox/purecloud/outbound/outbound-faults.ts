/** Refusals of contacts and exports that can be switched on. Bookkeeping only. */
import { ApiRefusal } from './api-refusal.ts';

export class OutboundFaults {
  /** Contact id -> code with which any batch that holds it is refused. */
  readonly refusedContacts = new Map<string, string>();
  /** The next batches that are refused, whatever is in them. */
  readonly refusedBatches = { left: 0, status: 400, code: 'bad.request' };
  /** How often an export is asked for in vain; undefined: as the sandbox was made. */
  exportPolls: number | undefined;

  /** @throws ApiRefusal; which contact it was is not told, as PureCloud does not tell it. */
  meetBatch(contacts: readonly { id?: string }[]): void {
    if (this.refusedBatches.left > 0) {
      this.refusedBatches.left -= 1;
      throw new ApiRefusal(this.refusedBatches.status, this.refusedBatches.code);
    }
    const refused = contacts.find(({ id }) => id !== undefined && this.refusedContacts.has(id));
    if (refused !== undefined) throw new ApiRefusal(400, this.refusedContacts.get(refused.id!)!);
  }
}
