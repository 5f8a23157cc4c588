import { describe, expect, test } from '@jest/globals';
import { checkMark, exitMark, markOf, stepMark, worstOf } from '../bridgeWords';
import { EXIT_PATHS, type StatusWord } from 'c/bridgeService';

const WORDS: StatusWord[] = [
  'Healthy',
  'Running',
  'Paused',
  'Late',
  'Part failed',
  'Failed',
  'Action needed',
  'Unknown',
];

describe('the eight words', () => {
  test('each have an icon and a label of their own', () => {
    const marks = WORDS.map(markOf);
    expect(new Set(marks.map(({ icon }) => icon)).size).toBe(8);
    expect(marks.map(({ label }) => label)).toEqual(WORDS);
  });

  test('are Unknown where a newer bridge says something else', () => {
    expect(markOf('Sleeping').label).toBe('Unknown');
    expect(markOf(undefined).label).toBe('Unknown');
  });

  test.each([
    [['Healthy', 'Action needed', 'Failed'], 'Action needed'],
    [['Healthy', 'Late'], 'Late'],
    [['Unknown', 'Healthy'], 'Healthy'],
    [[], 'Unknown'],
  ] as [StatusWord[], StatusWord][])('of %j the one to know is %s', (words, worst) => {
    expect(worstOf(words)).toBe(worst);
  });
});

test('exit paths, checks and steps all have icon and label, and unknown ones a fallback', () => {
  const marks = [
    ...EXIT_PATHS.map(exitMark),
    ...(['ok', 'warning', 'failed', 'notRun'] as const).map(checkMark),
    ...(['done', 'todo', 'failed', 'unknown'] as const).map(stepMark),
    checkMark('other' as never),
    stepMark('other' as never),
    exitMark('other'),
  ];
  for (const { icon, label } of marks) {
    expect(icon).toMatch(/^utility:/);
    expect(label).not.toBe('');
  }
});
