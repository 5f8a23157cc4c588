import { describe, expect, jest, test } from '@jest/globals';
import { carriedOver, createLooking, type Look } from '../bridgeLook';
import { refused } from '../../../test-support/bridge';

function setUp<T>(ask: () => Promise<T>, essence?: (data: T) => unknown) {
  const shown: Look<T>[] = [];
  const looking = createLooking(ask, (look) => shown.push(look), essence);
  return { looking, last: () => shown.at(-1)!, shown };
}

describe('looking', () => {
  test('says first that it is loading, then what is known and since when', async () => {
    const { looking, shown, last } = setUp(() => Promise.resolve([1]));
    expect(await looking.again()).toBe(true);
    expect(shown[0]).toEqual({ isLoading: true });
    expect(last()).toMatchObject({ data: [1], isLoading: false });
    expect(last().atMs).toBeLessThanOrEqual(Date.now());
  });

  test('keeps what was known beside the reason why nothing newer came', async () => {
    const ask = jest
      .fn<() => Promise<string>>()
      .mockResolvedValueOnce('a')
      .mockRejectedValueOnce(refused({}));
    const { looking, last } = setUp(ask);
    await looking.again();
    expect(await looking.again()).toBe(true);
    expect(last()).toMatchObject({ data: 'a', problem: { code: 'bridge_unreachable' }, isLoading: false });
  });

  test('forgets the reason with the next answer', async () => {
    const ask = jest
      .fn<() => Promise<string>>()
      .mockRejectedValueOnce(refused({}))
      .mockResolvedValueOnce('b');
    const { looking, last } = setUp(ask);
    await looking.again();
    await looking.again();
    expect(last().problem).toBeUndefined();
  });

  test('never shows an answer that a newer one has overtaken', async () => {
    const answers: ((text: string) => void)[] = [];
    const { looking, last } = setUp(() => new Promise<string>((resolve) => answers.push(resolve)));
    const [older, newer] = [looking.again(), looking.again()];
    answers[1]!('newer');
    await newer;
    answers[0]!('older');
    expect(await older).toBe(false);
    expect(last().data).toBe('newer');
  });

  test('takes seconds that run down for no change, where it is told so', async () => {
    let seconds = 60;
    const { looking } = setUp(
      () => Promise.resolve({ name: 'a', seconds: (seconds -= 1) }),
      ({ name }) => name,
    );
    expect(await looking.again()).toBe(true);
    expect(await looking.again()).toBe(false);
  });

  test('shows nothing of what it was told to forget', async () => {
    let answer = (_text: string): void => undefined;
    const { looking, shown } = setUp(() => new Promise<string>((resolve) => (answer = resolve)));
    const asking = looking.again();
    looking.forget();
    answer('old');
    await asking;
    expect(shown.every(({ data }) => data === undefined)).toBe(true);
  });
});

describe('a list that grows at its head', () => {
  const items = (...ids: string[]) => ids.map((id) => ({ id }));

  test('keeps what fell off its first page before the pages behind', () => {
    expect(carriedOver(items('3', '2'), items('5', '4', '3'), items('1'))).toEqual(items('2', '1'));
  });

  test('begins anew where nobody has seen what lies between', () => {
    expect(carriedOver(items('3', '2'), items('9', '8'), items('1'))).toBeUndefined();
  });
});
