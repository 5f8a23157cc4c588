import { afterEach, describe, expect, jest, test } from '@jest/globals';
import BridgeProblem from '../bridgeProblem';
import { find, mount, need, settled, textOf, unmountAll } from '../../../test-support/mount';
import { fixture } from '../../../test-support/fixtures';
import type { Problem } from 'c/bridgeService';

const problem = fixture<Problem>('problem.invalid-request');

afterEach(unmountAll);

describe('a problem', () => {
  test('shows nothing where there is none', async () => {
    const element = mount('c-bridge-problem', BridgeProblem);
    await settled();
    expect(find(element, '[role="alert"]')).toBeNull();
  });

  test('says what failed, on which fields, and what to do', async () => {
    const element = mount('c-bridge-problem', BridgeProblem, { problem });
    await settled();
    const text = textOf(need(element, '[role="alert"]'));
    expect(textOf(element)).toContain(problem.title);
    expect(textOf(element)).toContain(problem.remedy);
    for (const { field } of problem.errors ?? []) expect(textOf(element)).toContain(field);
    expect(text).not.toContain('undefined');
  });

  test('does not say a thing twice', async () => {
    const element = mount('c-bridge-problem', BridgeProblem, {
      problem: { ...problem, detail: problem.title },
    });
    await settled();
    expect(textOf(element, '.body').split(problem.title)).toHaveLength(2);
  });

  test('keeps code and reference folded away until they are wanted', async () => {
    const element = mount('c-bridge-problem', BridgeProblem, { problem });
    await settled();
    expect(find(element, '[data-id="details"]')).toBeNull();
    need(element, 'lightning-button').click();
    await settled();
    expect(need(element, '[data-id="details"]').textContent).toContain(problem.code);
  });

  test('offers to try again only where that is wanted', async () => {
    const retry = jest.fn();
    const element = mount('c-bridge-problem', BridgeProblem, { problem, canRetry: true });
    element.addEventListener('retry', retry);
    await settled();
    need(element, 'lightning-button[icon-name], .actions lightning-button').click();
    expect(retry).toHaveBeenCalledTimes(1);
  });
});
