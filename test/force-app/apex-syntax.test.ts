import { describe, expect, test } from '@jest/globals';
import { apexSyntaxFaults } from '../support/apex-syntax.ts';
import { filesOf, namesOf } from './source-files.ts';

const classes = filesOf('classes/*.cls');

describe('Apex syntax', () => {
  test('finds what is wrong', () => {
    expect(apexSyntaxFaults('public class A { void b( { } }')).not.toEqual([]);
  });

  test.each(classes.map(({ path, text }) => [path, text]))('%s parses', (_path, text) => {
    expect(apexSyntaxFaults(text)).toEqual([]);
  });
});

describe('Apex classes', () => {
  const names = namesOf('classes/*.cls', '.cls');
  const isTestOnly = (text: string) => /^@IsTest$/m.test(text);

  test('have their metadata beside them, all at one API version', () => {
    expect(namesOf('classes/*.cls-meta.xml', '.cls-meta.xml')).toEqual(names);
    for (const { text } of filesOf('classes/*.cls-meta.xml'))
      expect(text).toContain('<apiVersion>66.0</apiVersion>');
  });

  test('each have a test class that asserts', () => {
    for (const { path, text } of classes.filter(({ text }) => !isTestOnly(text))) {
      const name = path.slice('classes/'.length, -'.cls'.length);
      const tests = classes.find((candidate) => candidate.path === `classes/${name}Test.cls`);
      expect({ name, tested: tests !== undefined }).toEqual({ name, tested: true });
      expect(tests?.text).toMatch(/\bAssert\.\w+\(/);
      expect(text).toMatch(/\bwith sharing\b/);
    }
  });

  test('say on every public member what it is', () => {
    const bare = classes.flatMap(({ path, text }) => {
      const lines = text.split('\n');
      return lines.flatMap((line, index) => {
        const isMethod = /^ {4}public [^=;]*\([^;]*\) \{$/.test(line) || /^public .*class /.test(line);
        if (!isMethod) return [];
        let before = index - 1;
        while (/^\s*(@|category=|label=|description=|iconName=|callout=|\))/.test(lines[before] ?? ''))
          before--;
        return (lines[before] ?? '').trim() === '*/' ? [] : [`${path}:${index + 1}`];
      });
    });
    // What a platform interface prescribes inside a private class of a test needs no words.
    expect(bare.filter((place) => !place.includes('Test.cls'))).toEqual([]);
  });
});
