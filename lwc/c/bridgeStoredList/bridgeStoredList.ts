import { LightningElement, api } from 'lwc';
import { LABEL } from 'c/bridgeLabels';
import { showDetail } from 'c/bridgeColumns';
import { fill } from 'c/bridgeFormat';
import { MAY_ADMINISTER } from 'c/bridgeRights';
import { NOTHING_YET, type Look } from 'c/bridgeLook';
import type { Poll } from 'c/bridgePoll';
import type BridgePicker from 'c/bridgePicker';
import type { PickerItem } from 'c/bridgePicker';

/**
 * What the lists of connections and of syncs have in common: the one that is looked at, and the form beside them. The parent hears
 * `formchange`: what is typed in a form that is open is lost with it.
 */
export default abstract class BridgeStoredList<
  Stored extends { readonly name: string },
> extends LightningElement {
  label = LABEL;
  look: Look<readonly Stored[]> = NOTHING_YET;
  form: 'none' | 'new' | 'edit' = 'none';
  mayAdminister = MAY_ADMINISTER;
  /** As it was when the form opened: what is asked for meanwhile must not wipe what is typed. */
  edited?: Stored | undefined;
  private chosen?: string | undefined;
  /** What was just saved, until the list is read again. */
  private saved?: string | undefined;

  protected abstract readonly poll: Poll;

  /** The one to show first. */
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

  /** Chosen once: a list that grows or shrinks meanwhile does not move what is looked at. */
  protected show(look: Look<readonly Stored[]>): void {
    this.look = look;
    this.chosen ??= this.all[0]?.name;
  }

  protected get all(): readonly Stored[] {
    return this.look.data ?? [];
  }

  /** Without the list there is no place for a form. */
  get isOffered(): boolean {
    return this.look.data !== undefined && this.mayAdminister;
  }

  get selected(): Stored | undefined {
    return this.all.find(({ name }) => name === this.chosen);
  }

  /** Of a list that could not be read nobody knows what is missing. */
  get gone(): string | undefined {
    const { chosen, selected } = this;
    const isKnown = this.look.problem === undefined && chosen !== undefined && chosen !== this.saved;
    return isKnown && selected === undefined ? fill(LABEL.NoLongerThere, chosen) : undefined;
  }

  get selectedItem(): string | undefined {
    return this.selected?.name;
  }

  abstract get items(): readonly PickerItem[];

  get isForm(): boolean {
    return this.form !== 'none';
  }

  get hasAny(): boolean {
    return this.all.length > 0;
  }

  get isDetail(): boolean {
    return !this.isForm && this.hasAny;
  }

  /** Out of sight beside a form, and with its filter as it was afterwards. */
  get listClass(): string {
    return this.isForm ? 'slds-hide' : '';
  }

  get isFirstUse(): boolean {
    return !this.isForm && this.saved === undefined && !this.hasAny;
  }

  handleRefresh(): Promise<void> {
    return this.poll.again();
  }

  handlePick({ detail }: CustomEvent<{ name: string }>): void {
    this.chosen = detail.name;
    this.change('none');
    setTimeout(() => showDetail(this.template!));
  }

  handleNew(): void {
    this.open('new', undefined);
  }

  handleEdit(): void {
    this.open('edit', this.selected);
  }

  private open(form: 'new' | 'edit', edited: Stored | undefined): void {
    this.edited = edited;
    this.change(form);
    setTimeout(() => this.template!.querySelector<HTMLElement>('[data-id="form"]')?.focus());
  }

  private change(form: 'none' | 'new' | 'edit'): void {
    this.form = form;
    this.dispatchEvent(new CustomEvent('formchange', { detail: { isOpen: this.isForm } }));
  }

  async handleSaved({ detail }: CustomEvent<{ name: string }>): Promise<void> {
    this.change('none');
    this.chosen = this.saved = detail.name;
    await this.poll.again();
    this.saved = undefined;
    if (this.chosen === detail.name && !this.isForm) this.focusDetail();
  }

  handleCancel(): void {
    this.change('none');
    this.focusDetail();
  }

  private focusDetail(): void {
    setTimeout(() => {
      const picker = this.template!.querySelector<HTMLElement & BridgePicker>('c-bridge-picker');
      const isFocused = picker?.focusSelected() ?? false;
      if (!isFocused) this.template!.querySelector<HTMLElement>('[data-id="new"]')?.focus();
    });
  }

  async handleRemoved({ detail }: CustomEvent<{ name: string }>): Promise<void> {
    await this.poll.again();
    if (detail.name === this.chosen) this.chosen = this.all.find(({ name }) => name !== detail.name)?.name;
    this.focusDetail();
  }
}
