/** Spans, as the rest of the bridge sees them: one that costs nothing where nobody collects them. No attribute ever holds a header, a query or a secret. */

export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

export interface StartSpan {
  /** W3C traceparent of whoever called; absent: the span begins a trace. */
  parent?: string | undefined;
  kind: 'server' | 'client' | 'internal';
  attributes?: SpanAttributes;
}

export interface TraceSpan {
  /** To pass on, so that what is called becomes a child of this span. */
  traceparent: string | undefined;
  /** `failed` marks the span; no text of an error goes with it. */
  end(attributes?: SpanAttributes, failed?: boolean): void;
}

export interface Traces {
  readonly isOn: boolean;
  start(name: string, options: StartSpan): TraceSpan;
  /** Sends what is left. Never throws. */
  close(): Promise<void>;
}

const NO_SPAN: TraceSpan = { traceparent: undefined, end: () => undefined };

export const NO_TRACES: Traces = { isOn: false, start: () => NO_SPAN, close: () => Promise.resolve() };
