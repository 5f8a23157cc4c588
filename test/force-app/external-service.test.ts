import { describe, expect, test } from '@jest/globals';
import { XMLValidator } from 'fast-xml-parser';
import { describeApi } from '../../server/compose/compose-bridge.ts';
import { externalServiceFiles, forFlow } from '../../scripts/write-external-service.ts';
import { loadMetadataTypes } from './metadata-types.ts';
import { namesOf, parseXml } from './source-files.ts';

const api = describeApi() as Parameters<typeof forFlow>[0];
const files = externalServiceFiles(api);
const xml = files['externalServiceRegistrations/PureCloudBridge.externalServiceRegistration']!;

describe('the External Service registration', () => {
  test('is what the Metadata API takes', () => {
    expect(XMLValidator.validate(xml)).toBe(true);
    const { root, content } = parseXml(xml);
    expect(loadMetadataTypes().faults(root, content)).toEqual([]);
    expect(namesOf('namedCredentials/*', '.namedCredential-meta.xml')).toContain(content.namedCredential);
    expect(JSON.parse(String(content.schema))).toEqual(forFlow(api));
  });

  test('offers flows what they have use for, and no settings', () => {
    const operations = Object.values(forFlow(api).paths).flatMap((methods) =>
      Object.values(methods).map(({ operationId }) => operationId),
    );
    expect(operations).toEqual(expect.arrayContaining(['getToken', 'getStatus', 'listConnections']));
    expect(operations.join()).not.toMatch(/put|delete|caller|rotate|requestBearerToken/i);
  });

  test('keeps within what Salesforce imports: OpenAPI 3.0, no oneOf, names of Apex', () => {
    const schema = forFlow(api) as unknown as { openapi: string };
    expect(schema.openapi).toMatch(/^3\.0\./);
    const text = JSON.stringify(schema);
    expect(text).not.toMatch(/"(oneOf|anyOf|allOf|nullable)"/);
    expect(text.length).toBeLessThan(100_000);
    for (const [, id] of text.matchAll(/"operationId":"([^"]*)"/g))
      expect(id).toMatch(/^[a-z][A-Za-z0-9]{1,39}$/);
  });
});
