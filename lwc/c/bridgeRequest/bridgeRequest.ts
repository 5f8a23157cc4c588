import { LightningElement } from 'lwc';
import { LABEL } from 'c/bridgeLabels';
import { fill } from 'c/bridgeFormat';
import { pureCloudApi } from 'c/bridgeLinks';
import { MAY_ADMINISTER } from 'c/bridgeRights';
import { bridge, problemOf, type BearerTokenAnswer, type Problem } from 'c/bridgeService';
import { announce, confirmDone, goTo } from 'c/bridgeTell';
import { exitMark } from 'c/bridgeWords';
import { PROVIDERS, REQUEST_DEFAULTS, connectionInput, forgottenSecret, requestGroups } from 'c/bridgeInputs';
import type BridgeFields from 'c/bridgeFields';
import type { FieldGroup, FieldValues } from 'c/bridgeFields';
import type BridgeRequestResult from 'c/bridgeRequestResult';

const SECRETS: readonly string[] = ['clientSecret', 'password', 'privateKey'];

/** The Bearer Token Request tool: every input, one execution, how it ended, and a connection made of it. */
export default class BridgeRequest extends LightningElement {
  label = LABEL;
  providers = PROVIDERS;
  values: FieldValues = REQUEST_DEFAULTS;
  /** One, and another when it is cleared: an input keeps the fault that stands on it for as long as it lives. */
  forms: readonly number[] = [0];
  answer?: BearerTokenAnswer | undefined;
  problem?: Problem | undefined;
  isBusy = false;
  isSaving = false;
  mayAdminister = MAY_ADMINISTER;

  get groups(): FieldGroup[] {
    return requestGroups(this.values);
  }

  get fields(): BridgeFields {
    return this.template!.querySelector<HTMLElement & BridgeFields>('c-bridge-fields')!;
  }

  handleFieldChange({ detail }: CustomEvent<{ name: string; value: FieldValues[string] }>): void {
    this.values = { ...this.values, [detail.name]: detail.value };
  }

  handleClear(): void {
    this.values = { ...REQUEST_DEFAULTS };
    this.fields.forgetSecrets();
    this.forms = this.forms.map((form) => form + 1);
    this.answer = undefined;
    this.problem = undefined;
    this.isSaving = false;
  }

  /** The secrets are on their way before the inputs are emptied, and nothing here keeps them. */
  async handleRequest(): Promise<void> {
    const { fields } = this;
    if (this.isBusy || !fields.checkValidity()) return;
    this.isBusy = true;
    this.problem = undefined;
    this.answer = undefined;
    announce(this, LABEL.RequestStarted);
    try {
      const asking = bridge.requestBearerToken(fields.collect());
      fields.forgetSecrets();
      this.show(await asking);
    } catch (error) {
      this.refuse(problemOf(error));
    } finally {
      this.isBusy = false;
    }
  }

  private show(answer: BearerTokenAnswer): void {
    this.answer = answer;
    announce(this, fill(LABEL.RequestEnded, answer.exitPath, exitMark(answer.exitPath).label));
    setTimeout(() =>
      this.template!.querySelector<HTMLElement & BridgeRequestResult>('c-bridge-request-result')?.focus(),
    );
  }

  /** Faults of fields stand on the fields; the rest beside the buttons. */
  private refuse(problem: Problem): void {
    const errors = this.fields.showFaults(problem.errors ?? []);
    this.problem = { ...problem, errors };
    const isOnField = errors.length < (problem.errors?.length ?? 0);
    if (!isOnField) setTimeout(() => this.template!.querySelector<HTMLElement>('c-bridge-problem')?.focus());
  }

  handleSaveAs(): void {
    this.isSaving = true;
  }

  handleCancelSave(): void {
    this.isSaving = false;
  }

  /** The page forgot the secrets when it sent them: they are typed once more, or the connection could not sign in. */
  private missingSecrets(collected: FieldValues): string[] {
    return this.groups
      .flatMap(({ fields }) => fields)
      .filter(({ name, isRequired }) => isRequired === true && SECRETS.includes(name))
      .map(({ name }) => name)
      .filter((name) => collected[name] === undefined);
  }

  async handleSave(): Promise<void> {
    const nameInput = this.template!.querySelector<HTMLInputElement>('[data-id="name"]')!;
    const providerInput = this.template!.querySelector<HTMLInputElement>('[data-id="provider"]')!;
    const { fields } = this;
    const missing = this.missingSecrets(fields.collect());
    if (missing.length > 0) {
      fields.showFaults(missing.map(forgottenSecret));
      return;
    }
    if (nameInput.reportValidity() === false || !fields.checkValidity()) return;
    this.isBusy = true;
    this.problem = undefined;
    try {
      const name = nameInput.value.trim();
      const provider = providerInput.value;
      const input = connectionInput(fields.collect());
      const apiUrl = provider === 'purecloud' ? pureCloudApi(String(input.url)) : undefined;
      await bridge.saveConnection(name, {
        ...input,
        provider,
        ...(apiUrl === undefined ? {} : { apiUrl }),
      });
      fields.forgetSecrets();
      confirmDone(this, fill(LABEL.ConnectionSaved, name));
      this.isSaving = false;
      goTo(this, { tab: 'connections', name });
    } catch (error) {
      this.refuse(problemOf(error));
    } finally {
      this.isBusy = false;
    }
  }
}
