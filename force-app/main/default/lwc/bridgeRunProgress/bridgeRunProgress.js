import { LightningElement, api } from 'lwc';
import { LABEL } from 'c/bridgeLabels';
import { duration, fill, number } from 'c/bridgeFormat';
import { doneOf } from 'c/bridgeRunFacts';
import { RUN_PHASES } from 'c/bridgeService';
const PHASES = {
    read: LABEL.PhaseRead,
    check: LABEL.PhaseCheck,
    send: LABEL.PhaseSend,
    confirm: LABEL.PhaseConfirm,
    writeBack: LABEL.PhaseWriteBack,
    done: LABEL.PhaseDone,
};
/** A fraction is worth reading only where it is slow. */
function rate(perSecond) {
    return perSecond < 10 ? perSecond : Math.round(perSecond);
}
/** How far a run is: bar, count, rate and time left. While the total is not known it counts, and shows no zero. */
export default class BridgeRunProgress extends LightningElement {
    @api
    run;
    label = LABEL;
    get isKnown() {
        return this.run?.membersTotal !== undefined;
    }
    get percent() {
        const { run } = this;
        const total = run?.membersTotal;
        if (run === undefined || total === undefined)
            return 0;
        return total === 0 ? 100 : Math.min(100, Math.round((100 * doneOf(run)) / total));
    }
    get text() {
        const { run } = this;
        if (run === undefined)
            return '';
        const isCounting = run.membersTotal === undefined && doneOf(run) === 0 && run.finishedAt === undefined;
        if (isCounting)
            return LABEL.Counting;
        const parts = run.membersTotal === undefined
            ? [fill(LABEL.MembersCount, doneOf(run))]
            : [fill(LABEL.MembersOf, doneOf(run), run.membersTotal)];
        if (run.status === 'Running' && run.ratePerSecond)
            parts.push(fill(LABEL.PerSecond, rate(run.ratePerSecond)));
        if (run.status === 'Running' && run.secondsLeft)
            parts.push(fill(LABEL.About, duration(run.secondsLeft)));
        return parts.join(' · ');
    }
    get barLabel() {
        return fill(LABEL.ProgressOf, number(this.percent), this.run?.sync ?? '');
    }
    get phases() {
        const at = RUN_PHASES.indexOf(this.run?.phase ?? 'read');
        return RUN_PHASES.filter((phase) => phase !== 'done').map((phase, index) => ({
            phase,
            label: PHASES[phase],
            current: index === at ? 'step' : undefined,
            className: index === at ? 'phase now' : 'phase',
        }));
    }
}
