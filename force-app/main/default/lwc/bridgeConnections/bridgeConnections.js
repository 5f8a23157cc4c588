import { NOTHING_YET, createLooking } from 'c/bridgeLook';
import { createPoll } from 'c/bridgePoll';
import { providerLabel } from 'c/bridgeInputs';
import { bridge } from 'c/bridgeService';
import BridgeStoredList from 'c/bridgeStoredList';
/** Every connection, and the one that is looked at or changed. */
export default class BridgeConnections extends BridgeStoredList {
    status = NOTHING_YET;
    lookingAtList = createLooking(bridge.connections, (look) => this.show(look));
    lookingAtStatus = createLooking(bridge.status, (look) => (this.status = look), ({ connections }) => connections.map(({ name, status }) => [name, status]));
    poll = createPoll({ ask: () => this.ask(), fastestMs: 2_000, slowestMs: 60_000 });
    async ask() {
        return (await Promise.all([this.lookingAtList.again(), this.lookingAtStatus.again()])).includes(true);
    }
    get selectedStatus() {
        return this.statusOf(this.selected?.name);
    }
    statusOf(name) {
        return this.status.data?.connections.find((status) => status.name === name);
    }
    get items() {
        return this.all.map(({ name, provider }) => ({
            name,
            note: providerLabel(provider),
            word: this.statusOf(name)?.status ?? 'Unknown',
        }));
    }
}
