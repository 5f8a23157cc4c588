import { LightningElement, api } from 'lwc';
import { LABEL } from 'c/bridgeLabels';
import { fill } from 'c/bridgeFormat';
import { checkMark } from 'c/bridgeWords';
import { oauthClientsLink } from 'c/bridgeLinks';
const NAMES = {
    name: LABEL.CheckName,
    tls: LABEL.CheckTls,
    clock: LABEL.CheckClock,
    signIn: LABEL.CheckSignIn,
    permissions: LABEL.CheckPermissions,
    rateRoom: LABEL.CheckRateRoom,
    campaign: LABEL.CheckCampaign,
    fields: LABEL.CheckFields,
    memberStatuses: LABEL.CheckMemberStatuses,
    contactList: LABEL.CheckContactList,
    wrapUps: LABEL.CheckWrapUps,
    results: LABEL.CheckResults,
    resultFields: LABEL.CheckResultFields,
};
/** The named checks of one connection, in order; below the one that failed, why and what to do. */
export default class BridgeChecks extends LightningElement {
    @api
    checks = [];
    /** Whose they are: for links into its provider. */
    @api
    connection;
    label = LABEL;
    get views() {
        return this.checks.map(({ name, outcome, sentence, durationMs, diagnosis, remedy }) => ({
            key: name,
            label: NAMES[name] ?? name,
            mark: checkMark(outcome),
            outcome,
            sentence,
            took: durationMs === undefined || outcome === 'notRun'
                ? ''
                : fill(LABEL.Milliseconds, Math.round(durationMs)),
            diagnosis,
            remedy: diagnosis === undefined ? remedy : undefined,
        }));
    }
    get link() {
        return this.connection === undefined ? undefined : oauthClientsLink(this.connection);
    }
}
