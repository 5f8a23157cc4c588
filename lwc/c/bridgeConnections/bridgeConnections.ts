import { NOTHING_YET, createLooking, type Look } from 'c/bridgeLook';
import { createPoll } from 'c/bridgePoll';
import { providerLabel } from 'c/bridgeInputs';
import { bridge, type BridgeStatus, type ConnectionStatus, type ConnectionView } from 'c/bridgeService';
import type { PickerItem } from 'c/bridgePicker';
import BridgeStoredList from 'c/bridgeStoredList';

/** Every connection, and the one that is looked at or changed. */
export default class BridgeConnections extends BridgeStoredList<ConnectionView> {
  status: Look<BridgeStatus> = NOTHING_YET;

  private readonly lookingAtList = createLooking(bridge.connections, (look) => this.show(look));
  private readonly lookingAtStatus = createLooking(
    bridge.status,
    (look) => (this.status = look),
    ({ connections }) => connections.map(({ name, status }) => [name, status]),
  );
  protected readonly poll = createPoll({ ask: () => this.ask(), fastestMs: 2_000, slowestMs: 60_000 });

  private async ask(): Promise<boolean> {
    return (await Promise.all([this.lookingAtList.again(), this.lookingAtStatus.again()])).includes(true);
  }

  get selectedStatus(): ConnectionStatus | undefined {
    return this.statusOf(this.selected?.name);
  }

  private statusOf(name: string | undefined): ConnectionStatus | undefined {
    return this.status.data?.connections.find((status) => status.name === name);
  }

  get items(): readonly PickerItem[] {
    return this.all.map(({ name, provider }) => ({
      name,
      note: providerLabel(provider),
      word: this.statusOf(name)?.status ?? 'Unknown',
    }));
  }
}
