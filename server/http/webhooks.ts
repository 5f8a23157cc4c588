/** POST /v1/webhooks/purecloud/{sync}: results of calls, pushed by PureCloud while its campaign runs. And where and with what they are to be sent. */
import { randomBytes } from 'node:crypto';
import type { Request } from 'express';
import { z } from 'zod';
import { tooManyFailures, type FailedSignIns } from '../callers/failed-sign-ins.ts';
import type { RunQueue } from '../campaigns/jobs/run-queue.ts';
import { parseResultEvent, resultEventShape } from '../campaigns/results-inbox/result-event.ts';
import type { ResultsInbox } from '../campaigns/results-inbox/results-inbox.ts';
import {
  isProven,
  SECRET_HEADER,
  SIGNATURE_HEADER,
  TIMESTAMP_HEADER,
  TIMESTAMP_WINDOW_SECONDS,
} from '../campaigns/results-inbox/webhook-proof.ts';
import type { SyncStore } from '../campaigns/sync-store.ts';
import { writesBack } from '../campaigns/sync.ts';
import { BridgeError } from '../errors.ts';
import { Secret } from '../secret.ts';
import type { ActivityStore } from '../telemetry/activity.ts';
import type { Route, RouteContext } from './route.ts';
import { noSync } from './sync-access.ts';

/** An event has some 2 KB; what is larger is none. Read before it is known who sends it. */
const EVENT_BYTES_MAX = 64 * 1024;
const SYNC_NAME = /^[a-z][a-z0-9-]{0,62}$/;
/** For a sync that is not there: its secret is as hard to guess. */
const NO_ONES = new Secret(randomBytes(32).toString('base64url'));

const RECEIVED = ['accepted', 'repeated', 'ignored'] as const;

const receivedSchema = z.object({
  outcome: z
    .enum(RECEIVED)
    .describe(
      'repeated: it was here before, and changes nothing. ignored: the sync writes nothing of a call.',
    ),
  eventId: z.string(),
});

const webhookSchema = z.object({
  sync: z.string(),
  address: z.string().describe('Where PureCloud is to send results, as this caller reached the bridge.'),
  path: z.string(),
  secret: z.string().describe('Goes with every result. Whoever has it can write results of this sync.'),
  waiting: z.int().describe('Results that were received and are not written yet.'),
  written: z.int(),
  ignored: z.int().describe('Not final, older than what is known, or of a contact of another sync.'),
  failed: z.int(),
  unmapped: z
    .array(z.object({ result: z.string(), count: z.int() }))
    .describe('Results that the sync maps to no status.'),
  lastReceivedAt: z.string().optional(),
});

export interface WebhookRouteParts {
  syncs: SyncStore;
  inbox: ResultsInbox;
  queue: RunQueue;
  /** Of webhooks alone. */
  failedWebhooks: FailedSignIns;
  activity: Pick<ActivityStore, 'record' | 'recordChange'>;
  log: { warn(fields: object, message: string): void };
  /** Epoch milliseconds. */
  now(): number;
}

function refused(): BridgeError {
  return new BridgeError('caller_unauthenticated', {
    detail: 'The webhook brings no valid secret or signature of this sync',
    remedy: `Send the secret of the sync as "Authorization: Bearer SECRET", or sign with ${SIGNATURE_HEADER} and ${TIMESTAMP_HEADER}, at most ${TIMESTAMP_WINDOW_SECONDS} s old. An administrator reads the secret at GET /v1/syncs/{name}/webhook.`,
  });
}

export function webhookRoutes(parts: WebhookRouteParts): Route[] {
  const { syncs, inbox, queue, failedWebhooks, activity, log, now } = parts;

  /** The same look into the database whether or not there is such a sync. */
  async function secretOf(name: string): Promise<Secret | undefined> {
    if (!SYNC_NAME.test(name)) return undefined;
    try {
      return await syncs.webhookSecret(name);
    } catch (error) {
      if (error instanceof BridgeError && error.code === 'not_found') return undefined;
      throw error;
    }
  }

  /** @throws BridgeError the same for a wrong secret and for a sync that is not there. */
  async function assertProven(request: Request, name: string): Promise<void> {
    const secret = await secretOf(name);
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const isRight = isProven({ headers: request.headers, body }, secret ?? NO_ONES, now());
    if (isRight && secret !== undefined) return;
    const address = request.ip ?? '';
    const waitMs = failedWebhooks.waitMs(address);
    failedWebhooks.failed(address);
    throw waitMs > 0 ? tooManyFailures(waitMs) : refused();
  }

  /** The event is in the database: what is lost here is found by the next one, or by the sweep. */
  async function wake(sync: string): Promise<void> {
    await queue.enqueueResults(sync).catch((error: unknown) => {
      log.warn(
        { sync, err: error },
        'Results could not be put on the queue; they are written a little later.',
      );
    });
  }

  async function viewOf({ request }: RouteContext, name: string, secret: Secret) {
    const { open, lastReceivedAt, ...counts } = await inbox.summary(name);
    const path = `/v1/webhooks/purecloud/${name}`;
    return {
      sync: name,
      address: `${request.protocol}://${request.host}${path}`,
      path,
      secret: secret.reveal(),
      waiting: open,
      ...counts,
      ...(lastReceivedAt === undefined ? {} : { lastReceivedAt: lastReceivedAt.toISOString() }),
    };
  }

  function assertSync(name: string): void {
    if (syncs.find(name) === undefined) throw noSync(name);
  }

  return [
    {
      method: 'post',
      path: '/v1/webhooks/purecloud/{sync}',
      operationId: 'receiveResults',
      tag: 'Webhooks',
      summary: 'Take the result of a call from PureCloud',
      description: `An event of v2.outbound.voice.campaigns.contact.postContact, as it is or in the envelope of a notification or of Amazon EventBridge. The secret of the sync goes as a bearer token, as the password of Basic, or in ${SECRET_HEADER}; or the sender signs: ${SIGNATURE_HEADER} holds sha256= and the HMAC-SHA256 of "TIMESTAMP.BODY" under the secret, ${TIMESTAMP_HEADER} the seconds since 1970, at most ${TIMESTAMP_WINDOW_SECONDS} s off. The same event twice changes nothing.`,
      body: {
        schema: z.object(resultEventShape),
        required: true,
        anyText: true,
        bytesMax: EVENT_BYTES_MAX,
        example: {
          eventTime: '2026-03-01T12:00:00.000Z',
          outboundContactId: '00v000000000001AAA',
          wrapupCode: 'ININ-OUTBOUND-NO-ANSWER',
          conversationId: '3a1f0c5e-0000-4000-8000-000000000000',
        },
      },
      answers: { 202: { description: 'It is kept, and will be written.', schema: receivedSchema } },
      problems: [401, 429],
      async handle(context) {
        const name = context.params.sync!;
        await assertProven(context.request, name);
        const event = parseResultEvent(context.body, now());
        const { eventId } = event;
        const sync = syncs.find(name);
        if (sync === undefined || !writesBack(sync)) return { outcome: 'ignored', eventId };
        const isNew = await inbox.add(name, event);
        if (isNew) await wake(name);
        return { outcome: isNew ? 'accepted' : 'repeated', eventId };
      },
    },
    {
      method: 'get',
      path: '/v1/syncs/{name}/webhook',
      operationId: 'getWebhook',
      tag: 'Webhooks',
      summary: 'Read where PureCloud is to send results, and with what secret',
      permission: 'admin',
      answers: { 200: { description: 'Address, secret, and what came in.', schema: webhookSchema } },
      problems: [404],
      async handle(context) {
        const name = context.params.name!;
        assertSync(name);
        return await viewOf(context, name, await syncs.webhookSecret(name));
      },
    },
    {
      method: 'post',
      path: '/v1/syncs/{name}/webhook',
      operationId: 'renewWebhook',
      tag: 'Webhooks',
      summary: 'Make a new secret for the webhook of a sync',
      description: 'The one before it ends at once.',
      permission: 'admin',
      idempotent: true,
      answerHoldsSecret: true,
      answers: { 200: { description: 'Address and new secret.', schema: webhookSchema } },
      problems: [404],
      async handle(context) {
        const name = context.params.name!;
        assertSync(name);
        const secret = await syncs.renewWebhookSecret(name);
        await activity.recordChange({
          result: 'renewed',
          caller: context.caller.name,
          correlationId: context.correlationId,
          summary: `webhook secret of sync ${name} renewed`,
        });
        return await viewOf(context, name, secret);
      },
    },
  ];
}
