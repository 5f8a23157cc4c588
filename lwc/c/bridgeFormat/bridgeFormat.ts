/** Numbers, times and sentences as people read them, in the user's language and zone. Pure but for the clock it is given. */
import LOCALE from '@salesforce/i18n/locale';
import TIME_ZONE from '@salesforce/i18n/timeZone';
import { LABEL } from 'c/bridgeLabels';

const NUMBER = new Intl.NumberFormat(LOCALE);
const DATE_TIME = new Intl.DateTimeFormat(LOCALE, {
  dateStyle: 'medium',
  timeStyle: 'medium',
  timeZone: TIME_ZONE,
});
const ZONE = new Intl.DateTimeFormat(LOCALE, { timeZoneName: 'short', timeZone: TIME_ZONE });
const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

/** `fill('{0} of {1}', 3, 9)` -> `3 of 9`. */
export function fill(label: string, ...values: readonly (string | number)[]): string {
  return label.replace(/\{(\d)\}/g, (whole, index: string) => {
    const value = values[Number(index)];
    return value === undefined ? whole : typeof value === 'number' ? NUMBER.format(value) : value;
  });
}

export function number(value: number): string {
  return NUMBER.format(value);
}

/** `84 characters`, `1 character`: English and many others have two forms. */
export function count(value: number, one: string, many: string): string {
  return fill(value === 1 ? one : many, value);
}

/** `4 min`, `2 h`: one unit is enough to decide by. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < MINUTE) return fill(LABEL.Seconds, whole);
  if (whole < HOUR) return fill(LABEL.Minutes, Math.round(whole / MINUTE));
  if (whole < DAY) return fill(LABEL.Hours, Math.round(whole / HOUR));
  return fill(LABEL.Days, Math.round(whole / DAY));
}

/** @param atMs epoch milliseconds, as is `nowMs`. */
export function age(atMs: number, nowMs: number): string {
  const seconds = (nowMs - atMs) / 1000;
  return seconds < 2 ? LABEL.JustNow : fill(LABEL.Ago, duration(seconds));
}

/** With the zone, so that nobody has to guess whose time it is. */
export function dateTime(iso: string | undefined): string {
  const at = iso === undefined ? Number.NaN : Date.parse(iso);
  if (Number.isNaN(at)) return '';
  const zone = ZONE.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? '';
  return `${DATE_TIME.format(at)} ${zone}`.trim();
}

/** `7de3af06-c0b3-4f9b-af45-72f4a1403797` -> `7de3…3797`: enough to tell two clients apart. */
export function shortId(id: string | undefined): string {
  if (id === undefined) return '';
  return id.length <= 10 ? id : `${id.slice(0, 4)}…${id.slice(-4)}`;
}
