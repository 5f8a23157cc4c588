/** What of a connection will stop working, as the API tells it. */
import { z } from 'zod';

export const deprecationSchema = z.object({
  code: z.string(),
  title: z.string(),
  endsOn: z.string().optional().describe('Date from which it must be expected to fail.'),
  detail: z.string(),
  remedy: z.string().describe('The way out.'),
});
