import { createLooking } from 'c/bridgeLook';
import { createPoll } from 'c/bridgePoll';
import { bridge } from 'c/bridgeService';
import BridgeStoredList from 'c/bridgeStoredList';
/** Every campaign sync, and the one that is looked at or changed. */
export default class BridgeSyncs extends BridgeStoredList {
    connections = [];
    looking = createLooking(bridge.syncs, (look) => this.show(look), (syncs) => syncs.map(({ name, status, version }) => [name, status, version]));
    poll = createPoll({
        ask: () => this.looking.again(),
        fastestMs: 2_000,
        slowestMs: 60_000,
    });
    connectedCallback() {
        super.connectedCallback();
        void this.askConnections();
    }
    /** Without them the form still takes their names. */
    async askConnections() {
        this.connections = await bridge.connections().catch(() => []);
    }
    get items() {
        return this.all.map(({ name, status, paused, contactListName, contactListId }) => ({
            name,
            note: contactListName ?? contactListId,
            word: status ?? (paused === true ? 'Paused' : undefined),
        }));
    }
}
