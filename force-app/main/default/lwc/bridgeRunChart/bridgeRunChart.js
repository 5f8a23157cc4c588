import { LightningElement, api } from 'lwc';
import { LABEL } from 'c/bridgeLabels';
import { dateTime, fill, number } from 'c/bridgeFormat';
import { begunAt, failedOf, processedOf } from 'c/bridgeRunFacts';
import { markOf } from 'c/bridgeWords';
const HEIGHT = 96;
const BAR = 14;
const STEP = 20;
const RUNS_MAX = 30;
/** The last runs as bars, what went well below and what failed on top; the same as a table for whoever prefers it. */
export default class BridgeRunChart extends LightningElement {
    /** The newest first, as the bridge gives them. */
    @api
    runs = [];
    label = LABEL;
    isTable = false;
    /** A dry run would count what the run after it counts again. */
    get done() {
        return this.runs.filter(({ dryRun }) => dryRun !== true);
    }
    get shown() {
        return this.done.slice(0, RUNS_MAX).toReversed();
    }
    get bars() {
        const most = Math.max(1, ...this.shown.map((run) => processedOf(run) + failedOf(run)));
        return this.shown.map((run, index) => {
            const failed = Math.round((failedOf(run) / most) * HEIGHT);
            // A run that did nothing is still a run: a line of it is seen.
            const good = Math.max(2, Math.round((processedOf(run) / most) * HEIGHT));
            const x = index * STEP;
            return {
                key: run.id,
                good: { x, y: HEIGHT - good, height: good },
                failed: { x, y: HEIGHT - good - failed, height: failed },
            };
        });
    }
    get barWidth() {
        return BAR;
    }
    get viewBox() {
        return `0 0 ${Math.max(1, this.shown.length) * STEP} ${HEIGHT}`;
    }
    get summary() {
        const failed = this.shown.filter((run) => run.status === 'Failed').length;
        const part = this.shown.filter((run) => run.status === 'Part failed').length;
        return fill(LABEL.RunChartSummary, this.shown.length, part, failed);
    }
    get rows() {
        return this.shown.toReversed().map((run) => ({
            key: run.id,
            sync: run.sync,
            at: dateTime(begunAt(run)),
            status: markOf(run.status).label,
            processed: number(processedOf(run)),
            failed: number(failedOf(run)),
        }));
    }
    get hasRuns() {
        return this.done.length > 0;
    }
    get toggleLabel() {
        return this.isTable ? LABEL.ViewAsChart : LABEL.ViewAsTable;
    }
    handleToggle() {
        this.isTable = !this.isTable;
    }
}
