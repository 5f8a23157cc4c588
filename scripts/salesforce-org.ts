/** The way to a Salesforce org: with an access token from the environment, else through the Salesforce CLI. */
import { spawn } from 'node:child_process';

export interface OrgAnswer {
  ok: boolean;
  /** What the org answered, for people. */
  text: string;
}

/** One call of the org's REST API. The body never stands in an argument of a process. */
export type CallOrg = (method: string, path: string, body?: object) => Promise<OrgAnswer>;

export interface OrgOptions {
  env: NodeJS.ProcessEnv;
  /** Alias or user name of the Salesforce CLI; undefined: its default org. */
  targetOrg?: string | undefined;
}

function overHttp(instanceUrl: string, accessToken: string): CallOrg {
  const base = instanceUrl.replace(/\/$/, '');
  return async (method, path, body) => {
    const answer = await fetch(base + path, {
      method,
      headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
    return { ok: answer.ok, text: await answer.text() };
  };
}

function throughCli(targetOrg: string | undefined, env: NodeJS.ProcessEnv): CallOrg {
  const isWindows = process.platform === 'win32'; // there sf is a .cmd file, which needs a shell, which splits at "&"
  return (method, path, body) =>
    new Promise((resolve, reject) => {
      const address = isWindows ? `"${path}"` : path;
      const target = targetOrg === undefined ? [] : ['--target-org', targetOrg];
      const input = body === undefined ? [] : ['--body', '-'];
      const child = spawn(
        'sf',
        ['api', 'request', 'rest', address, '--method', method, ...input, ...target],
        {
          env,
          stdio: ['pipe', 'pipe', 'pipe'],
          shell: isWindows,
        },
      );
      let [answered, said] = ['', ''];
      child.stdout.on('data', (chunk) => (answered += String(chunk)));
      child.stderr.on('data', (chunk) => (said += String(chunk)));
      child.once('error', () =>
        reject(
          new Error(
            'The Salesforce CLI (sf) was not found. Install it, or set SF_ACCESS_TOKEN and SF_INSTANCE_URL.',
          ),
        ),
      );
      // Beside an answer the CLI says that there is a newer CLI.
      child.once('close', (code) =>
        resolve(code === 0 ? { ok: true, text: answered } : { ok: false, text: answered + said }),
      );
      child.stdin.on('error', () => undefined); // the CLI ended before it had read: its message says why
      child.stdin.end(body === undefined ? '' : JSON.stringify(body));
    });
}

/** @throws Error Where only one of the two variables is set. */
export function openOrg({ env, targetOrg }: OrgOptions): CallOrg {
  const { SF_ACCESS_TOKEN: token, SF_INSTANCE_URL: url } = env;
  if (token && url) return overHttp(url, token);
  if (token || url)
    throw new Error(
      'Set both SF_ACCESS_TOKEN and SF_INSTANCE_URL (https://NAME.my.salesforce.com), or neither.',
    );
  return throughCli(targetOrg, env);
}
