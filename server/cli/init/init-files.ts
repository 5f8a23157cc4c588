/** The files that `pcbridge init` writes: a configuration to begin with, and the variables it needs. Pure; no secret in any of them. */
import { bridgeFileJsonSchema } from '../../apply/bridge-file.ts';

export const SALESFORCE_FLOWS = ['client_credentials', 'password', 'jwt'] as const;
export type SalesforceFlow = (typeof SALESFORCE_FLOWS)[number];

export interface InitAnswers {
  /** Name of the PureCloud connection. */
  name: string;
  /** Key of its region. */
  region: string;
  salesforce?: {
    name: string;
    /** My Domain address, without a path. */
    url: string;
    flow: SalesforceFlow;
  };
}

export interface InitFile {
  name: string;
  content: string;
}

function variable(name: string, field: string): string {
  return `${name.toUpperCase().replaceAll('-', '_')}_${field}`;
}

interface Part {
  yaml: string[];
  /** Variable and what it is. */
  variables: [string, string][];
}

function pureCloudPart({ name, region }: InitAnswers): Part {
  const [id, secret] = [variable(name, 'CLIENT_ID'), variable(name, 'CLIENT_SECRET')];
  return {
    yaml: [
      `  ${name}:`,
      '    provider: purecloud',
      `    region: ${region}`,
      `    clientId: \${env:${id}}`,
      `    clientSecret: \${env:${secret}}`,
    ],
    variables: [
      [id, 'PureCloud: Admin > Integrations > OAuth, a client with the grant Client Credentials'],
      [secret, 'its secret'],
    ],
  };
}

const FLOW_FIELDS: Record<SalesforceFlow, readonly [field: string, variable: string, what: string][]> = {
  client_credentials: [['clientSecret', 'CLIENT_SECRET', 'its consumer secret']],
  password: [
    ['clientSecret', 'CLIENT_SECRET', 'its consumer secret'],
    ['username', 'USERNAME', 'user name of the integration user'],
    ['password', 'PASSWORD', 'password of that user'],
    ['securityToken', 'SECURITY_TOKEN', 'security token of that user'],
  ],
  jwt: [
    ['privateKey', 'PRIVATE_KEY', 'private key of its certificate, PEM: all of its lines, in double quotes'],
    ['subject', 'USERNAME', 'user name of the integration user'],
  ],
};

const GRANT_LINE: Record<SalesforceFlow, (url: string) => string[]> = {
  client_credentials: () => [],
  password: () => ['    grantType: password'],
  jwt: (url) => ['    grantType: urn:ietf:params:oauth:grant-type:jwt-bearer', `    audience: ${url}`],
};

function salesforcePart({ salesforce }: InitAnswers): Part {
  if (salesforce === undefined) return { yaml: [], variables: [] };
  const { name, url, flow } = salesforce;
  const id = variable(name, 'CLIENT_ID');
  const fields = FLOW_FIELDS[flow].map(
    ([field, suffix, what]) => ({ field, variable: variable(name, suffix), what }) as const,
  );
  return {
    yaml: [
      `  ${name}:`,
      '    provider: salesforce',
      `    url: ${url}/services/oauth2/token`,
      ...GRANT_LINE[flow](url),
      `    clientId: \${env:${id}}`,
      ...fields.map((field) => `    ${field.field}: \${env:${field.variable}}`),
    ],
    variables: [
      [id, 'Salesforce: consumer key of the external client app'],
      ...fields.map((field): [string, string] => [field.variable, field.what]),
    ],
  };
}

function bridgeYaml({ name }: InitAnswers, parts: readonly Part[]): string {
  return `${[
    '# yaml-language-server: $schema=./bridge.schema.json',
    '# Applied with "pcbridge apply -f bridge.yaml", or at start with BRIDGE_CONFIG=bridge.yaml.',
    '# Secrets stay outside: ${env:NAME} reads a variable, ${file:PATH} a file beside this one.',
    'connections:',
    ...parts.flatMap(({ yaml }) => yaml),
    '',
    'callers:',
    '  my-org:',
    '    # Calls PureCloud through the bridge, and never sees a token.',
    `    permissions: ['proxy:${name}', read]`,
    '    key: ${env:MY_ORG_BRIDGE_KEY}',
  ].join('\n')}\n`;
}

function envExample(parts: readonly Part[]): string {
  const variables: [string, string][] = [
    ...parts.flatMap((part) => part.variables),
    ['MY_ORG_BRIDGE_KEY', 'API key of the caller my-org, at least 24 characters: openssl rand -base64 32'],
    ['BRIDGE_ADMIN_KEY', 'API key of the caller admin, likewise'],
    ['BRIDGE_SECRET_KEY', 'seals stored secrets: openssl rand -base64 32; keep it apart from the backups'],
  ];
  const lines = variables.flatMap(([name, what]) => [`# ${what}`, `${name}=`]);
  return `${[
    '# Copy to .env and fill in; keep .env out of version control.',
    'BRIDGE_CONFIG=bridge.yaml',
    ...lines,
  ].join('\n')}\n`;
}

export function initFiles(answers: InitAnswers): InitFile[] {
  const parts = [pureCloudPart(answers), salesforcePart(answers)];
  return [
    { name: 'bridge.yaml', content: bridgeYaml(answers, parts) },
    { name: '.env.example', content: envExample(parts) },
    { name: 'bridge.schema.json', content: `${JSON.stringify(bridgeFileJsonSchema(), null, 2)}\n` },
  ];
}
