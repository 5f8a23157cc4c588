/**
 * Traces over OpenTelemetry, set up by its own OTEL_* variables. Its packages are optional and loaded only where an endpoint is set:
 * they are large, and most bridges run without.
 */
import type { SpanContext, Tracer } from '@opentelemetry/api';
import { NO_TRACES, type SpanAttributes, type Traces, type TraceSpan } from './traces.ts';

const SERVICE_NAME = 'purecloud-bridge';
const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
const CLOSE_TIMEOUT_MS = 5_000;

export type TraceEnvironment = Readonly<Record<string, string | undefined>>;

/** Whether spans are to be sent, by the variables' usual meanings. Pure. */
export function wantsTraces(env: TraceEnvironment): boolean {
  const endpoints = [env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, env.OTEL_EXPORTER_OTLP_ENDPOINT];
  const isOff = env.OTEL_SDK_DISABLED?.toLowerCase() === 'true' || env.OTEL_TRACES_EXPORTER === 'none';
  return endpoints.some((endpoint = '') => endpoint.trim() !== '') && !isOff;
}

function contextOf(traceparent: string | undefined): SpanContext | undefined {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(traceparent ?? '') ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true };
}

function traceparentOf({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-0${traceFlags & 1}`;
}

interface Loaded {
  api: typeof import('@opentelemetry/api');
  tracer: Tracer;
  shutdown(): Promise<void>;
}

/** The exporter, the batches, the sampler and the resource read their OTEL_* variables by themselves. */
async function load(version: string): Promise<Loaded> {
  const [api, sdk, exporter, resources] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace-base'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ]);
  const own = { 'service.name': SERVICE_NAME, 'service.version': version };
  const given = resources.detectResources({ detectors: [resources.envDetector] });
  const provider = new sdk.BasicTracerProvider({
    resource: resources.resourceFromAttributes(own).merge(given),
    spanProcessors: [new sdk.BatchSpanProcessor(new exporter.OTLPTraceExporter())],
  });
  return {
    api,
    tracer: provider.getTracer(SERVICE_NAME, version),
    shutdown: () => provider.shutdown(),
  };
}

function tracesOver({ api, tracer, shutdown }: Loaded): Traces {
  const kinds = { server: api.SpanKind.SERVER, client: api.SpanKind.CLIENT, internal: api.SpanKind.INTERNAL };
  return {
    isOn: true,
    start(name, { parent, kind, attributes }): TraceSpan {
      const remote = contextOf(parent);
      const context =
        remote === undefined ? api.ROOT_CONTEXT : api.trace.setSpanContext(api.ROOT_CONTEXT, remote);
      const span = tracer.startSpan(
        name,
        { kind: kinds[kind], ...(attributes === undefined ? {} : { attributes: { ...attributes } }) },
        context,
      );
      return {
        traceparent: traceparentOf(span.spanContext()),
        end(more: SpanAttributes = {}, failed = false) {
          span.setAttributes({ ...more });
          if (failed) span.setStatus({ code: api.SpanStatusCode.ERROR });
          span.end();
        },
      };
    },
    async close() {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, CLOSE_TIMEOUT_MS)));
      await Promise.race([shutdown().catch(() => undefined), late]);
      clearTimeout(timer);
    },
  };
}

/** Off where no endpoint is set, and, with a warning, where the packages are not installed. */
export async function openTraces(options: {
  env: TraceEnvironment;
  version: string;
  log: { warn(fields: object, message: string): void };
}): Promise<Traces> {
  if (!wantsTraces(options.env)) return NO_TRACES;
  try {
    return tracesOver(await load(options.version));
  } catch (error) {
    options.log.warn(
      { err: error },
      'An OpenTelemetry endpoint is set, but its packages cannot be loaded: no traces. Install the optional dependencies (npm ci without --omit=optional).',
    );
    return NO_TRACES;
  }
}
