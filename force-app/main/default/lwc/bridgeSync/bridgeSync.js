import { LightningElement, api } from 'lwc';
import LightningConfirm from 'lightning/confirm';
import { LABEL } from 'c/bridgeLabels';
import { dateTime, fill } from 'c/bridgeFormat';
import { MAY_ADMINISTER, MAY_OPERATE } from 'c/bridgeRights';
import { createPoll } from 'c/bridgePoll';
import { newestFirst } from 'c/bridgeRunFacts';
import { announce, confirmDone, goTo } from 'c/bridgeTell';
import { settingsOf } from 'c/bridgeSyncInputs';
import { bridge, problemOf, } from 'c/bridgeService';
const TABS = [
    { value: 'summary', label: LABEL.TabSummary },
    { value: 'mapping', label: LABEL.TabMapping },
    { value: 'schedule', label: LABEL.TabSchedule },
    { value: 'consent', label: LABEL.TabConsent },
    { value: 'results', label: LABEL.TabResults },
];
const YES_NO = (value, otherwise) => (value ?? otherwise) ? LABEL.Yes : LABEL.No;
/** One campaign sync: what goes where, when, for whom, what comes back; and its dry run. */
export default class BridgeSync extends LightningElement {
    label = LABEL;
    tabs = TABS;
    part = 'summary';
    runs = [];
    checks = [];
    problem;
    /** Why its runs are not known, or those shown may be old. */
    runsProblem;
    isBusy = false;
    mayAdminister = MAY_ADMINISTER;
    mayOperate = MAY_OPERATE;
    current;
    poll = createPoll({ ask: () => this.askRuns(), fastestMs: 2_000, slowestMs: 30_000 });
    @api
    get sync() {
        return this.current;
    }
    set sync(sync) {
        const isOther = sync?.name !== this.current?.name;
        this.current = sync;
        if (!isOther)
            return;
        this.runs = [];
        this.checks = [];
        this.problem = undefined;
        this.runsProblem = undefined;
        if (this.isConnected)
            void this.poll.again();
    }
    connectedCallback() {
        this.poll.start();
    }
    disconnectedCallback() {
        this.poll.stop();
    }
    async askRuns() {
        const name = this.current?.name;
        if (name === undefined)
            return false;
        const runs = await bridge.runsOf(name).catch((error) => problemOf(error));
        if (name !== this.current?.name)
            return false;
        this.runsProblem = 'code' in runs ? runs : undefined;
        if ('code' in runs)
            return false;
        const hasChanged = JSON.stringify(runs) !== JSON.stringify(this.runs);
        this.runs = newestFirst(runs);
        return hasChanged;
    }
    get word() {
        const { status, paused } = this.current ?? {};
        return status ?? (paused === true ? 'Paused' : (this.lastRun?.status ?? 'Unknown'));
    }
    get lastRun() {
        return this.runs.find(({ dryRun }) => dryRun !== true);
    }
    get lastDryRun() {
        const [newest] = this.runs;
        return newest?.dryRun === true ? newest : undefined;
    }
    get isPaused() {
        return this.current?.paused === true;
    }
    get pauseLabel() {
        return this.isPaused ? LABEL.Resume : LABEL.Pause;
    }
    get summary() {
        const { current } = this;
        const all = [
            [LABEL.FieldCampaign, current?.campaignId],
            [LABEL.FieldContactList, current?.contactListName ?? current?.contactListId],
            [LABEL.FieldSalesforceConnection, current?.salesforceConnection],
            [LABEL.FieldPureCloudConnection, current?.purecloudConnection],
            [LABEL.FactFresh, dateTime(current?.freshAt)],
            [LABEL.FactLastRun, dateTime(this.lastRun?.startedAt)],
            [LABEL.FactNextRun, dateTime(current?.nextRunAt)],
            [LABEL.FactChanged, dateTime(current?.updatedAt)],
        ];
        return all.flatMap(([label, value]) => (value ? [{ label, value }] : []));
    }
    get columns() {
        const { columns = [], phones = [] } = this.current ?? {};
        return [
            ...phones.map(({ field, column, type }) => ({
                key: `phone ${column}`,
                cells: [field, column, fill(LABEL.PhoneType, type ?? '')],
            })),
            ...columns.map(({ field, column }) => ({ key: column, cells: [field, column, LABEL.TextType] })),
        ];
    }
    get results() {
        return (this.current?.results ?? []).map(({ result, memberStatus }) => ({
            key: result,
            cells: [result, memberStatus],
        }));
    }
    get schedule() {
        const { schedule, timeZone } = this.current ?? {};
        return [
            { label: LABEL.FieldSchedule, value: schedule ?? LABEL.ByHand },
            { label: LABEL.FieldTimeZone, value: timeZone ?? 'UTC' },
        ];
    }
    get consent() {
        const { excludeDoNotCall, keepBlankValues, memberStatuses, defaultCountry } = this.current ?? {};
        return [
            { label: LABEL.FieldExcludeDoNotCall, value: YES_NO(excludeDoNotCall, true) },
            { label: LABEL.FieldKeepBlankValues, value: YES_NO(keepBlankValues, true) },
            { label: LABEL.FieldMemberStatuses, value: memberStatuses?.join(', ') ?? LABEL.All },
            { label: LABEL.FieldDefaultCountry, value: defaultCountry ?? LABEL.NotSet },
        ];
    }
    get resultFields() {
        const { lastResult, lastAttempt } = this.current?.resultFields ?? {};
        return [
            { label: LABEL.FieldLastResult, value: lastResult ?? LABEL.NotSet },
            { label: LABEL.FieldLastAttempt, value: lastAttempt ?? LABEL.NotSet },
        ];
    }
    get partFacts() {
        switch (this.part) {
            case 'summary':
                return this.summary;
            case 'schedule':
                return this.schedule;
            case 'consent':
                return this.consent;
            case 'results':
                return this.resultFields;
            default:
                return [];
        }
    }
    get hasFacts() {
        return this.partFacts.length > 0;
    }
    get partTable() {
        if (this.part === 'mapping') {
            const heads = [LABEL.ColumnField, LABEL.ColumnColumn, LABEL.ColumnType];
            return { name: LABEL.TabMapping, heads, lines: this.columns };
        }
        if (this.part !== 'results')
            return undefined;
        const heads = [LABEL.ColumnWrapUp, LABEL.ColumnMemberStatus];
        return { name: LABEL.TabResults, heads, lines: this.results };
    }
    get isMapping() {
        return this.part === 'mapping';
    }
    get isChecked() {
        return this.checks.length > 0;
    }
    async handleCheck() {
        const { name = '' } = this.current ?? {};
        const result = await this.attempt(name, () => bridge.checkSync(name), LABEL.MappingChecked);
        if (name === this.current?.name)
            this.checks = result?.checks ?? [];
    }
    handleRetry() {
        return this.poll.again();
    }
    handlePart({ detail }) {
        this.part = detail.value;
    }
    async handleDryRun() {
        const started = await this.start({ dryRun: true }, LABEL.DryRunStarted);
        if (started !== undefined)
            await this.poll.again();
    }
    async handleRun() {
        await this.startAndFollow({ dryRun: false });
    }
    /** The bridge refuses a plan that does not hold any more. */
    async handleRunPlan() {
        const planOf = this.lastDryRun?.id;
        if (planOf !== undefined)
            await this.startAndFollow({ planOf });
    }
    async startAndFollow(input) {
        const started = await this.start(input, LABEL.RunStarted);
        if (started !== undefined)
            goTo(this, { tab: 'runs', name: started.id });
    }
    start(input, done) {
        const { name = '' } = this.current ?? {};
        return this.attempt(name, () => bridge.startRun(name, input), done);
    }
    /** A sync is written as a whole: everything that was read goes back. */
    async handlePause() {
        const { current } = this;
        if (current === undefined)
            return;
        const { name } = current;
        const paused = !this.isPaused;
        await this.attempt(name, () => bridge.saveSync(name, { ...settingsOf(current), paused }), paused ? LABEL.SyncPaused : LABEL.SyncResumed);
    }
    async handleRemove() {
        const { name = '' } = this.current ?? {};
        const isSure = await LightningConfirm.open({
            label: fill(LABEL.RemoveTitle, name),
            message: LABEL.RemoveSyncDetail,
            theme: 'warning',
        });
        if (!isSure) {
            this.returnTo('lightning-button-menu');
            return;
        }
        const isDone = await this.attempt(name, () => bridge.removeSync(name).then(() => true), LABEL.SyncRemoved);
        if (isDone)
            this.dispatchEvent(new CustomEvent('removed', { detail: { name } }));
    }
    handleEdit() {
        this.dispatchEvent(new CustomEvent('edit'));
    }
    /** Whoever leaves the question is where it was asked. */
    returnTo(selector) {
        this.template.querySelector(selector)?.focus();
    }
    handleMenu(event) {
        if (event.detail.value === 'edit')
            this.handleEdit();
        else
            void this.handleRemove();
    }
    /** @param name of the sync that it is about; another may be looked at by the time of the answer. */
    async attempt(name, act, done) {
        this.isBusy = true;
        this.problem = undefined;
        try {
            const answer = await act();
            confirmDone(this, fill(done, name));
            announce(this, fill(done, name));
            this.dispatchEvent(new CustomEvent('changed'));
            return answer;
        }
        catch (error) {
            if (name === this.current?.name)
                this.problem = problemOf(error);
            return undefined;
        }
        finally {
            this.isBusy = false;
        }
    }
}
