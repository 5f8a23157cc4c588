/** A refusal of PureCloud's outbound API, thrown by the rules and answered as an `ErrorBody`. */
import type { ErrorRequestHandler } from 'express';
import { sendApiError } from '../api-error.ts';

/** Texts of the codes, as the API's own description gives them. Clients must match on the code. */
const MESSAGES: Readonly<Record<string, string>> = {
  'bad.request': 'The request could not be understood by the server due to malformed syntax.',
  'invalid.value': 'Value [%s] is not valid for field type [%s]. Allowable values are: %s',
  'name.cannot.be.blank': 'A name must be provided.',
  'name.length.exceeded': 'The name length exceeds the limit of 64 characters.',
  'duplicate.name': 'The name already exists.',
  'max.entity.count.reached': 'The maximum contact list count has been reached.',
  'no.contact.columns.defined': 'There are no contact columns defined.',
  'contact.columns.limit.exceeded': 'Number of contact columns must not exceed the limit.',
  'not.unique.contact.columns': 'Contact Columns contains duplicate values.',
  'not.unique.phone.columns': 'Phone Number Columns contain duplicate values.',
  'no.phone.columns': 'The contact list has no phone columns.',
  'invalid.contact.phone.column': 'The contact phone columns are invalid.',
  'system.column.phone.column': 'ContactList Phone column cannot be a system defined column name.',
  'cannot.update.contact.column.names':
    'An attempt was made to update a ContactList in an invalid way. Details: Contact columns are different',
  'cannot.update.phone.columns':
    'An attempt was made to update a ContactList in an invalid way. Details: Phone number columns are different',
  'invalid.update.wrong.version': 'The version number does not match the most recent update.',
  'invalid.update.campaign.active': 'The campaign is active and cannot be changed.',
  'too.many.recycles': 'The campaign was recycled less than 5 seconds ago.',
  'too.many.bulk.retrieves': 'Only 100 contact lists can be retrieved by id at a time',
  'contact.list.in.use': 'The contact list is in use.',
  'contact.list.not.found': 'The contact list could not be found.',
  'resource.not.found': 'The resource could not be found.',
  'invalid.contact.columns': 'The contact columns are invalid.',
  'invalid.contact.id': 'The custom contactId field is not valid.  It cannot contain special characters.',
  'no.contacts.specified': 'There were no contacts specified in the request.',
  'too.many.contacts.requested': 'Only 50 contacts can be retrieved at a time.',
  'no.available.list.export.uri': 'There is no available download URI for contact list at this time.',
  'request.entity.too.large': 'The request is over the size limit. Maximum bytes: 512000',
  'unsupported.media.type':
    'Unsupported Media Type - Unsupported or incorrect media type, such as an incorrect Content-Type value in the header.',
};

export class ApiRefusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message = MESSAGES[code] ?? code) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

interface BodyReaderFault {
  type?: unknown;
  status?: unknown;
}

function toRefusal(error: unknown): ApiRefusal | undefined {
  if (error instanceof ApiRefusal) return error;
  const { type, status } = (error ?? {}) as BodyReaderFault;
  if (type === 'entity.too.large') return new ApiRefusal(413, 'request.entity.too.large');
  if (status === 415) return new ApiRefusal(415, 'unsupported.media.type');
  if (typeof type === 'string') return new ApiRefusal(400, 'bad.request');
  return undefined;
}

/** Goes behind the routes. */
export const answerRefusal: ErrorRequestHandler = (error: unknown, _req, res, next) => {
  const refusal = toRefusal(error);
  if (refusal === undefined) next(error);
  else sendApiError(res, refusal.status, refusal.code, { message: refusal.message });
};
