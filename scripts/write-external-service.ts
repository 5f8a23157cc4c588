/**
 * npm run generate:external-service: writes an External Service registration of this bridge's API, ready to be deployed
 * with `sf project deploy start --metadata-dir`. Optional, and not part of force-app: the Flow actions of the package do
 * without, and every registration counts towards the limits of an org.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeApi } from '../server/compose/compose-bridge.ts';

const NAME = 'PureCloudBridge';
const API_VERSION = '66.0';
/** What a flow has use for. Settings and keys of callers are for administrators, on the page or the command line. */
const OPERATIONS: ReadonlySet<string> = new Set([
  'diagnose',
  'getRun',
  'getStatus',
  'getToken',
  'listConnections',
  'listRuns',
  'listSyncs',
  'startRun',
  'testConnection',
]);

interface Document {
  paths: Record<string, Record<string, { operationId?: string }>>;
}

/** The document with the operations of a flow alone. Pure. */
export function forFlow(document: Document): Document {
  const paths = Object.entries(document.paths).flatMap(([path, methods]) => {
    const kept = Object.entries(methods).filter(([, { operationId }]) => OPERATIONS.has(operationId ?? ''));
    return kept.length === 0 ? [] : [[path, Object.fromEntries(kept)] as const];
  });
  return { ...document, paths: Object.fromEntries(paths) };
}

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** @returns File name -> content, in the format of the Metadata API. */
export function externalServiceFiles(document: Document): Record<string, string> {
  const offered = forFlow(document);
  const schema = escaped(JSON.stringify(offered));
  const operations = Object.values(offered.paths)
    .flatMap((methods) => Object.values(methods).map(({ operationId }) => operationId))
    .map(
      (name) =>
        `    <operations>\n        <active>true</active>\n        <name>${name}</name>\n    </operations>\n`,
    )
    .join('');
  const namespace = 'xmlns="http://soap.sforce.com/2006/04/metadata"';
  return {
    'package.xml': `<?xml version="1.0" encoding="UTF-8"?>
<Package ${namespace}>
    <types>
        <members>${NAME}</members>
        <name>ExternalServiceRegistration</name>
    </types>
    <version>${API_VERSION}</version>
</Package>
`,
    [`externalServiceRegistrations/${NAME}.externalServiceRegistration`]: `<?xml version="1.0" encoding="UTF-8"?>
<ExternalServiceRegistration ${namespace}>
    <description>API of PureCloud Bridge, as actions of flows and agents.</description>
    <label>PureCloud Bridge</label>
    <namedCredential>PureCloud_Bridge</namedCredential>
${operations}    <registrationProviderType>Custom</registrationProviderType>
    <schema>${schema}</schema>
    <schemaType>OpenApi3</schemaType>
    <status>Complete</status>
</ExternalServiceRegistration>
`,
  };
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { out: { type: 'string', default: 'dist/external-service' } } });
  for (const [file, content] of Object.entries(externalServiceFiles(describeApi() as Document))) {
    mkdirSync(join(values.out, file, '..'), { recursive: true });
    writeFileSync(join(values.out, file), content);
  }
  console.log(`Written. Deploy it with: sf project deploy start --metadata-dir ${values.out}`);
}
