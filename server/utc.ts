/** Times that PureCloud wrote. Pure. */

/** The same with its zone: a time without one is of UTC, as all of PureCloud's are, and never of the zone of this server. */
export function inUtc(text: string): string {
  const time = text.trim();
  return /(?:Z|[+-]\d\d:?\d\d)$/i.test(time) ? time : `${time.replace(' ', 'T')}Z`;
}
