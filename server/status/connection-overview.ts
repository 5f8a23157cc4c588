/** How one connection is, as page, API, CLI and metrics show it. Pure. Never a token or a secret. */
import { connectionStatus } from '../connections/connection-status.ts';
import type { ConnectionView } from '../connections/connection-view.ts';
import { deprecationOf, type Deprecation } from '../connections/deprecation.ts';
import type { BudgetState } from '../purecloud/request-budget.ts';
import type { ApiUsage } from '../salesforce/api-usage.ts';
import type { StatusWord } from '../status-words.ts';
import type { ConnectionUsage } from '../telemetry/usage.ts';
import type { TokenState } from '../tokens/token-states.ts';

const CERTIFICATE_EXCEPTIONS = [
  'ignoreUnknownCertificateAuthority',
  'ignoreWrongCertificateUsage',
  'ignoreCertificateNameMismatch',
  'ignoreInvalidCertificateDate',
] as const satisfies readonly (keyof ConnectionView)[];

/** Members are such as Apex can have: `class` is none. */
export interface FailureOverview {
  failureClass: string;
  isLatched: boolean;
  failures: number;
  retryAfterSeconds?: number;
  code?: string;
  title?: string;
  remedy?: string;
}

export interface ConnectionOverview {
  name: string;
  provider: string;
  grantType: string;
  region?: string;
  status: StatusWord;
  areSecretsReadable: boolean;
  token: {
    hasToken: boolean;
    expiresInSeconds?: number;
    generation: number;
    isGranting: boolean;
    waitingCallers: number;
  };
  failure?: FailureOverview;
  lastUsedAt?: string;
  usesToday: number;
  /** Flags that are switched on. */
  certificateExceptions: readonly string[];
  deprecation?: Deprecation;
  budget?: BudgetState;
  /** Of the org's daily API calls, as it last said; absent where no sync has called it since the bridge began. */
  apiUsage?: ApiUsage;
}

function failureOf({ failure }: TokenState): Pick<ConnectionOverview, 'failure'> {
  if (failure === undefined) return {};
  const { diagnosis, class: failureClass, ...more } = failure;
  const known = { failureClass, ...more };
  if (diagnosis === undefined) return { failure: known };
  const { code, title, remedy } = diagnosis;
  return { failure: { ...known, code, title, remedy } };
}

function tokenOf({ hasToken, expiresInSeconds, generation, isGranting, waitingCallers }: TokenState) {
  const expiry = expiresInSeconds === undefined ? {} : { expiresInSeconds };
  return { hasToken, ...expiry, generation, isGranting, waitingCallers };
}

/** What was looked up. */
export interface ConnectionLook {
  view: ConnectionView;
  areSecretsReadable: boolean;
  state: TokenState;
  budget: BudgetState | undefined;
  usage: ConnectionUsage | undefined;
  apiUsage?: ApiUsage | undefined;
}

export function overviewOf({
  view,
  areSecretsReadable,
  state,
  budget,
  usage,
  apiUsage,
}: ConnectionLook): ConnectionOverview {
  const { name, provider, grantType, region } = view;
  const deprecation = deprecationOf(view);
  const isPaused = budget?.blockedForSeconds !== undefined;
  return {
    name,
    provider,
    grantType,
    ...(region === undefined ? {} : { region }),
    status: connectionStatus({ areSecretsReadable, token: state, isPaused }),
    areSecretsReadable,
    token: tokenOf(state),
    ...failureOf(state),
    ...(usage === undefined ? {} : { lastUsedAt: usage.lastUsedAt.toISOString() }),
    usesToday: usage?.usesToday ?? 0,
    certificateExceptions: CERTIFICATE_EXCEPTIONS.filter((flag) => view[flag]),
    ...(deprecation === undefined ? {} : { deprecation }),
    ...(budget === undefined ? {} : { budget }),
    ...(apiUsage === undefined ? {} : { apiUsage }),
  };
}
