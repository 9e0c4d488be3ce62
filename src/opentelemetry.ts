/// <reference types="node" preserve="true" />
/** Spans for tasks and metrics of loops, for programs that use OpenTelemetry. Needs `@opentelemetry/api`. */

export { inSpan, LoopContextManager } from './telemetry/loop-context.ts';
export { LoopTelemetry, observeLoop, type TelemetryOptions } from './telemetry/loop-telemetry.ts';
