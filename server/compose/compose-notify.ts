/** What tells the outside how the syncs are, over a way out that leads to the configured addresses and nowhere else. */
import { channelsOf, createNotify, type NotifyAddresses } from '../campaigns/notify.ts';
import { createSyncNotices } from '../campaigns/sync-notices.ts';
import type { NoticeJobs } from '../campaigns/jobs/campaign-jobs.ts';
import type { SyncStore } from '../campaigns/sync-store.ts';
import type { Config } from '../config.ts';
import type { Database } from '../database/database.ts';
import type { Log } from '../telemetry/log.ts';
import { createTransport } from '../transport/transport.ts';
import { composeSockets, type ComposeOverrides } from './compose-upstream.ts';

export interface ComposedNotices extends NoticeJobs {
  close(): Promise<void>;
}

/** Named by the operator for this alone: a connection may not be pointed there. */
function hostsOf({ webhook, slack }: NotifyAddresses): string {
  const urls = [webhook, slack].flatMap((receiver) => (receiver === undefined ? [] : [receiver.url]));
  const hosts = urls.map((url) => {
    const { hostname, port, protocol } = new URL(url.reveal());
    return `${hostname}:${port === '' ? (protocol === 'https:' ? '443' : '80') : port}`;
  });
  return [...new Set(hosts)].join(',');
}

/** @returns undefined where nobody wants to be told. */
export function composeNotices(
  config: Config,
  overrides: ComposeOverrides,
  { database, syncs, log }: { database: Database; syncs: SyncStore; log: Log },
): ComposedNotices | undefined {
  const channels = channelsOf(config.notify);
  if (channels.length === 0) return undefined;
  const egress = { ...config.egress, allow: hostsOf(config.notify) };
  const transport = createTransport(composeSockets({ ...config, egress }, overrides, []));
  return {
    channels,
    ...createSyncNotices({ database, syncs }),
    deliver: createNotify({ addresses: config.notify, transport, log }),
    close: () => transport.close(),
  };
}
