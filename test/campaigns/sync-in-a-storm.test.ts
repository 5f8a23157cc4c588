/** Both sides answer with faults at random, before or after the work is done: the runs end with what undisturbed ones end with. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Request, RequestHandler, Response } from 'express';
import { sendApiError } from '../../sandbox/purecloud/api-error.ts';
import { sendOrgError } from '../../sandbox/salesforce/org-gate.ts';
import { createRandom } from '../../sandbox/seeded-random.ts';
import { startHttpStage, type HttpStage, type Side } from './support/http-stage.ts';

const MEMBERS = 160;
const ATTEMPT = '2026-03-02T09:00:00.000Z';
/** Real time passes only here; every other wait is skipped. */
const TIMEOUT_MS = 1_500;
const TRIES_MAX = 60;

const KINDS = [
  'rateLimited',
  'serverError',
  'unavailable',
  'expired',
  'hangs',
  'cutBefore',
  'cutAfter',
  'errorAfter',
  'truncatedAfter',
] as const;
type Kind = (typeof KINDS)[number];

const open: HttpStage[] = [];
afterAll(async () => {
  await Promise.all(open.map((stage) => stage.close()));
});

function refuse(side: Side, res: Response, status: number, code: string): void {
  if (side === 'purecloud') sendApiError(res, status, code);
  else sendOrgError(res, status, code.toUpperCase().replaceAll('.', '_'), code);
}

/** The work is done, and its answer is lost or broken. */
function spoil(kind: Kind, side: Side, res: Response): void {
  const end = res.end.bind(res) as (text?: string) => Response;
  const sent: Buffer[] = [];
  const keep = (chunk: unknown) => {
    if (typeof chunk === 'string' || chunk instanceof Uint8Array) sent.push(Buffer.from(chunk as string));
    return true;
  };
  res.write = keep as Response['write'];
  res.end = ((chunk: unknown) => {
    keep(chunk);
    const text = Buffer.concat(sent).toString();
    if (kind === 'cutAfter') res.socket?.destroy();
    else if (kind === 'errorAfter') {
      res.statusCode = 500;
      res.removeHeader('content-length');
      end(
        side === 'purecloud'
          ? '{"code":"internal.server.error","status":500}'
          : '[{"errorCode":"UNKNOWN_EXCEPTION"}]',
      );
    } else {
      res.removeHeader('content-length');
      end(text.slice(0, Math.floor(text.length / 2)));
    }
    return res;
  }) as Response['end'];
}

function actOut(kind: Kind, side: Side, handler: RequestHandler): RequestHandler {
  return (req: Request, res, next) => {
    switch (kind) {
      case 'rateLimited':
        res.set('Retry-After', '1');
        return refuse(side, res, 429, 'too.many.requests');
      case 'serverError':
        return refuse(side, res, 500, 'internal.server.error');
      case 'unavailable':
        return void res.status(503).type('html').end('<h1>Down for maintenance</h1>');
      case 'expired':
        if (side === 'purecloud') return sendApiError(res, 401, 'bad.credentials');
        return sendOrgError(res, 401, 'INVALID_SESSION_ID', 'Session expired or invalid');
      case 'hangs':
        return;
      case 'cutBefore':
        return void req.socket.destroy();
      default:
        spoil(kind, side, res);
        return void handler(req, res, next);
    }
  };
}

interface Storm {
  around: (handler: RequestHandler, side: Side) => RequestHandler;
  met: Map<Kind, number>;
}

/** One request in five meets a fault; the slow ones are few, since their time is real. */
function createStorm(seed: number): Storm {
  const random = createRandom(seed);
  const met = new Map<Kind, number>();
  const rare: Record<string, number> = { hangs: 1, expired: 3 };
  return {
    met,
    around: (handler, side) => (req, res, next) => {
      const kind = random() < 0.2 ? KINDS[Math.floor(random() * KINDS.length)]! : undefined;
      if (kind === undefined || (met.get(kind) ?? 0) >= (rare[kind] ?? Infinity)) {
        handler(req, res, next);
        return;
      }
      met.set(kind, (met.get(kind) ?? 0) + 1);
      actOut(kind, side, handler)(req, res, next);
    },
  };
}

/** As the queue of jobs does: a run that fails is taken up where it was. */
async function runToEnd({ run, state }: HttpStage): Promise<void> {
  const id = state.runs.length;
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    try {
      await run(state.runs[id] === undefined ? {} : { resume: id });
      return;
    } catch (error) {
      if (state.runs[id] === undefined) throw error;
    }
  }
  throw new Error('The run did not come to an end');
}

/** What happens to the campaign between its runs, the same in every weather. */
const HAPPENINGS: ((stage: HttpStage) => void)[] = [
  ({ outbound, contacts }) => {
    const [listId] = outbound.state.lists.keys();
    [...contacts().keys()].forEach((id, index) => {
      const lastResult = ['Sale', 'ININ-OUTBOUND-BUSY', 'Unheard of'][index % 3]!;
      if (index % 2 === 0)
        outbound.state.recordCall(listId!, id, 'Phone', { lastAttempt: ATTEMPT, lastResult });
    });
  },
  ({ org, contacts }) => {
    const { CampaignMember, Lead } = org.state.tables;
    [...contacts().keys()].slice(0, 30).forEach((id, index) => {
      const row = CampaignMember.rowOf(id);
      const leadId = CampaignMember.value(row, 'LeadId');
      if (index % 3 === 0) CampaignMember.remove(row, Date.now() - 120_000);
      else if (leadId !== null) {
        const values = index % 3 === 1 ? { DoNotCall: true } : { FirstName: `New ${index}` };
        Lead.write(Lead.rowOf(leadId), values, Date.now() + 1_000);
      }
    });
  },
];

function outcomeOf({ org, outbound, state, contacts }: HttpStage) {
  const { CampaignMember } = org.state.tables;
  const shown = ['Status', 'Bridge_Last_Result__c', 'Bridge_Last_Attempt__c'];
  return {
    contacts: [...contacts()].map(([id, { data, callable, callRecords }]) => [
      id,
      data,
      callable,
      callRecords,
    ]),
    queue: [...outbound.state.lists.values()].map(({ queue }) => [...queue].sort()),
    members: Array.from({ length: MEMBERS }, (_, row) =>
      shown.map((field) => CampaignMember.value(row, field)),
    ),
    counts: state.runs.map(({ counts }) => counts),
  };
}

async function history(around?: Storm['around']): Promise<HttpStage> {
  const stage = await startHttpStage(MEMBERS, {
    client: { timeoutMs: TIMEOUT_MS },
    limits: { pageSize: 50, sliceSize: 25 },
    ...(around === undefined ? {} : { around }),
  });
  open.push(stage);
  await runToEnd(stage);
  for (const happen of HAPPENINGS) {
    happen(stage);
    await runToEnd(stage);
  }
  return stage;
}

interface Stormed {
  faults: number;
  outcome: ReturnType<typeof outcomeOf>;
}

async function stormy(seed: number): Promise<Stormed> {
  const storm = createStorm(seed);
  const outcome = outcomeOf(await history(storm.around));
  return { faults: [...storm.met.values()].reduce((sum, times) => sum + times, 0), outcome };
}

const SEEDS = [1, 2, 3, 4, 5, 6];
let undisturbed: ReturnType<typeof outcomeOf>;
let storms: PromiseSettledResult<Stormed>[];
beforeAll(async () => {
  undisturbed = outcomeOf(await history());
  // Each has a request that hangs: they wait for theirs together.
  storms = await Promise.allSettled(SEEDS.map(stormy));
}, 120_000);

test('the undisturbed history has in it what a storm could spoil', () => {
  const { counts, queue, members } = undisturbed;
  expect(counts[0]!.added).toBeGreaterThan(120);
  expect(counts[1]!.membersUpdated).toBeGreaterThan(40);
  expect(counts[2]!.removed).toBeGreaterThan(10);
  expect(counts[2]!.changed).toBeGreaterThan(2);
  expect(queue[0]!.length).toBeGreaterThan(50);
  expect(members.filter(([status]) => status === 'Interested').length).toBeGreaterThan(10);
});

test.each(SEEDS)('storm %i leads to the same lists, members and counts', (seed) => {
  const ended = storms[SEEDS.indexOf(seed)]!;
  if (ended.status === 'rejected') throw ended.reason;
  expect(ended.value.faults).toBeGreaterThan(5);
  expect(ended.value.outcome).toEqual(undisturbed);
});
