/** pcbridge sync, run and forget, against a bridge with both sandboxes behind it. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { DEMO_PURECLOUD_CLIENT } from '../../sandbox/purecloud/create-purecloud-sandbox.ts';
import { DEMO_SALESFORCE_APP } from '../../sandbox/salesforce/create-salesforce-sandbox.ts';
import { startCampaignSandbox, type RunningCampaignSandbox } from '../../sandbox/start-campaign-sandbox.ts';
import { createBridgeApi, noContent, type BridgeApi } from '../../server/cli/bridge-api.ts';
import { runSchema, runsSchema, type Run } from '../../server/cli/run-schema.ts';
import type { RunningBridge } from '../../server/main.ts';
import { Secret } from '../../server/secret.ts';
import { z } from 'zod';
import { ADMIN_KEY, startTestBridge } from '../support/bridge.ts';
import { childEnvironment } from '../support/child-environment.ts';
import { runCli, type CliOptions, type CliResult } from '../support/cli.ts';

const LAUNCHER = join(import.meta.dirname, '../../server/cli/pcbridge.js');
const MEMBERS = 400;
const OTHER_CAMPAIGN_MEMBERS = 20_000;

let sandbox: RunningCampaignSandbox;
let bridge: RunningBridge;
let api: BridgeApi;
let onlySpring: string;

async function cli(args: readonly string[], { env = {}, ...options }: CliOptions = {}): Promise<CliResult> {
  return await runCli(args, {
    env: { PCBRIDGE_URL: bridge.url, PCBRIDGE_KEY: ADMIN_KEY, ...env },
    ...options,
  });
}

function runIn({ stdout }: CliResult): Run {
  return runSchema.parse(JSON.parse(stdout));
}

function settings(campaignId: string, contactListName: string) {
  return {
    salesforceConnection: 'salesforce',
    purecloudConnection: 'purecloud',
    campaignId,
    contactListName,
    columns: [{ field: 'LastName', column: 'Last name' }],
    phones: [{ field: 'Phone', column: 'Phone', type: 'Work' }],
    results: [{ result: 'Interested', memberStatus: 'Interested' }],
    schedule: '0 3 1 1 *',
  };
}

beforeAll(async () => {
  const campaigns = [
    { name: 'Spring', members: MEMBERS },
    { name: 'Large', members: OTHER_CAMPAIGN_MEMBERS },
  ];
  sandbox = await startCampaignSandbox({ org: { campaigns }, purecloud: { requestsPerMinute: Infinity } });
  bridge = await startTestBridge();
  api = createBridgeApi({ url: bridge.url, key: new Secret(ADMIN_KEY) });
  const put = (path: string, body: object) => api.ask('PUT', path, z.looseObject({}), body);
  const { purecloud, salesforce, org } = sandbox;
  await put('/v1/connections/purecloud', {
    provider: 'purecloud',
    url: purecloud.tokenUrl,
    apiUrl: purecloud.url,
    clientId: DEMO_PURECLOUD_CLIENT.id,
    clientSecret: DEMO_PURECLOUD_CLIENT.secret,
  });
  const { clientId, clientSecret } = DEMO_SALESFORCE_APP;
  const app = { clientId, clientSecret, url: salesforce.tokenUrl, apiUrl: salesforce.url };
  await put('/v1/connections/salesforce', { provider: 'salesforce', ...app });
  await put('/v1/syncs/spring', settings(org.state.tables.Campaign.idOf(0), 'Spring'));
  await put('/v1/syncs/large', settings(org.state.tables.Campaign.idOf(1), 'Large'));
  const added = await cli(['caller', 'add', 'spring-team', '--permission', 'sync:spring']);
  onlySpring = added.stdout;
}, 60_000);
afterAll(async () => {
  await bridge.stop();
  await sandbox.close();
});

describe('pcbridge sync', () => {
  test('checks what is there before anything is sent', async () => {
    const good = await cli(['sync', 'check', 'spring']);
    expect(good).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^campaign +ok .*400 members/m),
    });
    const wrong = {
      ...settings(sandbox.campaignId, 'Wrong'),
      phones: [{ field: 'Fone', column: 'Phone', type: 'Work' }],
    };
    await api.ask('PUT', '/v1/syncs/wrong', z.looseObject({}), wrong);
    const bad = await cli(['sync', 'check', 'wrong']);
    expect(bad).toMatchObject({
      exitCode: 2,
      stdout: expect.stringMatching(/^fields +failed .*Fone.*Try: /m),
    });
    await api.ask('DELETE', '/v1/syncs/wrong', noContent);
  });

  test('ends as its sides do where neither can be asked', async () => {
    const { purecloud, salesforce } = sandbox;
    for (const [name, provider, url, apiUrl] of [
      ['no-org', 'salesforce', salesforce.tokenUrl, salesforce.url],
      ['no-cloud', 'purecloud', purecloud.tokenUrl, purecloud.url],
    ] as const) {
      const connection = { provider, url, apiUrl, clientId: 'nobody', clientSecret: 'none' };
      await api.ask('PUT', `/v1/connections/${name}`, z.looseObject({}), connection);
    }
    const away = { salesforceConnection: 'no-org', purecloudConnection: 'no-cloud' };
    const sync = { ...settings(sandbox.org.state.tables.Campaign.idOf(0), 'Away'), ...away };
    await api.ask('PUT', '/v1/syncs/away', z.looseObject({}), sync);
    const { exitCode, stdout } = await cli(['sync', 'check', 'away', '--json']);
    const { checks } = JSON.parse(stdout) as { checks: object[] };
    expect({ exitCode, first: checks[0] }).toMatchObject({
      exitCode: 3,
      first: { name: 'campaign', outcome: 'failed', code: 'credential_rejected' },
    });
    for (const path of ['syncs/away', 'connections/no-org', 'connections/no-cloud'])
      await api.ask('DELETE', `/v1/${path}`, noContent);
  });

  test('plans, then runs what was planned, and the counts are the same', async () => {
    const planned = await cli(['sync', 'plan', 'spring']);
    expect(planned).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^ +\d+ {2}to add$/m) });
    const [, command] = /Carry it out within 30 minutes: pcbridge (.*)/.exec(planned.stderr)!;
    expect(sandbox.outbound.state.lists.size).toBe(0);
    const done = await cli(command!.split(' '));
    expect(done.exitCode).toBe(0);
    const numbers = ({ stdout }: CliResult) => stdout.match(/^ +[\d,]+/gm);
    expect(numbers(done)).toEqual(numbers(planned));
    expect(done.stdout).toMatch(/^ +\d+ {2}added$/m);
    expect(done.stderr).toMatch(/pcbridge run rows .* --outcome invalid/);
  });

  test('lists each with how it is and what it did, and shows one', async () => {
    expect((await cli(['sync', 'list'])).stdout).toMatch(/^spring +Healthy +20\S+ +\d+ added/m);
    expect((await cli(['status'])).stdout).toMatch(/^spring +Healthy +\d+ s ago +0 +20\S+$/m);
    const shown = await cli(['sync', 'show', 'spring']);
    expect(shown.stdout).toMatch(/^phones +Phone -> Phone \(Work\)$/m);
    expect(shown.stdout).toMatch(/^results +Interested -> Interested$/m);
    expect(JSON.parse((await cli(['sync', 'show', 'spring', '--json'])).stdout)).toMatchObject({
      name: 'spring',
    });
  });

  test('says what was probably meant by a name that is none', async () => {
    const expected = { exitCode: 2, stdout: '', stderr: expect.stringContaining('did you mean "spring"?') };
    for (const args of [
      ['sync', 'run', 'sprig'],
      ['sync', 'plan', 'sprng'],
      ['sync', 'show', 'sprinq'],
      ['run', 'show', 'sprin'],
      ['run', 'list', '--sync', 'sprin'],
    ])
      expect(await cli(args)).toMatchObject(expected);
    const other = await cli(['sync', 'show', 'larg'], { env: { PCBRIDGE_KEY: onlySpring } });
    expect(other.stderr).not.toContain('large');
  });

  test('pauses and resumes the schedule, and changes nothing else', async () => {
    const settingsOf = async () => {
      const {
        paused,
        version: _v,
        updatedAt: _u,
        status: _s,
        nextRunAt: _n,
        ...rest
      } = JSON.parse((await cli(['sync', 'show', 'spring', '--json'])).stdout) as Record<string, unknown>;
      return { paused, rest };
    };
    const before = await settingsOf();
    expect((await cli(['sync', 'pause', 'spring'])).exitCode).toBe(0);
    expect(await settingsOf()).toEqual({ paused: true, rest: before.rest });
    const resumed = await cli(['sync', 'resume', 'spring']);
    expect(resumed.stderr).toMatch(/counts again\. Schedule: 0 3 1 1 \*/);
    expect(await settingsOf()).toEqual(before);
  });

  test('shows the address for results, and the secret alone where that is asked for', async () => {
    const shown = await cli(['sync', 'webhook', 'spring']);
    const { stdout: secret } = await cli(['sync', 'webhook', 'spring', '--show-secret']);
    expect(shown.stdout).toMatch(/\/v1\/webhooks\/purecloud\/spring\n0 waiting/);
    expect(secret).toMatch(/^[\w-]{32,}$/);
    expect(shown.stdout + shown.stderr).not.toContain(secret);
    expect((await cli(['sync', 'webhook', 'spring', '--json'])).stdout).not.toContain(secret);
    const whole = JSON.parse(
      (await cli(['sync', 'webhook', 'spring', '--json', '--show-secret'])).stdout,
    ) as object;
    expect(whole).toMatchObject({ secret, waiting: 0 });
    expect((await cli(['sync', 'webhook', 'spring', '--renew', '--show-secret'])).stdout).not.toBe(secret);
  });

  test('runs with the permission for that sync alone, and with no other', async () => {
    const env = { PCBRIDGE_KEY: onlySpring };
    expect((await cli(['sync', 'run', 'spring'], { env })).exitCode).toBe(0);
    expect((await cli(['sync', 'run', 'large'], { env })).exitCode).toBe(2);
    expect((await cli(['forget', '00Q5g00000ABCDe', '--yes'], { env })).exitCode).toBe(4);
  });
});

describe('pcbridge run', () => {
  test('finishes with 6 where rows failed and as long as they are refused, names them, and tries them again alone', async () => {
    const [list] = sandbox.outbound.state.lists.values();
    const { CampaignMember, Lead, Contact } = sandbox.org.state.tables;
    const refused = list!.contacts.keys().next().value!;
    sandbox.outbound.state.faults.refusedContacts.set(refused, 'invalid.contact.columns');
    const row = CampaignMember.rowOf(refused);
    const leadId = CampaignMember.value(row, 'LeadId');
    const [person, personId] =
      leadId === null ? [Contact, CampaignMember.value(row, 'ContactId')] : [Lead, leadId];
    person.write(person.rowOf(personId), { LastName: 'Changed' }, Date.now());
    const failed = await cli(['sync', 'run', 'spring']);
    expect(failed).toMatchObject({
      exitCode: 6,
      stderr: expect.stringMatching(/Try the failed rows again: pcbridge run retry/),
    });
    // It has ended by now, and a script that comes late hears the same of it.
    expect((await cli(['run', 'show', 'spring', '--watch'])).exitCode).toBe(6);
    expect((await cli(['run', 'show', 'spring'])).exitCode).toBe(0);
    expect((await cli(['run', 'rows', 'spring', '--outcome', 'failed'])).stdout).toMatch(
      new RegExp(`^${refused} +failed +contact_refused `, 'm'),
    );
    const { id } = runIn(await cli(['run', 'show', 'spring', '--json']));
    // So long ago that no run reads the member again.
    person.touch(person.rowOf(personId), Date.now() - 3_600_000);
    const quiet = await cli(['sync', 'run', 'spring', '--json']);
    expect([quiet.exitCode, runIn(quiet)]).toMatchObject([
      6,
      {
        status: 'Part failed',
        counts: { failed: 0 },
        failure: { code: 'contacts_refused', remedy: expect.stringContaining(`run retry ${id}`) },
      },
    ]);
    expect((await cli(['status'])).stdout).toMatch(/^spring: 1 contact is not on the list/m);
    sandbox.outbound.state.faults.refusedContacts.clear();
    const again = await cli(['run', 'retry', id, '--json']);
    expect(again.exitCode).toBe(0);
    expect(runIn(again)).toMatchObject({
      retryOf: expect.any(String),
      counts: { membersRead: 1, failed: 0 },
    });
    expect(list!.contacts.get(refused)?.data['Last name']).toBe('Changed');
  });

  test('masks values of people on a screen, and nowhere else', async () => {
    const { runs } = await api.ask('GET', '/v1/syncs/spring/runs', runsSchema);
    const { id } = runs.find(({ counts }) => counts.invalid > 0)!;
    const piped = await cli(['run', 'rows', id, '--outcome', 'invalid', '--json']);
    const [first] = JSON.parse(piped.stdout) as { original: Record<string, string> }[];
    const phone = first!.original.Phone!;
    const seen = await cli(['run', 'rows', id, '--outcome', 'invalid', '--json'], { seen: true });
    expect(seen.stdout).not.toContain(phone);
    expect((await cli(['run', 'rows', id, '--outcome', 'invalid'], { seen: true })).stdout).not.toContain(
      phone,
    );
    const unmasked = await cli(['run', 'rows', id, '--outcome', 'invalid', '--unmasked'], { seen: true });
    expect(unmasked.stdout).toContain(phone);
    expect(await cli(['run', 'rows', id, '--csv'], { seen: true })).toMatchObject({
      exitCode: 2,
      stdout: '',
    });
    for (const ignored of [['--limit', '2'], ['--json']])
      expect((await cli(['run', 'rows', id, '--csv', ...ignored])).exitCode).toBe(2);
    const csv = await cli(['run', 'rows', id, '--csv', '--outcome', 'invalid']);
    expect(csv.stdout.split('\n')[0]).toMatch(/^sf__Id,sf__Error,reasonCode,/);
    expect(csv.stdout).toContain(phone);
    expect(
      (await cli(['run', 'rows', id, '--limit', '2', '--json'])).stdout.match(/"memberId"/g),
    ).toHaveLength(2);
  });

  test('starts without waiting, pauses, goes on, and cancels', async () => {
    const { stdout: id, exitCode } = await cli(['sync', 'run', 'large', '--detach']);
    expect(exitCode).toBe(0);
    expect(await cli(['sync', 'run', 'large'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/not finished/),
    });
    expect((await cli(['run', 'pause', id])).exitCode).toBe(0);
    const paused = await cli(['run', 'show', id, '--watch']);
    expect(paused).toMatchObject({
      exitCode: 130,
      stderr: expect.stringContaining(`pcbridge run resume ${id}`),
    });
    expect((await cli(['run', 'resume', id, '--detach'])).exitCode).toBe(0);
    expect((await cli(['run', 'cancel', id])).exitCode).toBe(0);
    const cancelled = await cli(['run', 'show', 'large', '--watch']);
    expect(cancelled).toMatchObject({ exitCode: 130, stdout: expect.stringContaining('cancelled') });
  }, 60_000);

  test('is left alone by Ctrl+C, which ends the watching with 130', async () => {
    const child = spawn(process.execPath, [LAUNCHER, 'sync', 'run', 'large'], {
      env: childEnvironment({ PCBRIDGE_URL: bridge.url, PCBRIDGE_KEY: ADMIN_KEY }),
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    // The run is to be open still when the command has ended, however busy the machine is.
    sandbox.purecloud.faults.switchOn({ kind: 'slow', target: 'api', delayMs: 20_000, times: 1 });
    await once(child.stderr, 'data');
    child.kill('SIGINT');
    expect(await once(child, 'close')).toEqual([130, null]);
    const [, id] = /pcbridge run show (\S+) --watch/.exec(said)!;
    expect(JSON.parse((await cli(['run', 'show', id!, '--json'])).stdout)).toMatchObject({
      status: 'Running',
    });
    await cli(['run', 'cancel', id!]);
    sandbox.purecloud.faults.switchOff();
  }, 60_000);

  test('lists the newest first, of one sync where that is asked for', async () => {
    const all = await cli(['run', 'list', '--json']);
    const times = (JSON.parse(all.stdout) as { createdAt: string }[]).map(({ createdAt }) => createdAt);
    expect(times).toEqual([...times].sort().reverse());
    expect(
      (await cli(['run', 'list', '--sync', 'spring', '--limit', '2'])).stdout.trim().split('\n'),
    ).toHaveLength(3);
    expect((await cli(['run', 'show', 'latest'])).stdout).toMatch(/of large: /);
  });

  test('says what to do where a side refuses the sign-in', async () => {
    const wrong = {
      provider: 'purecloud',
      url: sandbox.purecloud.tokenUrl,
      apiUrl: sandbox.purecloud.url,
      clientId: 'x',
      clientSecret: 'y',
    };
    await api.ask('PUT', '/v1/connections/refused', z.looseObject({}), wrong);
    const sync = { ...settings(sandbox.campaignId, 'Refused'), purecloudConnection: 'refused' };
    await api.ask('PUT', '/v1/syncs/refused', z.looseObject({}), sync);
    const { exitCode, stdout } = await cli(['sync', 'run', 'refused']);
    expect({ exitCode, stdout }).toEqual({
      exitCode: 3,
      stdout: expect.stringMatching(/credential_rejected: [^]*Try: /),
    });
    const { checks } = JSON.parse((await cli(['doctor', '--json'])).stdout) as { checks: object[] };
    expect(checks).toContainEqual({
      name: 'sync refused',
      outcome: 'failed',
      sentence: expect.stringMatching(/^Action needed: .* Try: /),
    });
    expect(checks).toContainEqual({ name: 'sync spring', outcome: 'ok', sentence: 'Healthy' });
  });
});

describe('pcbridge forget', () => {
  test('erases rows of a person that is named by a prompt or a file, never by an argument', async () => {
    const { runs } = await api.ask('GET', '/v1/syncs/spring/runs', runsSchema);
    const { id } = runs.find(({ counts }) => counts.invalid > 0)!;
    const rows = JSON.parse((await cli(['run', 'rows', id, '--json'])).stdout) as { memberId: string }[];
    const { memberId } = rows[0]!;
    expect(await cli(['forget', 'anna@company.example', '--yes'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/--person-from prompt/),
    });
    expect(await cli(['forget', memberId])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('--yes'),
    });
    const forgotten = await cli(['forget', '--person-from', 'stdin', '--yes'], { stdin: `${memberId}\n` });
    expect(forgotten).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^Erased: [1-9]\d* rows/) });
    expect(forgotten.stderr).not.toContain('memberId');
    expect((await cli(['run', 'rows', id, '--json'])).stdout).not.toContain(memberId);
  });

  test('says of a person without a member id what it cannot know', async () => {
    const forgotten = await cli(['forget', '--person-from', 'stdin', '--yes'], {
      stdin: 'ada@example.com\n',
    });
    expect(forgotten).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('memberId') });
  });
});
