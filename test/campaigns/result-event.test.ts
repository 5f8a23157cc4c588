/** The instant of an event is the same wherever the bridge runs. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

const MODULE = join(import.meta.dirname, '../../server/campaigns/results-inbox/result-event.ts');
const SCRIPT = `
  const { parseResultEvent } = await import(${JSON.stringify(MODULE)});
  const instants = process.argv.slice(1).map((eventTime) =>
    parseResultEvent({ outboundContactId: '00v000000000001AAA', wrapupCode: 'x', eventTime }, Date.parse('2026-03-05')).at);
  console.log(JSON.stringify(instants));`;

test.each(['UTC', 'America/Los_Angeles', 'Asia/Kolkata'])(
  'a time without a zone is of UTC on a server in %s',
  async (zone) => {
    const times = [
      '2026-03-01T12:00:00',
      '2026-03-01T12:00:00.000',
      '2026-03-01T12:00:00Z',
      '2026-03-01T13:00:00+01:00',
    ];
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', SCRIPT, ...times],
      { env: { ...process.env, TZ: zone } },
    );
    expect(JSON.parse(stdout)).toEqual(times.map(() => '2026-03-01T12:00:00.000Z'));
  },
);
