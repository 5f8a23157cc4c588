/** A refusal of the org's API, thrown by the rules and answered as the array of errors that every version of the API answers. */

export class OrgRefusal extends Error {
  readonly status: number;
  readonly errorCode: string;

  constructor(status: number, errorCode: string, message: string) {
    super(message);
    this.status = status;
    this.errorCode = errorCode;
  }
}

export function malformedQuery(message: string): OrgRefusal {
  return new OrgRefusal(400, 'MALFORMED_QUERY', message);
}

/** Also what a field says that the user may not see: nothing tells the two apart. */
export function noSuchField(field: string, object: string): OrgRefusal {
  return new OrgRefusal(
    400,
    'INVALID_FIELD',
    `No such column '${field}' on entity '${object}'. If you are attempting to use a custom field, be sure to append the '__c' after the custom field name.`,
  );
}
