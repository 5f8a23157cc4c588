/** The service that the page asks, answering what a test wants. */
import { jest } from '@jest/globals';
import { BridgeProblem, bridge, type Problem } from 'c/bridgeService';

type Bridge = typeof bridge;
type Answers = { [Method in keyof Bridge]?: Awaited<ReturnType<Bridge[Method]>> | BridgeProblem };

/** @throws Error for whatever a test did not say. */
export function answering(answers: Answers): { [Method in keyof Bridge]: jest.Mock } {
  for (const method of Object.keys(bridge) as (keyof Bridge)[]) {
    const answer = answers[method];
    jest.spyOn(bridge, method).mockImplementation((() => {
      if (!(method in answers)) return Promise.reject(new Error(`No test said what ${method} answers`));
      return answer instanceof BridgeProblem ? Promise.reject(answer) : Promise.resolve(answer);
    }) as never);
  }
  return bridge as unknown as { [Method in keyof Bridge]: jest.Mock };
}

export function refused(problem: Partial<Problem>): BridgeProblem {
  return new BridgeProblem({
    code: 'bridge_unreachable',
    title: 'The bridge does not answer',
    detail: 'No answer came.',
    remedy: 'Start it again.',
    retryable: true,
    ...problem,
  });
}

export const NOT_OFFERED = refused({ code: 'not_found', title: 'There is nothing here' });
