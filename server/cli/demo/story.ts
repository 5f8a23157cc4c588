/** The demo's story: two tokens, three failures, many callers, a campaign, all real; each step says what it does before it does it. */
import { parseBearerTokenRequest } from '../../bearer/request.ts';
import { wireView } from '../../bearer/wire-view.ts';
import type { BearerTokenAnswer } from '../../bearer/answer.ts';
import type { Diagnosis } from '../../diagnosis/facts.ts';
import { DEMO_PURECLOUD_CLIENT } from '../../../sandbox/purecloud/create-purecloud-sandbox.ts';
import {
  DEMO_SALESFORCE_APP,
  DEMO_SALESFORCE_USER,
} from '../../../sandbox/salesforce/create-salesforce-sandbox.ts';
import type { RunningSandbox } from '../../../sandbox/start-sandbox.ts';
import type { Run } from '../run-schema.ts';
import { wrapped } from '../terminal.ts';
import { tellOfConnections } from './connection-story.ts';
import { tellOfCampaign } from './campaign-story.ts';
import { heading, STORY_WIDTH, type Stage } from './stage.ts';

type Input = Record<string, unknown>;

/** What an Apex developer sends after reading the documentation, word for word. */
const FOUNDING_CASE = `HttpRequest req = new HttpRequest();
req.setEndpoint('https://login.mypurecloud.com/oauth/token');
req.setMethod('POST');
req.setHeader('grant_type', 'client_credentials');
req.setHeader('Authorization', 'Basic BASE64(' + clientId + ':' + clientSecret + ')');
HttpResponse res = new Http().send(req);`;

function showDiagnosis({ terminal }: Stage, diagnosis: Diagnosis): void {
  terminal.data(wrapped(`Diagnosis: ${diagnosis.title} (${diagnosis.code})`, '    ', STORY_WIDTH));
  terminal.data(wrapped(`Most likely: ${diagnosis.causes[0] ?? ''}`, '    ', STORY_WIDTH));
  terminal.data(wrapped(`Remedy: ${diagnosis.remedy}`, '    ', STORY_WIDTH));
}

function showAnswer(stage: Stage, answer: BearerTokenAnswer): void {
  const { terminal } = stage;
  const status = answer.upstreamStatus === undefined ? '' : `, HTTP ${answer.upstreamStatus}`;
  const style = answer.exitPath === 'Success' ? 'green' : 'yellow';
  terminal.data(`  -> ${terminal.paint(style, answer.exitPath)}${status}, ${answer.durationMs} ms`);
  if (answer.bearerAccessToken !== undefined) {
    const { bearerAccessToken: token, expiresInSeconds } = answer;
    const life =
      expiresInSeconds === undefined
        ? 'its life is not told: Salesforce never does'
        : `for ${expiresInSeconds} s`;
    terminal.data(
      `     ${answer.tokenType} token ${token.slice(0, 6)}… (${token.length} characters), ${life}`,
    );
  }
  if (answer.diagnosis !== undefined) showDiagnosis(stage, answer.diagnosis);
}

async function run(stage: Stage, input: Input, showWire: boolean): Promise<void> {
  if (showWire) {
    stage.terminal.data('  On the wire, secrets masked:');
    for (const line of await wireView(parseBearerTokenRequest(input), Date.now()))
      stage.terminal.data(`    | ${line}`);
  }
  const { body } = await stage.bridge.ask('POST', '/v1/bearer-token-requests', input);
  showAnswer(stage, body as unknown as BearerTokenAnswer);
}

export function pureCloudInput({ purecloud }: RunningSandbox): Input {
  return {
    url: purecloud.tokenUrl,
    clientId: DEMO_PURECLOUD_CLIENT.id,
    clientSecret: DEMO_PURECLOUD_CLIENT.secret,
  };
}

function salesforceInput({ salesforce }: RunningSandbox): Input {
  return {
    url: salesforce.tokenUrl,
    grantType: 'password',
    clientId: DEMO_SALESFORCE_APP.clientId,
    clientSecret: DEMO_SALESFORCE_APP.clientSecret,
    username: DEMO_SALESFORCE_USER.username,
    password: `${DEMO_SALESFORCE_USER.password}${DEMO_SALESFORCE_USER.securityToken}`,
    credentialsInBody: true,
  };
}

/** @returns the run that sent the campaign. */
export async function tellStory(stage: Stage): Promise<Run> {
  const { bridge, sandbox, terminal } = stage;
  heading(stage, '1. A PureCloud token by client credentials');
  await run(stage, pureCloudInput(sandbox), true);

  heading(stage, '2. A Salesforce token by password, credentials in the body');
  await run(stage, salesforceInput(sandbox), true);

  heading(stage, '3. Failure: the secret is wrong, or the client belongs to another region');
  await run(stage, { ...pureCloudInput(sandbox), clientSecret: 'not-the-secret' }, false);

  heading(stage, '4. Timeout: a sign-in that hangs, with one second of patience');
  sandbox.purecloud.faults.switchOn({ kind: 'slow', target: 'signIn', delayMs: 30_000, times: 1 });
  await run(stage, { ...pureCloudInput(sandbox), timeoutSeconds: 1 }, false);

  heading(stage, '5. The mistake that costs Apex developers a day, pasted for diagnosis');
  FOUNDING_CASE.split('\n').forEach((line) => terminal.data(`    | ${line}`));
  const { body } = await bridge.ask('POST', '/v1/diagnoses', {
    request: FOUNDING_CASE,
    response: 'HTTP/1.1 400 Bad Request',
  });
  for (const finding of (body.findings as Diagnosis[]).slice(0, 2)) showDiagnosis(stage, finding);

  await tellOfConnections(stage);
  return await tellOfCampaign(stage);
}
