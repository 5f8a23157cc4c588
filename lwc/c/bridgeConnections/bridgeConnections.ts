import { LightningElement, api } from 'lwc';
import { LABEL } from 'c/bridgeLabels';
import { showDetail } from 'c/bridgeColumns';
import { fill } from 'c/bridgeFormat';
import { MAY_ADMINISTER } from 'c/bridgeRights';
import { NOTHING_YET, createLooking, type Look } from 'c/bridgeLook';
import { createPoll } from 'c/bridgePoll';
import { providerLabel } from 'c/bridgeInputs';
import { bridge, type BridgeStatus, type ConnectionStatus, type ConnectionView } from 'c/bridgeService';

/** Every connection, and the one that is looked at or changed. */
export default class BridgeConnections extends LightningElement {
  label = LABEL;
  list: Look<readonly ConnectionView[]> = NOTHING_YET;
  status: Look<BridgeStatus> = NOTHING_YET;
  form: 'none' | 'new' | 'edit' = 'none';
  mayAdminister = MAY_ADMINISTER;
  /** As it was when the form opened: what is asked for meanwhile must not wipe what is typed. */
  edited?: ConnectionView | undefined;
  private chosen?: string | undefined;
  /** What was just saved, until the list is read again. */
  private saved?: string | undefined;

  private readonly lookingAtList = createLooking(bridge.connections, (look) => this.show(look));
  private readonly lookingAtStatus = createLooking(
    bridge.status,
    (look) => (this.status = look),
    ({ connections }) => connections.map(({ name, status }) => [name, status]),
  );
  private readonly poll = createPoll({ ask: () => this.ask(), fastestMs: 2_000, slowestMs: 60_000 });

  /** The connection to show first. */
  @api
  get selectedName(): string | undefined {
    return this.chosen;
  }

  set selectedName(name: string | undefined) {
    if (name !== undefined) this.chosen = name;
  }

  connectedCallback(): void {
    this.poll.start();
  }

  disconnectedCallback(): void {
    this.poll.stop();
  }

  private async ask(): Promise<boolean> {
    return (await Promise.all([this.lookingAtList.again(), this.lookingAtStatus.again()])).includes(true);
  }

  /** Chosen once: a list that grows or shrinks meanwhile does not move what is looked at. */
  private show(look: Look<readonly ConnectionView[]>): void {
    this.list = look;
    this.chosen ??= this.connections[0]?.name;
  }

  get connections(): readonly ConnectionView[] {
    return this.list.data ?? [];
  }

  /** Without the list there is no place for a form. */
  get isOffered(): boolean {
    return this.list.data !== undefined && this.mayAdminister;
  }

  get isEmpty(): boolean {
    return this.connections.length === 0;
  }

  get selected(): ConnectionView | undefined {
    return this.connections.find(({ name }) => name === this.chosen);
  }

  /** Of a list that could not be read nobody knows what is missing. */
  get gone(): string | undefined {
    const { chosen, selected } = this;
    const isKnown = this.list.problem === undefined && chosen !== undefined && chosen !== this.saved;
    return isKnown && selected === undefined ? fill(LABEL.NoLongerThere, chosen) : undefined;
  }

  get selectedStatus(): ConnectionStatus | undefined {
    return this.statusOf(this.selected?.name);
  }

  private statusOf(name: string | undefined): ConnectionStatus | undefined {
    return this.status.data?.connections.find((status) => status.name === name);
  }

  get items(): readonly object[] {
    return this.connections.map(({ name, provider }) => {
      const isSelected = name === this.selected?.name;
      return {
        name,
        provider: providerLabel(provider),
        word: this.statusOf(name)?.status,
        current: isSelected ? 'true' : undefined,
        className: isSelected ? 'item selected' : 'item',
      };
    });
  }

  get isForm(): boolean {
    return this.form !== 'none';
  }

  get isDetail(): boolean {
    return !this.isForm && !this.isEmpty;
  }

  get isFirstUse(): boolean {
    return !this.isForm && this.saved === undefined && this.isEmpty;
  }

  handleRefresh(): Promise<void> {
    return this.poll.again();
  }

  handleSelect(event: Event): void {
    this.chosen = (event.currentTarget as HTMLElement).dataset.name;
    this.form = 'none';
    setTimeout(() => showDetail(this.template!));
  }

  handleNew(): void {
    this.open('new');
  }

  handleEdit(): void {
    this.open('edit');
  }

  private open(form: 'new' | 'edit'): void {
    this.form = form;
    this.edited = form === 'edit' ? this.selected : undefined;
    setTimeout(() => this.template!.querySelector<HTMLElement>('c-bridge-connection-form')?.focus());
  }

  async handleSaved({ detail }: CustomEvent<{ name: string }>): Promise<void> {
    this.form = 'none';
    this.chosen = this.saved = detail.name;
    await this.poll.again();
    this.saved = undefined;
    if (this.chosen === detail.name && !this.isForm) this.focusDetail();
  }

  handleCancel(): void {
    this.form = 'none';
    this.focusDetail();
  }

  private focusDetail(): void {
    setTimeout(() => {
      const item = this.template!.querySelector<HTMLElement>('.selected');
      (item ?? this.template!.querySelector<HTMLElement>('[data-id="new"]'))?.focus();
    });
  }

  async handleRemoved({ detail }: CustomEvent<{ name: string }>): Promise<void> {
    await this.poll.again();
    if (detail.name === this.chosen)
      this.chosen = this.connections.find(({ name }) => name !== detail.name)?.name;
    this.focusDetail();
  }
}
