/** POST /v1/forget: what runs have kept of one person is erased. */
import { z } from 'zod';
import { forgetPerson } from '../campaigns/forget-person.ts';
import { personKeys, personSchema } from '../campaigns/person.ts';
import type { Database } from '../database/database.ts';
import type { ActivityStore } from '../telemetry/activity.ts';
import { withoutBlanks } from '../validation.ts';
import type { Route } from './route.ts';

const forgottenSchema = z.object({
  rowsErased: z.int().describe('Rows of runs, with their original values.'),
  resultsErased: z.int().describe('Results of calls that were not written yet.'),
  ledgerErased: z.int().describe('Contacts of which nothing more has to be known.'),
  stillListed: z
    .array(z.object({ sync: z.string(), memberId: z.string() }))
    .describe(
      'Members whose contact PureCloud may still hold: erase the person in Salesforce, and the next run takes the contact off the list.',
    ),
  isComplete: z
    .boolean()
    .describe(
      'Whether stillListed names every contact of whoever was asked for. False where anything but a memberId was given: of a contact that was sent without trouble nothing else is kept.',
    ),
  remedy: z.string().optional().describe('What to do where isComplete is false.'),
});

export interface ForgetRouteParts {
  database: Database;
  activity: Pick<ActivityStore, 'record' | 'recordChange'>;
}

export function forgetRoutes({ database, activity }: ForgetRouteParts): Route[] {
  return [
    {
      method: 'post',
      path: '/v1/forget',
      operationId: 'forgetPerson',
      tag: 'Syncs',
      summary: 'Erase what is kept of one person',
      description:
        'Found by id, email or phone among the rows of all runs; contacts that were sent without trouble are found by memberId alone. Sent twice, the second finds nothing more. What Salesforce and PureCloud hold is theirs.',
      permission: 'admin',
      body: { schema: personSchema, required: true, example: { email: 'ada@example.com' } },
      answers: { 200: { description: 'What was erased, and what is left.', schema: forgottenSchema } },
      async handle({ body, caller, correlationId }) {
        const forgotten = await forgetPerson(database, personKeys(withoutBlanks(body ?? {})));
        const { rowsErased, ledgerErased } = forgotten;
        // Not who: that is what was asked to be forgotten.
        const summary = `one person forgotten: ${rowsErased} rows, ${ledgerErased} contacts`;
        await activity.recordChange({ result: 'forgotten', caller: caller.name, correlationId, summary });
        return forgotten;
      },
    },
  ];
}
