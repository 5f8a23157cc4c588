/** The faults that a sandbox can be told to show, and which of them are on. Shapes and bookkeeping only: fault-middleware.ts acts. */
import { z } from 'zod';

/** Which requests a fault meets. `signIn` is the token endpoint, `api` everything else of the vendor. */
const FAULT_TARGETS = ['all', 'signIn', 'api'] as const;
export type FaultTarget = (typeof FAULT_TARGETS)[number];

const DEFAULT_HUGE_BYTES = 1024 ** 3;

const common = {
  target: z.enum(FAULT_TARGETS).default('all'),
  /** How many requests it meets before it goes off by itself. Absent: until it is switched off. */
  times: z.int().min(1).optional(),
};
const statusCode = z.int().min(200).max(599);
const fault = <K extends string, S extends z.ZodRawShape>(kind: K, shape: S) =>
  z.strictObject({ kind: z.literal(kind), ...common, ...shape });

const faultSchema = z.discriminatedUnion('kind', [
  fault('slow', { delayMs: z.int().min(0).max(600_000) }),
  fault('clockSkew', { skewSeconds: z.int() }),
  fault('expiresIn', { value: z.json() }),
  fault('status', {
    status: statusCode,
    body: z.string().default(''),
    contentType: z.string().default('application/json'),
    headers: z.record(z.string(), z.string()).default({}),
  }),
  fault('retryAfter', {
    status: statusCode.default(429),
    /** As it goes into the header: seconds, an HTTP date, or nonsense. */
    retryAfter: z.union([z.string(), z.number()]).transform(String),
  }),
  fault('html', { status: statusCode.default(503) }),
  fault('empty', { status: statusCode.default(200) }),
  fault('truncatedJson', { status: statusCode.default(200) }),
  fault('noToken', {}),
  fault('redirect', { status: z.int().min(300).max(399).default(302), location: z.string() }),
  fault('resetBefore', {}),
  fault('resetDuring', {}),
  fault('byteASecond', { intervalMs: z.int().min(1).default(1000) }),
  fault('hugeBody', { bytes: z.int().min(1).default(DEFAULT_HUGE_BYTES) }),
  fault('gzipBomb', { bytes: z.int().min(1).default(DEFAULT_HUGE_BYTES) }),
  fault('echoCredentials', { status: statusCode.default(400) }),
  /** Happens once, at the moment it is asked for; it never stays on. */
  z.strictObject({ kind: z.literal('revokeAllTokens') }),
]);

export type FaultInput = z.input<typeof faultSchema>;
export type Fault = z.output<typeof faultSchema>;
export type FaultKind = Fault['kind'];
export type LastingFault = Exclude<Fault, { kind: 'revokeAllTokens' }>;
/** A fault that gives the whole answer; the others change one that the sandbox gives. */
export type AnswerFault = Exclude<LastingFault, { kind: 'slow' | 'clockSkew' | 'expiresIn' }>;

export type ActiveFault<F extends LastingFault = LastingFault> = F & { id: number; met: number };

export interface Faults {
  /** Switches a fault on. @throws ZodError where the input is not a fault. @returns undefined for one that is already over. */
  switchOn(input: FaultInput): ActiveFault | undefined;
  /** Switches one fault off, or all. @returns how many were on. */
  switchOff(id?: number): number;
  list(): readonly ActiveFault[];
  /** The first fault of these kinds that meets `target`, counted as met. */
  take<K extends LastingFault['kind']>(
    target: Exclude<FaultTarget, 'all'>,
    kinds: readonly K[],
  ): ActiveFault<Extract<LastingFault, { kind: K }>> | undefined;
}

export function createFaults(actions: { revokeAllTokens: () => void }): Faults {
  let active: ActiveFault[] = [];
  let lastId = 0;
  const meet = (found: ActiveFault) => {
    found.met += 1;
    if (found.times !== undefined && found.met >= found.times) active = active.filter((one) => one !== found);
  };
  return {
    switchOn(input) {
      const parsed = faultSchema.parse(input);
      if (parsed.kind === 'revokeAllTokens') {
        actions.revokeAllTokens();
        return undefined;
      }
      const added = { ...parsed, id: ++lastId, met: 0 };
      active.push(added);
      return added;
    },
    switchOff(id) {
      const before = active.length;
      active = id === undefined ? [] : active.filter((one) => one.id !== id);
      return before - active.length;
    },
    list: () => active.map((one) => ({ ...one })),
    take(target, kinds) {
      const meets = (one: ActiveFault) => one.target === 'all' || one.target === target;
      const found = active.find((one) => meets(one) && (kinds as readonly string[]).includes(one.kind));
      if (found) meet(found);
      return found as never;
    },
  };
}
