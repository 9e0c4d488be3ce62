/**
 * A loop as OpenTelemetry sees it: a span for each task, and what the loop counts.
 *
 * | a task's span has | from                                                                               |
 * |-------------------|------------------------------------------------------------------------------------|
 * | its parent        | the span that was active where the task was made                                   |
 * | its name          | the task's name when it ended                                                      |
 * | an error          | the error of a task that failed; a cancellation is an attribute, and no error      |
 * | steps, busy time  | the number of its steps, and how long they held the thread                         |
 */

import {
  type Attributes,
  type Context,
  type Meter,
  type Observable,
  type Span,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { runningLoop } from '../loop/current-loop.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { LoopMetrics } from '../loop/metrics.ts';
import type { Instrument } from '../tasks/instrument.ts';
import type { Task } from '../tasks/task.ts';
import { activeContext, noteError } from './loop-context.ts';

/** What {@link observeLoop} takes. */
export interface TelemetryOptions {
  /** The loop. Default: the running one. */
  readonly loop?: LoopCore | undefined;
  /** Makes a span for each task. Default: no spans. */
  readonly tracer?: Tracer | undefined;
  /** Gets what the loop counts, whenever it collects. Default: no metrics. */
  readonly meter?: Meter | undefined;
  /** Which tasks get a span. Default: all. */
  readonly filter?: ((task: Task<unknown>) => boolean) | undefined;
}

/** What is known of a task that has a span. */
interface TracedTask {
  readonly span: Span;
  steps: number;
  busyMs: number;
  stepBeganMs: number;
}

class TaskSpans implements Instrument {
  private readonly loop: LoopCore;
  private readonly tracer: Tracer;
  private readonly filter: (task: Task<unknown>) => boolean;
  private readonly traced = new Map<Task<unknown>, TracedTask>();

  constructor(loop: LoopCore, tracer: Tracer, filter: (task: Task<unknown>) => boolean) {
    this.loop = loop;
    this.tracer = tracer;
    this.filter = filter;
  }

  taskCreated(task: Task<unknown>): void {
    if (!this.filter(task)) return;
    // A task begins with a copy of its maker's context, and so with its maker's span.
    const parent: Context = task.getContext().run(() => activeContext.get());
    const span = this.tracer.startSpan(task.getName(), {}, parent);
    task.getContext().run(() => activeContext.set(trace.setSpan(parent, span)));
    this.traced.set(task, { span, steps: 0, busyMs: 0, stepBeganMs: 0 });
  }

  taskStepBegan(task: Task<unknown>): void {
    const traced = this.traced.get(task);
    if (traced !== undefined) traced.stepBeganMs = this.loop.time();
  }

  taskSuspended(task: Task<unknown>): void {
    this.noteStep(task);
  }

  taskDone(task: Task<unknown>): void {
    this.noteStep(task);
    const traced = this.traced.get(task);
    if (traced === undefined) return;
    this.traced.delete(task);
    const { span, steps, busyMs } = traced;
    const attributes: Attributes = { 'selectloop.task.steps': steps, 'selectloop.task.busy_ms': busyMs };
    if (task.cancelled()) attributes['selectloop.task.cancelled'] = true;
    span.updateName(task.getName());
    span.setAttributes(attributes);
    if (task.failed()) noteError(span, task.value);
    span.end();
  }

  /** Nobody looks any more: the spans of tasks that have not ended end now. */
  end(): void {
    for (const { span } of this.traced.values()) span.end();
    this.traced.clear();
  }

  private noteStep(task: Task<unknown>): void {
    const traced = this.traced.get(task);
    if (traced === undefined) return;
    traced.steps++;
    traced.busyMs += this.loop.time() - traced.stepBeganMs;
  }
}

/** What is measured of a loop: name, unit, kind, and where it stands. */
const measures: readonly (readonly [
  name: string,
  unit: string,
  kind: 'counter' | 'gauge',
  value: (metrics: LoopMetrics) => number,
])[] = [
  ['selectloop.loop.passes', '{pass}', 'counter', ({ passes }) => passes],
  ['selectloop.loop.busy', 'ms', 'counter', ({ busyMs }) => busyMs],
  ['selectloop.loop.idle', 'ms', 'counter', ({ idleMs }) => idleMs],
  ['selectloop.loop.lag.p99', 'ms', 'gauge', ({ lag }) => lag.p99Ms],
  ['selectloop.loop.lag.max', 'ms', 'gauge', ({ lag }) => lag.maxMs],
  ['selectloop.loop.ready', '{callback}', 'gauge', ({ readyDepth }) => readyDepth],
  ['selectloop.loop.timers', '{timer}', 'gauge', ({ timers }) => timers],
  ['selectloop.loop.waiters', '{waiter}', 'gauge', ({ waiters }) => waiters],
  ['selectloop.tasks.live', '{task}', 'gauge', ({ tasksLive }) => tasksLive],
  ['selectloop.tasks.made', '{task}', 'counter', ({ tasksMade }) => tasksMade],
  ['selectloop.tasks.done', '{task}', 'counter', ({ tasksDone }) => tasksDone],
  ['selectloop.tasks.failed', '{task}', 'counter', ({ tasksFailed }) => tasksFailed],
  ['selectloop.bytes.received', 'By', 'counter', ({ bytesReceived }) => bytesReceived],
  ['selectloop.bytes.sent', 'By', 'counter', ({ bytesSent }) => bytesSent],
];

/** Has `meter` ask the loop whenever it collects. Returns the function that ends this. */
function observeMetrics(loop: LoopCore, meter: Meter): () => void {
  loop.metrics();
  const observables = measures.map(([name, unit, kind, value]) => {
    const observable: Observable =
      kind === 'counter'
        ? meter.createObservableCounter(name, { unit })
        : meter.createObservableGauge(name, { unit });
    return [observable, value] as const;
  });
  const all = observables.map(([observable]) => observable);
  const look = (result: { observe(metric: Observable, value: number): void }): void => {
    const metrics = loop.metrics();
    for (const [observable, value] of observables) result.observe(observable, value(metrics));
  };
  meter.addBatchObservableCallback(look, all);
  return () => meter.removeBatchObservableCallback(look, all);
}

/**
 * Tells OpenTelemetry of a loop: a span for each task that is made from now on, and what `loop.metrics()`
 * counts.
 *
 *     context.setGlobalContextManager(new LoopContextManager());
 *     using telemetry = observeLoop({ tracer: trace.getTracer('app'), meter: metrics.getMeter('app') });
 *
 * Exporters of OpenTelemetry send by Promises and timers: they work in guest mode (`runGuest`), and from a
 * blocking `run()` when it has ended.
 *
 * @returns an object whose `stop()`, or `using`, ends this
 * @throws RuntimeError outside of a running loop, without `loop`
 */
export function observeLoop(options: TelemetryOptions): LoopTelemetry {
  const loop = options.loop ?? runningLoop('observeLoop');
  return new LoopTelemetry(loop, options);
}

/** What a loop tells OpenTelemetry, begun by {@link observeLoop}: `stop()`, or `using`, ends it. */
export class LoopTelemetry {
  private readonly loop: LoopCore;
  private spans: TaskSpans | null = null;
  private stopMetrics: (() => void) | null = null;

  /** @internal Use {@link observeLoop}. */
  constructor(loop: LoopCore, { tracer, meter, filter = () => true }: TelemetryOptions) {
    this.loop = loop;
    if (meter !== undefined) this.stopMetrics = observeMetrics(loop, meter);
    if (tracer === undefined) return;
    this.spans = new TaskSpans(loop, tracer, filter);
    loop.addInstrument(this.spans);
  }

  /** Ends it; the spans of tasks that have not ended end now. Twice is harmless. */
  stop(): void {
    this.stopMetrics?.();
    this.stopMetrics = null;
    if (this.spans === null) return;
    this.loop.removeInstrument(this.spans);
    this.spans.end();
    this.spans = null;
  }

  [Symbol.dispose](): void {
    this.stop();
  }
}
