/** What PureCloud pushes after a call -> one result. Pure: the clock comes in. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { FieldError } from '../../errors.ts';
import { inUtc } from '../../utc.ts';
import { fieldErrorsOf, invalidRequest } from '../../validation.ts';
import { toId18 } from '../salesforce-id.ts';

/** A result from the future would be newer than every result after it. */
const AHEAD_MS_MAX = 10 * 60_000;

export interface ResultEvent {
  /** The same for the same event, however often and in whatever envelope it comes. */
  eventId: string;
  contactId: string;
  result: string;
  /** ISO 8601. */
  at: string;
}

const text = (charsMax: number) =>
  z.string().trim().max(charsMax, `must be at most ${charsMax} characters`).optional();

/** Members of `v2.outbound.voice.campaigns.contact.postContact` that are read; every other is left alone. */
export const resultEventShape = {
  outboundContactId: z
    .string()
    .trim()
    .max(100, 'must be at most 100 characters')
    .optional()
    .describe('Id of the contact: the CampaignMember id that the bridge gave it.'),
  outboundContactListId: text(100).describe('Id of the contact list.'),
  wrapupCode: text(255).describe('Wrap-up id, wrap-up name or system code.'),
  callAnalysisDisposition: text(255).describe('Taken as the result where there is no wrapupCode.'),
  eventTime: text(40).describe(
    'When it happened: ISO 8601, of UTC where it names no zone, or milliseconds since 1970.',
  ),
  conversationId: text(100),
} as const;

const eventSchema = z.looseObject({
  ...resultEventShape,
  eventTime: z.union([z.string().max(40, 'must be at most 40 characters'), z.number()]).optional(),
});
type EventMembers = z.output<typeof eventSchema>;

function isMembers(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** As it is, as `eventBody` of a notification, or as `detail.eventBody` of Amazon EventBridge. */
function eventIn(body: unknown): { event: unknown; path: string } {
  if (!isMembers(body)) return { event: body, path: '' };
  if (isMembers(body.detail)) {
    const { detail } = body;
    return isMembers(detail.eventBody)
      ? { event: detail.eventBody, path: 'detail.eventBody.' }
      : { event: detail, path: 'detail.' };
  }
  return isMembers(body.eventBody)
    ? { event: body.eventBody, path: 'eventBody.' }
    : { event: body, path: '' };
}

/** Apex and forms send null and '' for what they do not have. */
function withoutNulls(event: unknown): unknown {
  if (!isMembers(event)) return event;
  return Object.fromEntries(Object.entries(event).filter(([, value]) => value !== null && value !== ''));
}

function instantOf({ eventTime }: EventMembers): number {
  if (typeof eventTime === 'number') return eventTime;
  const written = eventTime?.trim() ?? '';
  if (/^\d{12,14}$/.test(written)) return Number(written);
  return /^\d{4}-\d{2}-\d{2}T/.test(written) ? Date.parse(inUtc(written)) : NaN;
}

function faultsOf(event: EventMembers, nowMs: number): FieldError[] {
  const { outboundContactId, wrapupCode, callAnalysisDisposition, eventTime } = event;
  const atMs = instantOf(event);
  const time =
    eventTime === undefined
      ? 'is required'
      : Number.isNaN(new Date(atMs).getTime())
        ? 'must be an instant: 2026-03-01T12:00:00Z, or milliseconds since 1970'
        : atMs > nowMs + AHEAD_MS_MAX
          ? 'must not be in the future: compare the clocks'
          : undefined;
  return [
    ...(outboundContactId === undefined ? [{ field: 'outboundContactId', detail: 'is required' }] : []),
    ...(outboundContactId !== undefined && toId18(outboundContactId) === undefined
      ? [
          {
            field: 'outboundContactId',
            detail: 'must be a Salesforce id: contacts that the bridge sent have one',
          },
        ]
      : []),
    ...(wrapupCode === undefined && callAnalysisDisposition === undefined
      ? [{ field: 'wrapupCode', detail: 'is required where there is no callAnalysisDisposition' }]
      : []),
    ...(time === undefined ? [] : [{ field: 'eventTime', detail: time }]),
  ];
}

/** @throws BridgeError `invalid_request` naming every field that is wrong, as the sender wrote it. */
export function parseResultEvent(body: unknown, nowMs: number): ResultEvent {
  const { event, path } = eventIn(body);
  const named = (errors: readonly FieldError[]) =>
    invalidRequest(errors.map(({ field, detail }) => ({ field: `${path}${field}`, detail })));
  const parsed = eventSchema.safeParse(withoutNulls(event), { reportInput: true });
  if (!parsed.success) throw named(fieldErrorsOf(parsed.error, Object.keys(resultEventShape)));
  const faults = faultsOf(parsed.data, nowMs);
  if (faults.length > 0) throw named(faults);
  const { outboundContactId, wrapupCode, callAnalysisDisposition, conversationId = '' } = parsed.data;
  const contactId = toId18(outboundContactId!)!;
  const result = (wrapupCode ?? callAnalysisDisposition)!.replaceAll('\0', '').toWellFormed();
  const at = new Date(instantOf(parsed.data)).toISOString();
  const eventId = createHash('sha256')
    .update(JSON.stringify([contactId, at, result.toLowerCase(), conversationId]))
    .digest('hex');
  return { eventId, contactId, result, at };
}
