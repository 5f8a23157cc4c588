/** POST /v1/diagnoses: a pasted request or answer -> what is wrong with it and what to do. */
import { z } from 'zod';
import { diagnosisSchema } from '../bearer/answer.ts';
import { findings } from '../diagnosis/diagnose.ts';
import { parsePasted } from '../diagnosis/parse-pasted.ts';
import { invalidRequest, parseInput, withoutBlanks } from '../validation.ts';
import type { Route } from './route.ts';

const PASTE_CHARACTERS_MAX = 256 * 1024;

const pasted = z.string().max(PASTE_CHARACTERS_MAX, 'must be at most 262,144 characters').optional();

const diagnosesRequestSchema = z.strictObject({
  request: pasted.describe(
    'The request as it was sent: raw HTTP, a curl command or the Apex that builds it.',
  ),
  response: pasted.describe('The answer as it came: raw HTTP, its JSON body, or the error text.'),
  text: pasted.describe('Anything else, or both together: lines of an Apex debug log, an exception.'),
});

const diagnosesAnswerSchema = z.object({
  diagnosis: diagnosisSchema.describe('The most likely one.'),
  findings: z.array(diagnosisSchema).describe('All that was found, the most likely first.'),
});

export function diagnosesRoutes(): Route[] {
  return [
    {
      method: 'post',
      path: '/v1/diagnoses',
      operationId: 'diagnose',
      tag: 'Diagnosis',
      summary: 'Explain a pasted request or answer',
      description: 'Nothing of what is pasted is stored, logged or given back.',
      permission: 'request',
      body: {
        schema: diagnosesRequestSchema,
        required: true,
        anyText: true,
        example: { response: '{"error":"invalid_client","error_description":"authentication failed"}' },
      },
      answers: { 200: { description: 'What was found.', schema: diagnosesAnswerSchema } },
      handle({ body }) {
        const { request, response, text } = parseInput(diagnosesRequestSchema, withoutBlanks(body));
        const parts = [request, response, text].filter((part) => part !== undefined);
        if (parts.length === 0) {
          throw invalidRequest([
            {
              field: 'text',
              detail: 'is required, or request, or response: paste what was sent or what came back',
            },
          ]);
        }
        const found = findings(parsePasted(parts.join('\n\n')));
        return { diagnosis: found[0], findings: found };
      },
    },
  ];
}
