/**
 * npm run set-bridge-key: sets the API key of the bridge on the principal of the External Credential, through the Connect
 * API. The key comes from BRIDGE_API_KEY, from standard input or from a prompt, and never from an argument.
 */
import { parseArgs } from 'node:util';
import { text } from 'node:stream/consumers';
import password from '@inquirer/password';
import { openOrg, type CallOrg } from './salesforce-org.ts';

const API = '/services/data/v66.0/named-credentials/credential';
const USAGE = `npm run set-bridge-key -- [--target-org ALIAS] [--oauth-caller NAME]

Sets the API key that the bridge gave for this org (npx pcbridge caller add …).
  --target-org ALIAS    org of the Salesforce CLI; default: its default org
  --oauth-caller NAME   sets the second pair too, callout:PureCloud, which signs in as this caller of the bridge
Key: from BRIDGE_API_KEY, from standard input, or typed. Org: SF_ACCESS_TOKEN and SF_INSTANCE_URL go before the CLI.`;

export interface Principal {
  externalCredential: string;
  principalName: string;
  body: object;
}

const encrypted = (value: string) => ({ value, encrypted: true });

/** The principals to be set. Pure. */
export function principalsOf(key: string, oauthCaller?: string): Principal[] {
  const bridge = { externalCredential: 'PureCloud_Bridge', principalName: 'BridgePrincipal' };
  const purecloud = { externalCredential: 'PureCloud', principalName: 'PureCloudPrincipal' };
  const custom = { authenticationProtocol: 'Custom', credentials: { ApiKey: encrypted(key) } };
  const oauth = {
    authenticationProtocol: 'OAuth',
    authenticationProtocolVariant: 'ClientCredentialsClientSecretBasic',
    credentials: {
      clientId: { value: oauthCaller, encrypted: false },
      clientSecret: encrypted(key),
    },
  };
  return [
    { ...bridge, body: { ...bridge, principalType: 'NamedPrincipal', ...custom } },
    ...(oauthCaller === undefined
      ? []
      : [{ ...purecloud, body: { ...purecloud, principalType: 'NamedPrincipal', ...oauth } }]),
  ];
}

/** Whether the org holds a value for the principal already: then it is replaced (PUT), else made (POST). */
function hasValue(answer: string): boolean {
  const json = answer.slice(Math.max(0, answer.indexOf('{')));
  try {
    const { credentials } = JSON.parse(json) as { credentials?: object };
    return Object.keys(credentials ?? {}).length > 0;
  } catch {
    return false;
  }
}

/** @throws Error With what the org said, and what to do. */
export async function setPrincipal(callOrg: CallOrg, principal: Principal): Promise<'made' | 'replaced'> {
  const { externalCredential, principalName } = principal;
  const query = new URLSearchParams({ externalCredential, principalName, principalType: 'NamedPrincipal' });
  const present = await callOrg('GET', `${API}?${query.toString()}`);
  if (!present.ok) {
    throw new Error(
      `The org does not show the principal ${principalName} of ${externalCredential}. Deploy force-app first, and use a user with "Manage Named Credentials". The org said: ${present.text.slice(0, 500)}`,
    );
  }
  const isThere = hasValue(present.text);
  const written = await callOrg(isThere ? 'PUT' : 'POST', API, principal.body);
  if (!written.ok) throw new Error(`The org did not take the key. It said: ${written.text.slice(0, 500)}`);
  return isThere ? 'replaced' : 'made';
}

async function readKey(env: NodeJS.ProcessEnv): Promise<string> {
  // A blank variable is none, as everywhere.
  const given =
    env.BRIDGE_API_KEY?.trim() ||
    (process.stdin.isTTY
      ? await password({ message: 'API key of the bridge', mask: '*' })
      : await text(process.stdin));
  const key = given.trim();
  if (!/^[\x21-\x7e]{16,512}$/.test(key))
    throw new Error('That is no API key of the bridge: it has at least 16 visible characters and no blank.');
  return key;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      'target-org': { type: 'string' },
      'oauth-caller': { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) {
    console.log(USAGE);
    return;
  }
  const callOrg = openOrg({ env: process.env, targetOrg: values['target-org'] });
  const key = await readKey(process.env);
  for (const principal of principalsOf(key, values['oauth-caller'])) {
    const outcome = await setPrincipal(callOrg, principal);
    console.log(`${principal.externalCredential}: the key of ${principal.principalName} is ${outcome}.`);
  }
  console.log('Assign the permission set next: sf org assign permset --name PureCloud_Bridge_Admin');
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 2;
  }
}
