/** Tells a webhook, and a channel of the Slack kind, how a sync is. Names, words and numbers only: nothing of a member. */
import { createHmac } from 'node:crypto';
import type { Secret } from '../secret.ts';
import type { SendOptions, Transport } from '../transport/transport.ts';
import type { Notice, NoticeChannel, NoticeEvent } from './jobs/job-queues.ts';

const NOTICE_SIGNATURE_HEADER = 'x-bridge-signature';
const NOTICE_ID_HEADER = 'x-bridge-delivery';
const TIMEOUT_MS = 10_000;
const ANSWER_BYTES_MAX = 64 * 1024;
// Request timeout and too many requests: the others of the class say that it will not do.
const REPEATED_STATUSES: readonly number[] = [408, 425, 429];

export interface NotifyAddresses {
  webhook?: { url: Secret; key?: Secret };
  /** Takes `{"text": …}`: Slack, Mattermost, Rocket.Chat and others. The address is what lets one in. */
  slack?: { url: Secret };
}

export function channelsOf({ webhook, slack }: NotifyAddresses): NoticeChannel[] {
  return [
    ...(webhook === undefined ? [] : ['webhook' as const]),
    ...(slack === undefined ? [] : ['slack' as const]),
  ];
}

const SENTENCES: Readonly<Record<NoticeEvent, (sync: string) => string>> = {
  failed: (sync) => `The sync ${sync} failed.`,
  part_failed: (sync) => `The sync ${sync} ended with failed rows.`,
  late: (sync) => `The sync ${sync} is late: its scheduled run did not begin.`,
  recovered: (sync) => `The sync ${sync} works again.`,
};
const SHOWN_COUNTS = ['added', 'changed', 'removed', 'failed', 'membersUpdated'] as const;

/** Pure. */
export function textOfNotice({ event, sync, counts = {}, failure, run }: Notice): string {
  const numbers = SHOWN_COUNTS.flatMap((name) =>
    (counts[name] ?? 0) > 0 ? [`${name} ${counts[name]}`] : [],
  );
  return [
    SENTENCES[event](sync),
    ...(failure === undefined ? [] : [`${failure.code}: ${failure.remedy}`]),
    ...(numbers.length === 0 ? [] : [`${numbers.join(', ')}.`]),
    ...(run === undefined ? [] : [`Run ${run}.`]),
  ].join('\n');
}

/** Hexadecimal HMAC-SHA256 over the bytes of the body. Pure. */
function signNotice(key: Secret, body: string): string {
  return `sha256=${createHmac('sha256', key.reveal()).update(body).digest('hex')}`;
}

/** @returns undefined where the channel has no address any more. Pure. */
export function requestOf(
  addresses: NotifyAddresses,
  { channel, notice }: { channel: NoticeChannel; notice: Notice },
  deliveryId: string,
): { url: URL; body: string; headers: Record<string, string> } | undefined {
  const headers = { 'content-type': 'application/json', 'user-agent': 'PureCloud-Bridge' };
  if (channel === 'slack') {
    const body = JSON.stringify({ text: textOfNotice(notice) });
    return addresses.slack && { url: new URL(addresses.slack.url.reveal()), body, headers };
  }
  if (addresses.webhook === undefined) return undefined;
  const { url, key } = addresses.webhook;
  const body = JSON.stringify({ id: deliveryId, text: textOfNotice(notice), ...notice });
  const signature = key === undefined ? {} : { [NOTICE_SIGNATURE_HEADER]: signNotice(key, body) };
  return {
    url: new URL(url.reveal()),
    body,
    headers: { ...headers, [NOTICE_ID_HEADER]: deliveryId, ...signature },
  };
}

/** Whether the receiver may take it the next time. Pure. */
export function isWorthRepeating(status: number): boolean {
  return status >= 500 || REPEATED_STATUSES.includes(status);
}

export interface NotifyOptions {
  addresses: NotifyAddresses;
  /** One that reaches these addresses and no others. */
  transport: Pick<Transport, 'send'>;
  log: { warn(facts: object, message: string): void };
}

export type Deliver = (
  payload: { channel: NoticeChannel; notice: Notice },
  deliveryId: string,
  signal: AbortSignal,
) => Promise<void>;

/** @returns a function that throws where it is worth trying again, without a word of the address: it may be a secret. */
export function createNotify({ addresses, transport, log }: NotifyOptions): Deliver {
  return async (payload, deliveryId, signal) => {
    const request = requestOf(addresses, payload, deliveryId);
    if (request === undefined) return;
    const options: SendOptions = { timeoutMs: TIMEOUT_MS, bodyBytesMax: ANSWER_BYTES_MAX, signal };
    const { status } = await transport.send({ method: 'POST', ...request }, { forgiven: new Set() }, options);
    if (status >= 200 && status < 300) return;
    const facts = { channel: payload.channel, sync: payload.notice.sync, status };
    if (isWorthRepeating(status)) throw new Error(`The receiver answered ${status}.`);
    log.warn(facts, 'A notification was refused and is not sent again. Check the address that it goes to.');
  };
}
