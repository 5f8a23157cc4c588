import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import { BridgeProblem, bridge, problemOf } from '../bridgeService';
import { fixture } from '../../../test-support/fixtures';
import deleteConnection from '@salesforce/apex/BridgeConnectionController.deleteConnection';
import putConnection from '@salesforce/apex/BridgeConnectionController.putConnection';
import listActivity from '@salesforce/apex/BridgeActivityController.listActivity';
import listConnections from '@salesforce/apex/BridgeConnectionController.listConnections';

jest.mock('@salesforce/apex/BridgeConnectionController.deleteConnection', () => ({ default: jest.fn() }), {
  virtual: true,
});
jest.mock('@salesforce/apex/BridgeConnectionController.putConnection', () => ({ default: jest.fn() }), {
  virtual: true,
});
jest.mock('@salesforce/apex/BridgeConnectionController.listConnections', () => ({ default: jest.fn() }), {
  virtual: true,
});
jest.mock('@salesforce/apex/BridgeActivityController.listActivity', () => ({ default: jest.fn() }), {
  virtual: true,
});

const mocked = (method: unknown) => method as jest.Mock<(params?: object) => Promise<string>>;
const handled = (message: string) => ({
  body: { message, exceptionType: 'System.AuraHandledException' },
  status: 500,
});

beforeEach(() => void jest.clearAllMocks());

describe('the service', () => {
  test('hands over what the bridge answered', async () => {
    mocked(listConnections).mockResolvedValue(JSON.stringify(fixture('listConnections.two')));
    expect((await bridge.connections()).map(({ name }) => name)).toContain('purecloud');
  });

  test('sends an input as one text of JSON', async () => {
    const saved = fixture('putConnection.saved');
    mocked(putConnection).mockResolvedValue(JSON.stringify(saved));
    await bridge.saveConnection('purecloud', { provider: 'purecloud' });
    expect(putConnection).toHaveBeenCalledWith({ name: 'purecloud', body: '{"provider":"purecloud"}' });
  });

  test.each(['{}', ''])('takes %p for an answer without a body', async (body) => {
    mocked(deleteConnection).mockResolvedValue(body);
    await expect(bridge.removeConnection('x')).resolves.not.toThrow();
  });

  test('writes a query without what is empty', async () => {
    mocked(listActivity).mockResolvedValue('{"entries":[]}');
    await bridge.activity({ connection: 'a&b', result: '', limit: 50 });
    expect(listActivity).toHaveBeenCalledWith({ query: 'connection=a%26b&limit=50' });
  });

  test('throws the problem of the bridge with all that a person needs', async () => {
    const problem = fixture<{ code: string; remedy: string }>('problem.credential-rejected');
    mocked(listConnections).mockRejectedValue(handled(JSON.stringify(problem)));
    const error = await bridge.connections().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(BridgeProblem);
    expect((error as BridgeProblem).problem).toMatchObject({ code: problem.code, remedy: problem.remedy });
  });
});

describe('a refusal that is not of the bridge', () => {
  test.each([
    [
      'an Apex error',
      handled('You do not have access to the Apex class'),
      'You do not have access to the Apex class',
    ],
    ['JSON without a code', handled('{"a":1}'), '{"a":1}'],
    ['an Error', new Error('network'), 'network'],
    ['nothing', undefined, 'Salesforce gave no reason.'],
    ['a list of errors', { body: [{ message: 'x' }] }, 'Salesforce gave no reason.'],
  ])('is shown as it is: %s', (_name, thrown, detail) => {
    expect(problemOf(thrown)).toMatchObject({ code: 'page_error', detail, retryable: true });
  });
});
