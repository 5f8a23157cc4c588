/** POST /oauth/token and /login/{name}/oauth/token: what any OAuth client, an External Credential and the vendor's SDK sign in to. */
import { z } from 'zod';
import type { Caller } from '../callers/caller.ts';
import { mayCaller, mayKnow } from '../callers/permissions.ts';
import type { ConnectionStore } from '../connections/connection-store.ts';
import { BridgeError } from '../errors.ts';
import type { BridgeTokens } from '../tokens/bridge-token.ts';
import type { TokenBroker } from '../tokens/token-broker.ts';
import { parseInput, withoutBlanks } from '../validation.ts';
import type { Gate, SignIn } from './authenticate.ts';
import { awaitCaller } from './bridge-response.ts';
import { noConnection } from './connections.ts';
import {
  clientKeys,
  oauthMembers,
  oauthProblemSchema,
  oauthRefusal,
  tokenFormSchema,
} from './oauth-client.ts';
import { isBasic } from './presented-key.ts';
import type { Route, RouteContext } from './route.ts';
import { tokenRequestOf } from './tokens.ts';

const TAG = 'OAuth';
const GRANT_TYPE = 'client_credentials';

const tokenAnswerSchema = z.object({
  access_token: z.string(),
  token_type: z.string(),
  expires_in: z.int().describe('Seconds.'),
  scope: z.string().describe('Name of the connection.'),
  instance_url: z.string().optional(),
});
type TokenAnswer = z.output<typeof tokenAnswerSchema>;

const loginAnswerSchema = tokenAnswerSchema.omit({ instance_url: true });

export interface OAuthRouteParts {
  gate: Pick<Gate, 'signIn'>;
  broker: TokenBroker;
  connections: ConnectionStore;
  bridgeTokens: Pick<BridgeTokens, 'issue'>;
}

interface SignedIn {
  signIn: SignIn;
  scope: string | undefined;
}

/** Who the client is comes before what it wants, so that a stranger learns nothing from the difference. */
async function signedIn(
  { request, response, body }: RouteContext,
  gate: Pick<Gate, 'signIn'>,
): Promise<SignedIn> {
  const form = parseInput(tokenFormSchema, { grant_type: '', ...(withoutBlanks(body) as object) });
  const asked = gate.signIn(request, clientKeys(request.headers.authorization, form));
  const signIn = asked instanceof Promise ? await awaitCaller(asked, response) : asked;
  response.locals.caller = signIn.caller;
  if (
    form.client_id !== undefined &&
    !isBasic(request.headers.authorization) &&
    form.client_id !== signIn.caller.name
  )
    throw new BridgeError('caller_unauthenticated', {
      detail: 'The client_id is not the name of the caller that signed in',
    });
  if (form.grant_type === '')
    throw oauthRefusal(
      'invalid_request',
      'grant_type is missing',
      `Send grant_type=${GRANT_TYPE} in the body, as a form.`,
    );
  if (form.grant_type !== GRANT_TYPE)
    throw oauthRefusal(
      'unsupported_grant_type',
      'The grant type is not known here',
      `Send grant_type=${GRANT_TYPE}.`,
    );
  return { signIn, scope: form.scope?.trim() };
}

function heldConnections({ permissions }: Caller): string[] {
  return permissions.flatMap((permission) => /^token:([^*]+)$/.exec(permission)?.[1] ?? []);
}

/** @throws BridgeError with `invalid_scope`. */
function connectionOf(caller: Caller, scope: string | undefined): string {
  if (scope !== undefined) return scope;
  const held = [...new Set(heldConnections(caller))];
  if (
    held.length === 1 &&
    !caller.permissions.some((granted) => granted === 'admin' || /^token:.*\*/.test(granted))
  )
    return held[0]!;
  throw oauthRefusal(
    'invalid_scope',
    'The caller may have tokens of more than one connection, or of none, and the request names none',
    'Send scope=CONNECTION with the name of a connection.',
  );
}

/** @throws BridgeError with `invalid_scope` for what the caller may not know of, `unauthorized_client` for what it may not have. */
function checkHandout(
  { caller, name }: { caller: Caller; name: string },
  connections: OAuthRouteParts['connections'],
): void {
  const connection = connections.find(name);
  if (connection === undefined || !mayKnow(caller.permissions, 'connection', name)) {
    throw oauthRefusal(
      'invalid_scope',
      'The scope is not the name of one connection that this caller may use',
      `Send scope=CONNECTION, and see that the caller ${caller.name} has the permission token:CONNECTION.`,
    );
  }
  if (!mayCaller(caller.permissions, `token:${name}`)) {
    throw oauthRefusal(
      'unauthorized_client',
      `The caller ${caller.name} may not have tokens of the connection ${name}`,
      `Ask an administrator of the bridge for the permission token:${name}.`,
    );
  }
  if (connection.allowTokenHandout) return;
  throw oauthRefusal(
    'unauthorized_client',
    `The connection ${name} hands out no tokens`,
    `Sign in at /login/${name}/oauth/token and call through /proxy/${name}/, or set allowTokenHandout on the connection.`,
  );
}

/** @throws BridgeError `not_found` for what the caller may not know of; with `unauthorized_client`, `invalid_scope`. */
function checkLogin(
  { signIn: { caller }, scope }: SignedIn,
  name: string,
  connections: OAuthRouteParts['connections'],
): void {
  if (connections.find(name) === undefined || !mayKnow(caller.permissions, 'connection', name))
    throw noConnection(name);
  if (!mayCaller(caller.permissions, `proxy:${name}`)) {
    throw oauthRefusal(
      'unauthorized_client',
      `The caller ${caller.name} may not use the proxy of the connection ${name}`,
      `Ask an administrator of the bridge for the permission proxy:${name}.`,
    );
  }
  if (scope === undefined || scope === name) return;
  throw oauthRefusal(
    'invalid_scope',
    'The scope is not the connection of this address',
    'Leave the scope out.',
  );
}

/** A token that every proxied call would be refused with is not worth having: better the reason now, where a person sets things up. */
async function refuseIfLatched(name: string, broker: OAuthRouteParts['broker']): Promise<void> {
  const { failure } = await broker.state(name);
  if (failure?.isLatched !== true) return;
  throw new BridgeError('credential_rejected', {
    exitPath: 'Failure',
    ...(failure.diagnosis === undefined
      ? {}
      : { detail: failure.diagnosis.title, remedy: failure.diagnosis.remedy }),
  });
}

/** What every answer of a token endpoint must have (RFC 6749 §5.1); `Cache-Control` is everywhere already. */
const HEADERS = { Pragma: 'no-cache' };

/** What both routes have in common. */
const tokenEndpoint = {
  method: 'post',
  tag: TAG,
  body: {
    schema: tokenFormSchema,
    required: true,
    form: true,
    example: { grant_type: GRANT_TYPE, scope: 'purecloud' },
  },
  dialect: (error, { headers: { authorization } }) => ({
    members: oauthMembers(error),
    headers:
      error.code === 'caller_unauthenticated' && authorization !== undefined
        ? { ...HEADERS, 'WWW-Authenticate': 'Basic realm="PureCloud Bridge", charset="UTF-8"' }
        : HEADERS,
  }),
} as const satisfies Partial<Route>;

function answersOf(description: string, schema: z.ZodType): Route['answers'] {
  return {
    200: { description, schema },
    400: { description: 'The request cannot be granted as it is.', schema: oauthProblemSchema },
    401: { description: 'invalid_client: name or key is wrong.', schema: oauthProblemSchema },
  };
}

export function oauthTokenRoutes({ gate, broker, connections, bridgeTokens }: OAuthRouteParts): Route[] {
  return [
    {
      ...tokenEndpoint,
      path: '/oauth/token',
      operationId: 'issueUpstreamToken',
      summary: 'Sign in as an OAuth client and get the token of a connection',
      description:
        'Client id and secret are name and API key of a caller, as Basic or in the form; the scope is the name of the connection.',
      answers: answersOf('The token of the connection.', tokenAnswerSchema),
      problems: [429, 502, 503, 504],
      async handle(context): Promise<TokenAnswer> {
        context.response.setHeader('Pragma', HEADERS.Pragma);
        const { signIn, scope } = await signedIn(context, gate);
        const { caller } = signIn;
        const name = connectionOf(caller, scope);
        checkHandout({ caller, name }, connections);
        const token = broker.peek(name, 0) ?? (await broker.getToken(name, tokenRequestOf(context, 0)));
        return {
          access_token: token.accessToken.reveal(),
          token_type: token.tokenType,
          expires_in: token.expiresInSeconds,
          scope: name,
          ...(token.instanceUrl === undefined ? {} : { instance_url: token.instanceUrl }),
        };
      },
    },
    {
      ...tokenEndpoint,
      path: '/login/{name}/oauth/token',
      operationId: 'issueProxyToken',
      summary: 'Sign in as an OAuth client and get a token for the proxy of one connection',
      description:
        'The token is the bridge’s own and good for /proxy/{name} alone, for an hour at most; that of the upstream stays inside.',
      answers: answersOf('A token for /proxy/{name}.', loginAnswerSchema),
      problems: [404, 429, 502, 503],
      async handle(context): Promise<TokenAnswer> {
        context.response.setHeader('Pragma', HEADERS.Pragma);
        const name = context.params.name!;
        const signed = await signedIn(context, gate);
        const { signIn } = signed;
        checkLogin(signed, name, connections);
        await refuseIfLatched(name, broker);
        const { token, expiresInSeconds } = await bridgeTokens.issue(
          signIn.caller,
          signIn.credential(),
          name,
        );
        return {
          access_token: token.reveal(),
          token_type: 'bearer',
          expires_in: expiresInSeconds,
          scope: name,
        };
      },
    },
  ];
}
