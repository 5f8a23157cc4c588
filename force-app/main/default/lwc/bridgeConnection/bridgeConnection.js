import { LightningElement, api } from 'lwc';
import LightningConfirm from 'lightning/confirm';
import { LABEL } from 'c/bridgeLabels';
import { dateTime, duration, fill, number, shortId } from 'c/bridgeFormat';
import { MAY_ADMINISTER, MAY_OPERATE } from 'c/bridgeRights';
import { grantLabel, ownAddresses, providerLabel, regionLabel } from 'c/bridgeInputs';
import { oauthClientsLink, setupLink } from 'c/bridgeLinks';
import { announce, confirmDone } from 'c/bridgeTell';
import { bridge, problemOf, } from 'c/bridgeService';
const SECRETS = ['clientSecret', 'password', 'securityToken', 'privateKey'];
/** One saved connection: what it is, how it is, its checks, and what can be done with it. */
export default class BridgeConnection extends LightningElement {
    /** Of the overview: status word, token, failure. */
    @api
    status;
    label = LABEL;
    checks = [];
    problem;
    isTesting = false;
    mayAdminister = MAY_ADMINISTER;
    mayOperate = MAY_OPERATE;
    current;
    /** Of the tests that were begun here: what an older one found is not shown any more. */
    turn = 0;
    @api
    get connection() {
        return this.current;
    }
    /** Checks belong to the connection that was tested. */
    set connection(connection) {
        if (connection?.name !== this.current?.name) {
            this.checks = [];
            this.problem = undefined;
            this.isTesting = false;
            this.turn += 1;
        }
        this.current = connection;
    }
    get name() {
        return this.connection?.name ?? '';
    }
    get facts() {
        const { connection, status } = this;
        if (connection === undefined)
            return [];
        const { region } = connection;
        const addresses = ownAddresses(connection);
        const all = [
            [LABEL.FieldProvider, providerLabel(connection.provider)],
            [LABEL.FieldRegion, region === undefined ? undefined : regionLabel(region)],
            [LABEL.FieldUrl, addresses.url],
            [LABEL.FieldApiUrl, addresses.apiUrl],
            [LABEL.FactSignIn, grantLabel(connection.grantType)],
            [LABEL.FieldClientId, shortId(connection.clientId)],
            [LABEL.FieldUsername, connection.username],
            [LABEL.FactSecrets, this.secretsText],
            [LABEL.FactToken, this.tokenText],
            [LABEL.FactLastUsed, dateTime(status?.lastUsedAt)],
            [LABEL.FactUsesToday, status?.usesToday === undefined ? undefined : number(status.usesToday)],
            [LABEL.FactChanged, dateTime(connection.updatedAt)],
        ];
        return all.flatMap(([label, value]) => (value ? [{ label, value }] : []));
    }
    get secretsText() {
        const { connection } = this;
        const names = { clientSecret: LABEL.FieldClientSecret, password: LABEL.FieldPassword };
        const more = { securityToken: LABEL.FieldSecurityToken, privateKey: LABEL.FieldPrivateKey };
        const set = SECRETS.filter((secret) => connection?.[`${secret}Set`] === true);
        return set.length === 0
            ? LABEL.SecretNotSet
            : set.map((secret) => fill(LABEL.SecretIsSet, { ...names, ...more }[secret])).join(', ');
    }
    get tokenText() {
        const token = this.status?.token;
        if (token === undefined)
            return '';
        if (!token.hasToken)
            return this.status?.failure === undefined ? LABEL.TokenNone : LABEL.TokenRefused;
        return token.expiresInSeconds === undefined
            ? LABEL.TokenHeld
            : fill(LABEL.TokenRenews, duration(token.expiresInSeconds));
    }
    get links() {
        const { connection } = this;
        if (connection === undefined)
            return [];
        const client = oauthClientsLink(connection);
        const setup = connection.provider === 'salesforce' ? setupLink('connectedApps') : undefined;
        const history = connection.provider === 'salesforce' ? setupLink('loginHistory') : undefined;
        return [client, setup, history].filter((link) => link !== undefined);
    }
    get failure() {
        const failure = this.status?.failure;
        // The checks below say the same, and more of it.
        const isExplained = this.checks.some(({ diagnosis }) => diagnosis !== undefined);
        if (failure?.title === undefined || isExplained)
            return undefined;
        return {
            code: failure.code ?? failure.failureClass ?? '',
            title: failure.title,
            detail: failure.isLatched ? LABEL.Latched : '',
            remedy: failure.remedy ?? '',
            retryable: !failure.isLatched,
        };
    }
    get isLatched() {
        return this.status?.failure?.isLatched === true && this.mayAdminister;
    }
    get hasChecks() {
        return this.checks.length > 0;
    }
    async handleTest() {
        const { name } = this;
        const turn = ++this.turn;
        this.isTesting = true;
        this.problem = undefined;
        this.checks = [];
        announce(this, fill(LABEL.TestStarted, name));
        try {
            const { checks } = await bridge.testConnection(name);
            if (turn === this.turn)
                this.checks = checks;
            const failed = checks.filter(({ outcome }) => outcome === 'failed').length;
            announce(this, failed === 0 ? fill(LABEL.TestPassed, name) : fill(LABEL.TestFailed, name, failed));
            this.changed();
        }
        catch (error) {
            if (turn === this.turn)
                this.problem = problemOf(error);
        }
        finally {
            if (turn === this.turn)
                this.isTesting = false;
        }
    }
    async handleReset() {
        const { name } = this;
        await this.attempt(name, () => bridge.resetConnection(name), LABEL.ConnectionReset);
    }
    async handleRemove() {
        const { name } = this;
        const isSure = await LightningConfirm.open({
            label: fill(LABEL.RemoveTitle, name),
            message: LABEL.RemoveConnectionDetail,
            theme: 'warning',
        });
        if (!isSure) {
            this.returnTo('lightning-button-menu');
            return;
        }
        const isDone = await this.attempt(name, () => bridge.removeConnection(name), LABEL.ConnectionRemoved);
        if (isDone)
            this.dispatchEvent(new CustomEvent('removed', { detail: { name } }));
    }
    /** @param name of the connection that it is about; another may be looked at by the time of the answer. */
    async attempt(name, act, done) {
        this.problem = undefined;
        try {
            await act();
            confirmDone(this, fill(done, name));
            announce(this, fill(done, name));
            this.changed();
            return true;
        }
        catch (error) {
            if (name === this.name)
                this.problem = problemOf(error);
            return false;
        }
    }
    changed() {
        this.dispatchEvent(new CustomEvent('changed'));
    }
    handleEdit() {
        this.dispatchEvent(new CustomEvent('edit'));
    }
    /** Whoever leaves the question is where it was asked. */
    returnTo(selector) {
        this.template.querySelector(selector)?.focus();
    }
    handleMenu(event) {
        if (event.detail.value === 'reset')
            void this.handleReset();
        else
            void this.handleRemove();
    }
}
