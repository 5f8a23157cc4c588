/** The eight words for how something is: the same in page, API, CLI and metrics. */
export const STATUS_WORDS = [
  'Healthy',
  'Running',
  'Paused',
  'Late',
  'Part failed',
  'Failed',
  'Action needed',
  'Unknown',
] as const;
export type StatusWord = (typeof STATUS_WORDS)[number];
