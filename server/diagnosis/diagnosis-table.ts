/** The one table of what goes wrong and what to do about it. Rows sit beside what they speak of; their order is decided here. */
import type { OutcomeRow, RequestRow } from './diagnosis-row.ts';
import { ANSWER_ROWS } from './rows/answer.ts';
import { APEX_ROWS } from './rows/apex.ts';
import { BRIDGE_ROWS } from './rows/bridge.ts';
import { PURECLOUD_ROWS } from './rows/purecloud.ts';
import { ADDRESS_ROWS, HOST_ROWS } from './rows/request-address.ts';
import { BODY_ROWS } from './rows/request-body.ts';
import { CREDENTIAL_ROWS } from './rows/request-credential.ts';
import { SALESFORCE_ROWS } from './rows/salesforce.ts';
import { NETWORK_ROWS } from './rows/transport-network.ts';
import { TLS_ROWS } from './rows/transport-tls.ts';

/** All that match are told, in this order: a request may have several faults. */
export const REQUEST_ROWS: readonly RequestRow[] = [
  ...ADDRESS_ROWS,
  ...BODY_ROWS,
  ...CREDENTIAL_ROWS,
  ...HOST_ROWS,
];

/** The first that matches is told: most specific first. An answer of the bridge, and what Apex says of its own call, name their cause themselves. */
export const OUTCOME_ROWS: readonly OutcomeRow[] = [
  ...BRIDGE_ROWS,
  ...APEX_ROWS,
  ...TLS_ROWS,
  ...NETWORK_ROWS,
  ...PURECLOUD_ROWS,
  ...SALESFORCE_ROWS,
  ...ANSWER_ROWS,
];

/** Tells what is left when no row matches. */
export const NOT_RECOGNISED: OutcomeRow = {
  code: 'not_recognised',
  title: 'This is not in the list of known faults',
  causes: [
    'The system that answered has changed its words.',
    'The part that tells the cause is missing: the request, the status or the body.',
  ],
  remedy:
    'Paste request and answer together into pcbridge explain -; if it still is not recognised, report it, with secrets taken out.',
  when: () => true,
};

export const DIAGNOSIS_TABLE: readonly (OutcomeRow | RequestRow)[] = [
  ...REQUEST_ROWS,
  ...OUTCOME_ROWS,
  NOT_RECOGNISED,
];

/** Every code that a diagnosis can have, the codes of the catalogue of errors among them. */
export const ALL_DIAGNOSIS_CODES: readonly string[] = DIAGNOSIS_TABLE.map(({ code }) => code);
