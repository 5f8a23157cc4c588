import { describe, expect, test } from '@jest/globals';
import { XMLValidator } from 'fast-xml-parser';
import { loadMetadataTypes } from './metadata-types.ts';
import { filesOf, parseXml } from './source-files.ts';

const types = loadMetadataTypes();
const files = filesOf('**/*-meta.xml');

// Salesforce counts characters, and refuses the deployment with "data value too large".
const DESCRIPTION_MAX = 255;
const DESCRIPTION_MAX_BY_TYPE: Record<string, number> = { CustomField: 1000, CustomObject: 1000 };

describe('metadata types', () => {
  test('find what is wrong', () => {
    expect(types.faults('NamedCredential', { label: 'x', colour: 'red' }).join()).toContain(
      '<colour> is unknown',
    );
    expect(types.faults('NamedCredential', { calloutStatus: 'Sometimes' }).join()).toContain('is not one of');
    expect(types.faults('PermissionSet', { label: ['a', 'b'] }).join()).toContain('only once');
    expect(types.faults('PermissionSet', {}).join()).toContain('<label> is missing');
    expect(types.faults('Nothing', {})).toEqual(['<Nothing> is no metadata type']);
  });
});

describe('metadata', () => {
  test('is there', () => {
    expect(files.length).toBeGreaterThan(60);
  });

  test.each(files.map(({ path, text }) => [path, text]))(
    '%s is what the Metadata API takes',
    (_path, text) => {
      expect(XMLValidator.validate(text)).toBe(true);
      const { root, content } = parseXml(text);
      expect(types.faults(root, content)).toEqual([]);
    },
  );

  test.each(files.map(({ path, text }) => [path, text]))('%s has a description that fits', (_path, text) => {
    const { root, content } = parseXml(text);
    const description = content.description as string | undefined;
    expect(description?.length ?? 0).toBeLessThanOrEqual(DESCRIPTION_MAX_BY_TYPE[root] ?? DESCRIPTION_MAX);
  });

  // A deployment refuses the file with "Element … is duplicated" otherwise.
  test.each(filesOf('permissionsets/*').map(({ path, text }) => [path, text]))(
    '%s keeps elements of one name together',
    (_path, text) => {
      const names = [...text.matchAll(/^ {4}<(\w+)>/gm)].map((match) => match[1]!);
      const runs = names.filter((name, index) => name !== names[index - 1]);
      expect(runs).toEqual([...new Set(runs)]);
    },
  );
});
