import { LightningElement, api } from 'lwc';
import { LABEL } from 'c/bridgeLabels';
import { number } from 'c/bridgeFormat';
import { EXIT_PATHS } from 'c/bridgeService';
import { exitMark } from 'c/bridgeWords';
const WIDTH = 100;
/** How the last sign-ins ended: a table whose bars are drawn beside their numbers, so that it reads the same without them. */
export default class BridgeExitChart extends LightningElement {
    /** Of the activity; only token requests are counted. */
    @api
    entries = [];
    label = LABEL;
    get requests() {
        return this.entries.filter(({ kind }) => kind === 'tokenRequest');
    }
    get hasRequests() {
        return this.requests.length > 0;
    }
    get rows() {
        const counts = EXIT_PATHS.map((path) => this.requests.filter(({ result }) => result === path).length);
        const most = Math.max(1, ...counts);
        return EXIT_PATHS.map((path, index) => {
            const count = counts[index] ?? 0;
            return {
                key: path,
                path,
                mark: exitMark(path),
                count: number(count),
                bar: Math.round((count / most) * WIDTH),
                barClass: path === 'Success' ? 'good' : 'failed',
            };
        });
    }
}
