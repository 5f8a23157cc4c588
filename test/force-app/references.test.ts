import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ROOT, customFields, filesOf, namesOf, parseXml, valuesOf } from './source-files.ts';

const classes = new Set(namesOf('classes/*.cls', '.cls'));
const labels = valuesOf(
  parseXml(filesOf('labels/CustomLabels.labels-meta.xml')[0]!.text).content,
  'fullName',
);
const components = new Set(filesOf('lwc/*/*.js-meta.xml').map(({ path }) => path.split('/')[1]));
const tabs = new Set(namesOf('tabs/*', '.tab-meta.xml'));
const applications = new Set(namesOf('applications/*', '.app-meta.xml'));
const flexipages = new Set(namesOf('flexipages/*', '.flexipage-meta.xml'));
const customPermissions = new Set(namesOf('customPermissions/*', '.customPermission-meta.xml'));
const fields = new Set(customFields());
const objects = new Set(namesOf('objects/*/*.object-meta.xml', '.object-meta.xml'));
const credentials = filesOf('externalCredentials/*').map(({ path, text }) => ({
  name: path.slice('externalCredentials/'.length, -'.externalCredential-meta.xml'.length),
  text,
}));
const principals = new Set(
  credentials.flatMap(({ name, text }) =>
    (parseXml(text).content.externalCredentialParameters as Record<string, string>[])
      .filter(({ parameterType }) => parameterType === 'NamedPrincipal')
      .map(({ parameterName }) => `${name}-${parameterName}`),
  ),
);

function expectKnown(names: Iterable<string>, known: { has(name: string): boolean }): void {
  expect([...names].filter((name) => !known.has(name))).toEqual([]);
}

const isOwnField = (field: string) => field.endsWith('__c');

describe('references', () => {
  test.each(filesOf('permissionsets/*').map(({ path, text }) => [path, text]))(
    '%s names only what is there',
    (_path, text) => {
      const { content } = parseXml(text);
      expectKnown(valuesOf(content.classAccesses, 'apexClass'), classes);
      expectKnown(valuesOf(content.fieldPermissions, 'field').filter(isOwnField), fields);
      expectKnown(valuesOf(content.customPermissions, 'name'), customPermissions);
      expectKnown(valuesOf(content.tabSettings, 'tab'), tabs);
      expectKnown(valuesOf(content.applicationVisibilities, 'application'), applications);
      expectKnown(valuesOf(content.customMetadataTypeAccesses, 'name'), objects);
      expectKnown(
        valuesOf(content.externalCredentialPrincipalAccesses, 'externalCredentialPrincipal'),
        principals,
      );
    },
  );

  test('every class that the page or a flow begins with is in a permission set', () => {
    const granted = new Set(
      filesOf('permissionsets/*').flatMap(({ text }) => valuesOf(parseXml(text).content, 'apexClass')),
    );
    const entryPoints = filesOf('classes/*.cls')
      .filter(({ text }) => /@(AuraEnabled|InvocableMethod)/.test(text))
      .map(({ path }) => path.slice('classes/'.length, -'.cls'.length));
    expect(entryPoints.length).toBeGreaterThan(10);
    expectKnown(entryPoints, granted);
  });

  test('the page, its tab and its app lead to one another', () => {
    for (const { text } of filesOf('tabs/*'))
      expectKnown(valuesOf(parseXml(text).content, 'flexiPage'), flexipages);
    for (const { text } of filesOf('applications/*'))
      expectKnown(
        valuesOf(parseXml(text).content, 'tabs').filter((tab) => !tab.startsWith('standard-')),
        tabs,
      );
    for (const { text } of filesOf('flexipages/*'))
      expectKnown(
        valuesOf(parseXml(text).content, 'componentName').filter((name) => !name.startsWith('flexipage:')),
        components,
      );
  });

  test('the app page shows the component of the package once it is there', () => {
    const shown = filesOf('flexipages/*').flatMap(({ text }) =>
      valuesOf(parseXml(text).content, 'componentName'),
    );
    expect(shown.includes('bridgeAdmin')).toBe(components.has('bridgeAdmin'));
  });

  test('Apex and components name only labels that are there, and each label of Apex is used', () => {
    const apex = filesOf('classes/*.cls')
      .map(({ text }) => text)
      .join('\n');
    const ofApex = [...apex.matchAll(/\bLabel\.(\w+)/g)].map((match) => match[1]!);
    const ofComponents = filesOf('lwc/**/*.js').flatMap(({ text }) =>
      [...text.matchAll(/@salesforce\/label\/c\.(\w+)/g)].map((match) => match[1]!),
    );
    expectKnown([...ofApex, ...ofComponents], new Set(labels));
    expect(labels.filter((label) => label.startsWith('Bridge_') && !ofApex.includes(label))).toEqual([]);
    expect(labels).toEqual([...new Set(labels)].sort());
  });

  test('components call only methods that a controller has', () => {
    const methods = new Set(
      filesOf('classes/*Controller.cls').flatMap(({ path, text }) => {
        const name = path.slice('classes/'.length, -'.cls'.length);
        return [...text.matchAll(/@AuraEnabled[^\n]*\n\s*public static \w+ (\w+)\(/g)].map(
          (match) => `${name}.${match[1]}`,
        );
      }),
    );
    const called = filesOf('lwc/**/*.js').flatMap(({ text }) =>
      [...text.matchAll(/@salesforce\/apex\/(\w+\.\w+)/g)].map((match) => match[1]!),
    );
    expectKnown(called, methods);
  });

  test('Apex names only fields, permissions and credentials that are there', () => {
    const apex = filesOf('classes/*.cls')
      .filter(({ path }) => !path.endsWith('BridgeFixtures.cls')) // long texts, cut anywhere
      .map(({ text }) => text)
      .join('\n');
    const ownFields = new Set([...fields].map((field) => field.split('.')[1]!));
    expectKnown(
      [...apex.matchAll(/\b\w+__c\b/g)].map(([field]) => field),
      ownFields,
    );
    expectKnown(
      [...apex.matchAll(/\b\w+__mdt\b/g)].map(([object]) => object),
      objects,
    );
    expectKnown(
      [...apex.matchAll(/'(PureCloud_Bridge_(?:Administer|Operate|View))'/g)].map((match) => match[1]!),
      customPermissions,
    );
  });

  test('every Named Credential has its External Credential, and its header names a parameter of that', () => {
    const names = new Set(credentials.map(({ name }) => name));
    for (const { text } of filesOf('namedCredentials/*'))
      expectKnown(valuesOf(parseXml(text).content, 'externalCredential'), names);
    for (const { name, text } of credentials) {
      const merged = [...text.matchAll(/\$Credential\.(\w+)\.\w+/g)].map((match) => match[1]);
      expect(merged.every((merge) => merge === name)).toBe(true);
    }
    expect(credentials.find(({ name }) => name === 'PureCloud_Bridge')?.text).toContain(
      "{!'Bearer ' &amp; $Credential.PureCloud_Bridge.ApiKey}",
    );
  });

  // The next deployment would put it back, and with it the PureCloud that is called.
  test('no record of the settings is deployed', () => {
    expect(filesOf('customMetadata/*')).toEqual([]);
  });

  test('no secret is part of the metadata', () => {
    const metadata = filesOf('**/*-meta.xml')
      .map(({ text }) => text)
      .join('\n');
    expect(metadata).not.toMatch(/pcb_[A-Za-z0-9]{8}|client_secret|<password>/i);
  });
});

describe('permission sets', () => {
  const text = (name: string) => filesOf(`permissionsets/${name}.permissionset-meta.xml`)[0]!.text;

  test('only the one for OAuth may modify all User External Credentials', () => {
    const modifying = filesOf('permissionsets/*')
      .filter(({ text }) => text.includes('<modifyAllRecords>true'))
      .map(({ path }) => path.split('/')[1]);
    expect(modifying).toEqual(['PureCloud_Bridge_OAuth_Caller.permissionset-meta.xml']);
  });

  test('each that grants the key lets its holder read User External Credentials, without which no callout leaves', () => {
    const granting = filesOf('permissionsets/*').filter(({ text }) =>
      text.includes('<externalCredentialPrincipal>'),
    );
    expect(granting).toHaveLength(5);
    for (const { text } of granting)
      expect(text).toMatch(/<allowRead>true<\/allowRead>[^]*?<object>UserExternalCredential/);
  });

  test('the user of the bridge writes results and calls nothing', () => {
    const { content } = parseXml(text('PureCloud_Bridge_Sync_User'));
    expect(valuesOf(content.fieldPermissions, 'field').filter(isOwnField)).toEqual(
      [...fields].filter((field) => field.startsWith('CampaignMember.')).sort(),
    );
    expect(valuesOf(content.classAccesses, 'apexClass')).toEqual([]);
    expect(text('PureCloud_Bridge_Sync_User')).not.toContain('externalCredentialPrincipal');
  });

  test('a viewer may neither operate nor administer', () => {
    expect(valuesOf(parseXml(text('PureCloud_Bridge_Viewer')).content.customPermissions, 'name')).toEqual([
      'PureCloud_Bridge_View',
    ]);
    expect(text('PureCloud_Bridge_Viewer')).not.toContain('<editable>true');
  });

  test('who looks or operates takes no token and makes no call of PureCloud, not even over the REST API of actions', () => {
    for (const name of ['PureCloud_Bridge_Viewer', 'PureCloud_Bridge_Operator']) {
      const granted = valuesOf(parseXml(text(name)).content.classAccesses, 'apexClass');
      expect(granted.filter((each) => /^Bridge(Token|Call)Action$/.test(each))).toEqual([]);
    }
  });
});

describe('manifest', () => {
  test('names everything that is in the package', () => {
    const { content } = parseXml(readFileSync(join(ROOT, 'manifest/package.xml'), 'utf8'));
    const types = content.types as { members: string | string[]; name: string }[];
    const members = (name: string) => [types.find((type) => type.name === name)?.members ?? []].flat().sort();
    expect(members('ApexClass')).toEqual([...classes].sort());
    expect(members('CustomField')).toEqual([...fields].sort());
    expect(members('CustomPermission')).toEqual([...customPermissions].sort());
    expect(members('PermissionSet')).toEqual(namesOf('permissionsets/*', '.permissionset-meta.xml'));
    expect(members('NamedCredential')).toEqual(namesOf('namedCredentials/*', '.namedCredential-meta.xml'));
    expect(members('ExternalCredential')).toEqual(credentials.map(({ name }) => name).sort());
    expect(content.version).toBe('66.0');
  });
});
