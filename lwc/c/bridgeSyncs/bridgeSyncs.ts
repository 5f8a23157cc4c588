import { LightningElement, api } from 'lwc';
import { LABEL } from 'c/bridgeLabels';
import { showDetail } from 'c/bridgeColumns';
import { fill } from 'c/bridgeFormat';
import { MAY_ADMINISTER } from 'c/bridgeRights';
import { NOTHING_YET, createLooking, type Look } from 'c/bridgeLook';
import { createPoll } from 'c/bridgePoll';
import { bridge, type ConnectionView, type Sync } from 'c/bridgeService';

/** Every campaign sync, and the one that is looked at or changed. */
export default class BridgeSyncs extends LightningElement {
  label = LABEL;
  look: Look<readonly Sync[]> = NOTHING_YET;
  connections: readonly ConnectionView[] = [];
  form: 'none' | 'new' | 'edit' = 'none';
  edited?: Sync | undefined;
  mayAdminister = MAY_ADMINISTER;
  private chosen?: string | undefined;
  /** What was just saved, until the list is read again. */
  private saved?: string | undefined;

  private readonly looking = createLooking(
    bridge.syncs,
    (look) => this.show(look),
    (syncs) => syncs.map(({ name, status, version }) => [name, status, version]),
  );
  private readonly poll = createPoll({
    ask: () => this.looking.again(),
    fastestMs: 2_000,
    slowestMs: 60_000,
  });

  /** The sync to show first. */
  @api
  get selectedName(): string | undefined {
    return this.chosen;
  }

  set selectedName(name: string | undefined) {
    if (name !== undefined) this.chosen = name;
  }

  connectedCallback(): void {
    this.poll.start();
    void this.askConnections();
  }

  disconnectedCallback(): void {
    this.poll.stop();
  }

  /** Without them the form still takes their names. */
  private async askConnections(): Promise<void> {
    this.connections = await bridge.connections().catch(() => []);
  }

  /** Chosen once: a list that grows or shrinks meanwhile does not move what is looked at. */
  private show(look: Look<readonly Sync[]>): void {
    this.look = look;
    this.chosen ??= this.syncs[0]?.name;
  }

  get syncs(): readonly Sync[] {
    return this.look.data ?? [];
  }

  get isOffered(): boolean {
    return this.look.data !== undefined && this.mayAdminister;
  }

  get selected(): Sync | undefined {
    return this.syncs.find(({ name }) => name === this.chosen);
  }

  /** Of a list that could not be read nobody knows what is missing. */
  get gone(): string | undefined {
    const { chosen, selected } = this;
    const isKnown = this.look.problem === undefined && chosen !== undefined && chosen !== this.saved;
    return isKnown && selected === undefined ? fill(LABEL.NoLongerThere, chosen) : undefined;
  }

  get isForm(): boolean {
    return this.form !== 'none';
  }

  get isDetail(): boolean {
    return !this.isForm && this.syncs.length > 0;
  }

  get isFirstUse(): boolean {
    return !this.isForm && this.saved === undefined && this.syncs.length === 0;
  }

  get items(): readonly object[] {
    return this.syncs.map(({ name, status, paused, contactListName, contactListId }) => {
      const isSelected = name === this.selected?.name;
      return {
        name,
        list: contactListName ?? contactListId,
        word: status ?? (paused === true ? 'Paused' : undefined),
        current: isSelected ? 'true' : undefined,
        className: isSelected ? 'item selected' : 'item',
      };
    });
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
    this.open('new', undefined);
  }

  handleEdit(): void {
    this.open('edit', this.selected);
  }

  private open(form: 'new' | 'edit', edited: Sync | undefined): void {
    this.edited = edited;
    this.form = form;
    setTimeout(() => this.template!.querySelector<HTMLElement>('c-bridge-sync-form')?.focus());
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
    if (detail.name === this.chosen) this.chosen = this.syncs.find(({ name }) => name !== detail.name)?.name;
    this.focusDetail();
  }
}
