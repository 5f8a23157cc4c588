import { LightningElement } from 'lwc';
import { LABEL } from 'c/bridgeLabels';
import { problemOf, type Problem } from 'c/bridgeService';
import { send } from '../../apex-adapter.ts';
import { isSendable, signIn } from '../../bridge-key.ts';

const NO_KEY: Problem = {
  code: 'invalid_request',
  title: LABEL.NoKeyTitle,
  detail: LABEL.NoKeyDetail,
  remedy: LABEL.NoKeyRemedy,
  retryable: false,
};

/** Takes the bridge key, which stays in memory: leaving or reloading the page forgets it. */
export default class SignIn extends LightningElement {
  label = LABEL;
  problem: Problem | undefined;
  isBusy = false;

  handleKeyDown(event: KeyboardEvent): void {
    if (event.key === 'Enter') void this.handleSignIn();
  }

  async handleSignIn(): Promise<void> {
    const input = this.template!.querySelector<HTMLInputElement>('[data-id="key"]')!;
    if (this.isBusy || !input.reportValidity()) return;
    const key = input.value.trim();
    this.problem = isSendable(key) ? undefined : NO_KEY;
    if (this.problem !== undefined) return;
    this.isBusy = true;
    const session = { key };
    try {
      await send({ method: 'GET', path: '/v1/connections' }, session);
      signIn(session);
      input.value = '';
      this.dispatchEvent(new CustomEvent('signedin'));
    } catch (error) {
      this.problem = problemOf(error);
    } finally {
      this.isBusy = false;
    }
  }
}
