import { createLooking } from 'c/bridgeLook';
import { createPoll } from 'c/bridgePoll';
import { bridge, type ConnectionView, type Sync } from 'c/bridgeService';
import type { PickerItem } from 'c/bridgePicker';
import BridgeStoredList from 'c/bridgeStoredList';

/** Every campaign sync, and the one that is looked at or changed. */
export default class BridgeSyncs extends BridgeStoredList<Sync> {
  connections: readonly ConnectionView[] = [];

  private readonly looking = createLooking(
    bridge.syncs,
    (look) => this.show(look),
    (syncs) => syncs.map(({ name, status, version }) => [name, status, version]),
  );
  protected readonly poll = createPoll({
    ask: () => this.looking.again(),
    fastestMs: 2_000,
    slowestMs: 60_000,
  });

  override connectedCallback(): void {
    super.connectedCallback();
    void this.askConnections();
  }

  /** Without them the form still takes their names. */
  private async askConnections(): Promise<void> {
    this.connections = await bridge.connections().catch(() => []);
  }

  get items(): readonly PickerItem[] {
    return this.all.map(({ name, status, paused, contactListName, contactListId }) => ({
      name,
      note: contactListName ?? contactListId,
      word: status ?? (paused === true ? 'Paused' : undefined),
    }));
  }
}
