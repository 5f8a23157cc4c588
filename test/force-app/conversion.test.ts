/** The package as `sf project deploy start` would send it, converted without an org. */
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { temporaryDirectory } from '../support/databases.ts';
import { ROOT, filesOf, namesOf } from './source-files.ts';

// Read when the library is loaded: it would write a log file into the home directory.
process.env.SF_DISABLE_LOG_FILE = 'true';
process.env.SF_DISABLE_TELEMETRY = 'true';
const { ComponentSet, MetadataConverter } = await import('@salesforce/source-deploy-retrieve');

const PLACEHOLDER = 'https://bridge.example.com';

async function convert(directory: string): Promise<string> {
  const components = ComponentSet.fromSource(join(ROOT, 'force-app'));
  components.sourceApiVersion = '66.0';
  const { packagePath } = await new MetadataConverter().convert(components, 'metadata', {
    type: 'directory',
    outputDirectory: directory,
    packageName: 'package',
    genUniqueDir: false,
  });
  return packagePath!;
}

async function listed(path: string): Promise<string[]> {
  return (await readdir(path, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1))
    .sort();
}

describe('conversion', () => {
  let directory: string;
  let converted: string;

  beforeAll(async () => {
    directory = await temporaryDirectory();
    converted = await convert(directory);
  }, 60_000);

  afterAll(() => rm(directory, { recursive: true, force: true }));

  test('leaves no class out', async () => {
    const classes = (await listed(join(converted, 'classes'))).filter((file) => file.endsWith('.cls'));
    expect(classes).toEqual(filesOf('classes/*.cls').map(({ path }) => path.slice('classes/'.length)));
  });

  test('brings every kind of component to its folder', async () => {
    const files = await listed(converted);
    expect(files).toEqual(
      expect.arrayContaining([
        'applications/PureCloud_Bridge.app',
        'customPermissions/PureCloud_Bridge_Administer.customPermission',
        'externalCredentials/PureCloud.externalCredential',
        'externalCredentials/PureCloud_Bridge.externalCredential',
        'flexipages/PureCloud_Bridge.flexipage',
        'labels/CustomLabels.labels',
        'namedCredentials/PureCloud.namedCredential',
        'namedCredentials/PureCloud_Bridge.namedCredential',
        'objects/Bridge_Setting__mdt.object',
        'objects/Campaign.object',
        'objects/CampaignMember.object',
        'package.xml',
        'tabs/PureCloud_Bridge.tab',
      ]),
    );
    expect(files.filter((file) => file.startsWith('permissionsets/'))).toHaveLength(
      namesOf('permissionsets/*', '.permissionset-meta.xml').length,
    );
  });

  test('lists the package at the source API version', async () => {
    const manifest = await readFile(join(converted, 'package.xml'), 'utf8');
    expect(manifest).toContain('<version>66.0</version>');
    expect(manifest).toContain('<members>PureCloud</members>');
  });
});

describe('the address of the bridge', () => {
  const credentials = ['namedCredentials', 'externalCredentials'];

  test('stands in the sources as a placeholder, which is replaced on the way to an org', async () => {
    const project = JSON.parse(await readFile(join(ROOT, 'sfdx-project.json'), 'utf8'));
    const holding = filesOf('**/*-meta.xml').filter(({ text }) => text.includes(PLACEHOLDER));
    expect(
      holding.map(({ path }) => path.split('/')[0]!).every((folder) => credentials.includes(folder)),
    ).toBe(true);
    const replaced = project.replacements.map(({ filename }: { filename: string }) => filename).sort();
    expect(holding.map(({ path }) => `force-app/main/default/${path}`).sort()).toEqual(replaced);
  });

  test('becomes what BRIDGE_URL says, and without it nothing is deployed', async () => {
    const directory = await temporaryDirectory();
    const deployed = async () => {
      const file = join(await convert(directory), 'namedCredentials/PureCloud.namedCredential');
      return /<parameterValue>(.*)<\/parameterValue>/.exec(await readFile(file, 'utf8'))?.[1];
    };
    process.env.SF_APPLY_REPLACEMENTS_ON_CONVERT = 'true'; // as a deployment does
    try {
      await expect(deployed()).rejects.toThrow('"BRIDGE_URL"');
      process.env.BRIDGE_URL = 'https://bridge.acme.test';
      expect(await deployed()).toBe('https://bridge.acme.test/proxy/purecloud');
    } finally {
      delete process.env.SF_APPLY_REPLACEMENTS_ON_CONVERT;
      delete process.env.BRIDGE_URL;
      await rm(directory, { recursive: true, force: true });
    }
  });
});
