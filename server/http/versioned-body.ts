/** The body of a PUT, and which version of the stored thing it is made for. */
import { z } from 'zod';

const version = z
  .int()
  .min(0)
  .optional()
  .describe(
    'The version that was read: the change is refused with 409 where it is no longer the present one. 0: where there is one of that name already. Absent: whatever is there is replaced.',
  );

export function versioned<Shape extends z.ZodRawShape>(schema: z.ZodObject<Shape>) {
  return schema.extend({ version });
}
