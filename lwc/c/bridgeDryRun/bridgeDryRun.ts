import { LightningElement, api } from 'lwc';
import { LABEL } from 'c/bridgeLabels';
import { fill } from 'c/bridgeFormat';
import { MAY_OPERATE } from 'c/bridgeRights';
import { failureOf, isPlanStale } from 'c/bridgeRunFacts';
import { goTo } from 'c/bridgeTell';
import type { Problem, Run } from 'c/bridgeService';

/** What a run would do, from the dry run; and whether that still holds. */
export default class BridgeDryRun extends LightningElement {
  /** The last dry run of the sync. */
  @api run?: Run;
  /** When the sync was last changed, ISO 8601. */
  @api syncUpdatedAt?: string;
  @api isDisabled = false;
  label = LABEL;

  get isDone(): boolean {
    return this.run?.phase === 'done';
  }

  get isStale(): boolean {
    return this.run !== undefined && this.isDone && isPlanStale(this.run, this.syncUpdatedAt, Date.now());
  }

  get failure(): Problem | undefined {
    return this.run === undefined ? undefined : failureOf(this.run);
  }

  /** The bridge carries out no other. */
  get canRun(): boolean {
    return MAY_OPERATE && !this.isStale && this.run?.status === 'Healthy';
  }

  get plan(): string {
    const { added = 0, changed = 0, removed = 0, unchanged = 0 } = this.run?.counts ?? {};
    return fill(LABEL.PlanCounts, added, changed, removed, unchanged);
  }

  get skips(): string {
    const { skipped = 0, invalid = 0 } = this.run?.counts ?? {};
    return fill(LABEL.PlanSkips, skipped, invalid);
  }

  handleRows(): void {
    goTo(this, { tab: 'runs', name: this.run?.id ?? '' });
  }

  handleRun(): void {
    this.dispatchEvent(new CustomEvent('runplan'));
  }
}
