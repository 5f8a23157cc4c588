import { describe, expect, test } from '@jest/globals';
import {
  CONNECTION_DEFAULTS,
  JWT_BEARER,
  OWN_ADDRESS,
  REQUEST_DEFAULTS,
  connectionGroups,
  connectionInput,
  requestGroups,
  valuesOf,
} from '../bridgeInputs';
import { fixture } from '../../../test-support/fixtures';
import type { FieldGroup } from 'c/bridgeFields';
import type { ConnectionView } from 'c/bridgeService';

const names = (groups: FieldGroup[]) => groups.flatMap(({ fields }) => fields.map(({ name }) => name));
const kindOf = (groups: FieldGroup[], name: string) =>
  groups.flatMap(({ fields }) => fields).find((field) => field.name === name)?.kind;

describe('the request form', () => {
  test('has the inputs of the shared request, over all grants', () => {
    const all = ['client_credentials', 'password', JWT_BEARER].flatMap((grantType) =>
      names(requestGroups({ ...REQUEST_DEFAULTS, grantType })),
    );
    for (const input of Object.keys(fixture<object>('requestBearerToken.request-every-input')))
      expect(all).toContain(input);
  });

  test('covers what is secret', () => {
    const groups = requestGroups({ grantType: 'password' });
    expect(kindOf(groups, 'clientSecret')).toBe('secret');
    expect(kindOf(groups, 'password')).toBe('secret');
    expect(kindOf(requestGroups({ grantType: JWT_BEARER }), 'privateKey')).toBe('longSecret');
  });

  test('asks for a user only where the grant has one', () => {
    expect(names(requestGroups({ grantType: 'client_credentials' }))).not.toContain('username');
    expect(names(requestGroups({ grantType: 'password' }))).toContain('username');
  });
});

describe('the connection form', () => {
  const stored = fixture<ConnectionView>('getConnection.purecloud');

  test('takes a region as a list for PureCloud, and addresses otherwise', () => {
    expect(names(connectionGroups(CONNECTION_DEFAULTS))).toContain('region');
    expect(names(connectionGroups(CONNECTION_DEFAULTS))).not.toContain('url');
    expect(names(connectionGroups({ ...CONNECTION_DEFAULTS, region: OWN_ADDRESS }))).toContain('url');
    expect(names(connectionGroups({ ...CONNECTION_DEFAULTS, provider: 'salesforce' }))).not.toContain(
      'region',
    );
  });

  test('keeps addresses of its own beside the region, and asks for none where the region fills them in', () => {
    expect(names(connectionGroups(valuesOf(stored), stored))).not.toContain('url');
    const gateway = { ...stored, apiUrl: 'https://gateway.example.test/api' };
    const fields = connectionGroups(valuesOf(gateway), gateway).flatMap((group) => group.fields);
    const addresses = fields.filter(({ name }) => name === 'url' || name === 'apiUrl');
    expect(addresses.map(({ name, isRequired }) => [name, isRequired])).toEqual([
      ['url', false],
      ['apiUrl', false],
    ]);
  });

  test('asks for the security token for a Salesforce password alone', () => {
    const values = { provider: 'salesforce', grantType: 'password' };
    expect(names(connectionGroups(values))).toContain('securityToken');
    expect(names(connectionGroups({ ...values, provider: 'other' }))).not.toContain('securityToken');
  });

  test('asks for no secret that the bridge holds', () => {
    const field = connectionGroups(valuesOf(stored), stored)
      .flatMap(({ fields }) => fields)
      .find(({ name }) => name === 'clientSecret');
    expect(field).toMatchObject({ isRequired: false, placeholder: 'Set; empty keeps it' });
  });

  test('sends the version that was read, or 0 where none may be there yet, and no region that is none', () => {
    expect(connectionInput({ region: OWN_ADDRESS, url: 'x' }, stored)).toEqual({ url: 'x', version: 1 });
    expect(connectionInput({ region: 'us_west_2' })).toEqual({ region: 'us_west_2', version: 0 });
  });
});
