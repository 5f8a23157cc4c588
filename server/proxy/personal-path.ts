/** A path as the log and the activity show it: without the people whom it names. Pure. */
import { decodedOnce, DECODINGS_MAX } from './proxy-path.ts';

export const PERSON = '[person]';

/** Paths without any of these, which most are, name nobody. */
const MAY_NAME = /[@+%]/;
const EMAIL = /[^@]@[^@]/;
/** A plus and seven digits or more, with what people write in between. */
const NUMBER = /\+(?:[\s().-]{0,3}\d){7}/;

function decoded(segment: string): string {
  let reading = segment;
  for (let times = 0; times <= DECODINGS_MAX && reading.includes('%'); times += 1)
    reading = decodedOnce(reading);
  return reading;
}

function namesPerson(segment: string): boolean {
  if (!MAY_NAME.test(segment)) return false;
  const reading = decoded(segment);
  return EMAIL.test(reading) || NUMBER.test(reading);
}

/** Segments with an email or an international number are masked as a whole, however they are encoded. */
export function withoutPeople(path: string): string {
  if (!MAY_NAME.test(path)) return path;
  return path
    .split('/')
    .map((segment) => (namesPerson(segment) ? PERSON : segment))
    .join('/');
}
