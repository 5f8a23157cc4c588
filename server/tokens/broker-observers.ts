/** Who watches the broker: log and metrics. Shapes only; nothing here ever gets a secret. */

export interface BrokerLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Every member is optional: a metric nobody wants is not counted. */
export interface BrokerMetrics {
  /** One grant was executed, and ended with this exit path. */
  grantExecuted?(connection: string, exitPath: string, durationMs: number): void;
  /** `result`: `token`, `abandoned` or a failure class. */
  grantEnded?(connection: string, result: string, durationMs: number): void;
  /** The answer had no usable `expires_in`, or more of it than any upstream gives. */
  lifetimeCorrected?(connection: string, source: 'assumed' | 'capped'): void;
  /** An instance that was overtaken came back with its result. */
  staleResultRefused?(connection: string): void;
  /** Clock of the upstream less our wall clock, from the `Date` of an answer. */
  clockSkewMs?(connection: string, skewMs: number): void;
  storeAway?(isAway: boolean): void;
}
