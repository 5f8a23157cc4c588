import { LightningElement, api } from 'lwc';
import { LABEL } from 'c/bridgeLabels';
import { duration, fill, number } from 'c/bridgeFormat';
import { doneOf } from 'c/bridgeRunFacts';
import { RUN_PHASES, type Run, type RunPhase } from 'c/bridgeService';

const PHASES: Readonly<Record<RunPhase, string>> = {
  read: LABEL.PhaseRead,
  check: LABEL.PhaseCheck,
  send: LABEL.PhaseSend,
  confirm: LABEL.PhaseConfirm,
  writeBack: LABEL.PhaseWriteBack,
  done: LABEL.PhaseDone,
};

/** How far a run is: bar, count, rate and time left. While the total is not known it counts, and shows no zero. */
export default class BridgeRunProgress extends LightningElement {
  @api run?: Run;
  label = LABEL;

  get isKnown(): boolean {
    return this.run?.membersTotal !== undefined;
  }

  get percent(): number {
    const { run } = this;
    const total = run?.membersTotal;
    if (run === undefined || total === undefined) return 0;
    return total === 0 ? 100 : Math.min(100, Math.round((100 * doneOf(run)) / total));
  }

  get text(): string {
    const { run } = this;
    if (run === undefined) return '';
    if (run.membersTotal === undefined) return LABEL.Counting;
    const parts = [fill(LABEL.MembersOf, doneOf(run), run.membersTotal)];
    if (run.status === 'Running' && run.ratePerSecond) parts.push(fill(LABEL.PerSecond, run.ratePerSecond));
    if (run.status === 'Running' && run.secondsLeft) parts.push(fill(LABEL.About, duration(run.secondsLeft)));
    return parts.join(' · ');
  }

  get barLabel(): string {
    return fill(LABEL.ProgressOf, number(this.percent), this.run?.sync ?? '');
  }

  get phases(): readonly object[] {
    const at = RUN_PHASES.indexOf(this.run?.phase ?? 'read');
    return RUN_PHASES.filter((phase) => phase !== 'done').map((phase, index) => ({
      phase,
      label: PHASES[phase],
      current: index === at ? 'step' : undefined,
      className: index === at ? 'phase now' : 'phase',
    }));
  }
}
