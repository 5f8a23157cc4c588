/** The overview of a bridge for a person: how it is, each connection in a line, and what needs a person last. */
import { z } from 'zod';
import { timeLeft } from './progress-line.ts';
import { printable, table } from './table.ts';
import { wrapped, type Terminal } from './terminal.ts';

/** What is shown here of `GET /v1/status`; a bridge may tell more. */
export const statusSchema = z.looseObject({
  bridge: z.looseObject({ status: z.string(), version: z.string(), startedAt: z.string() }),
  connections: z.array(
    z.looseObject({
      name: z.string(),
      status: z.string(),
      provider: z.string(),
      region: z.string().optional(),
      token: z.looseObject({ hasToken: z.boolean(), expiresInSeconds: z.number().optional() }),
      usesToday: z.number(),
    }),
  ),
  syncs: z
    .array(
      z.looseObject({
        name: z.string(),
        status: z.string(),
        lastRun: z.looseObject({ finishedAt: z.string().optional(), failedRows: z.number() }).optional(),
        nextRunAt: z.string().optional(),
        freshnessSeconds: z.number().optional(),
      }),
    )
    .default([]),
  attention: z.array(
    z.looseObject({
      connection: z.string().optional(),
      sync: z.string().optional(),
      title: z.string(),
      remedy: z.string(),
    }),
  ),
});
export type Status = z.output<typeof statusSchema>;
type ConnectionLine = Status['connections'][number];

function tokenCell({ hasToken, expiresInSeconds }: ConnectionLine['token']): string {
  if (!hasToken) return 'none yet';
  return expiresInSeconds === undefined ? 'held' : `for ${expiresInSeconds} s`;
}

function attentionLines({ attention }: Status, { paint }: Pick<Terminal, 'paint'>): string[] {
  return attention.flatMap(({ connection, sync, title, remedy }) => [
    '',
    paint('bold', printable(`${connection ?? sync ?? 'The bridge'}: ${title}`)),
    wrapped(printable(`Try: ${remedy}`)),
  ]);
}

function syncLines({ syncs }: Status): string[] {
  if (syncs.length === 0) return [];
  const rows = syncs.map(({ name, status, lastRun, nextRunAt, freshnessSeconds }) => [
    name,
    status,
    freshnessSeconds === undefined ? 'never complete' : `${timeLeft(freshnessSeconds)} ago`,
    lastRun === undefined ? '' : String(lastRun.failedRows),
    nextRunAt ?? 'when asked',
  ]);
  return ['', ...table(['SYNC', 'STATUS', 'COMPLETE', 'FAILED ROWS', 'NEXT RUN'], rows)];
}

export function statusLines(status: Status, terminal: Pick<Terminal, 'paint'>): string[] {
  const { bridge, connections } = status;
  const rows = connections.map(({ name, status: word, provider, region, token, usesToday }) => [
    name,
    word,
    region === undefined ? provider : `${provider} ${region}`,
    tokenCell(token),
    String(usesToday),
  ]);
  return [
    printable(`Bridge: ${bridge.status}, version ${bridge.version}, since ${bridge.startedAt}`),
    ...(rows.length === 0
      ? ['No connections yet. Add one with: pcbridge connection put NAME']
      : ['', ...table(['CONNECTION', 'STATUS', 'UPSTREAM', 'TOKEN', 'USES TODAY'], rows)]),
    ...syncLines(status),
    ...attentionLines(status, terminal),
  ];
}
