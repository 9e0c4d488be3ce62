/** The bridge to OpenTelemetry, against its own SDK. */
import { context, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { type Coroutine, createTask, gather, sleep } from '../../../src/index.ts';
import { inSpan, LoopContextManager, observeLoop } from '../../../src/opentelemetry.ts';
import { virtualLoop } from '../loop/virtual-loop.ts';

const exporter = new InMemorySpanExporter();
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
const tracer: Tracer = provider.getTracer('test');

beforeEach(() => {
  exporter.reset();
  context.setGlobalContextManager(new LoopContextManager());
});

afterEach(() => context.disable());

const throwsWhenRead: ProxyHandler<Error> = {
  get() {
    throw new Error('read');
  },
};

function spanNamed(name: string): ReadableSpan {
  const span = exporter.getFinishedSpans().find((each) => each.name === name);
  if (span === undefined) throw new Error(`no span ${name}`);
  return span;
}

describe('spans of tasks', () => {
  test('end for whatever is thrown, which whoever awaits them gets', () => {
    const { loop } = virtualLoop();
    const thrown: unknown[] = [Object.create(null), 5, new Proxy(new Error('odd'), throwsWhenRead)];
    using _telemetry = observeLoop({ loop, tracer });
    loop.run(function* (): Coroutine<void> {
      for (const each of thrown) {
        let caught: unknown;
        const failing = createTask(function* (): Coroutine<void> {
          yield* inSpan(tracer, 'fails', function* (): Coroutine<void> {
            throw each;
          });
        });
        try {
          yield* failing;
        } catch (error) {
          caught = error;
        }
        expect(Object.is(caught, each)).toBe(true);
      }
    });
    const spans = exporter.getFinishedSpans();
    expect(spans.filter(({ name }) => name === 'fails').length).toBe(3);
    expect(spans.filter(({ status }) => status.code === SpanStatusCode.ERROR).length).toBe(6);
  });

  test('have the span of their maker as parent, and end with their tasks', () => {
    const { loop } = virtualLoop();
    using _telemetry = observeLoop({ loop, tracer });
    function* child(): Coroutine<void> {
      yield* sleep(10);
      // What a library starts, that knows nothing of tasks.
      tracer.startSpan('query').end();
    }
    loop.run(function* (): Coroutine<void> {
      yield* inSpan(tracer, 'request', function* (): Coroutine<void> {
        yield* sleep(1);
        yield* gather([createTask(child(), { name: 'one' }), createTask(child(), { name: 'two' })]);
      });
    });
    const request = spanNamed('request');
    for (const name of ['one', 'two'])
      expect(spanNamed(name).parentSpanContext?.spanId).toBe(request.spanContext().spanId);
    const queries = exporter.getFinishedSpans().filter(({ name }) => name === 'query');
    expect(queries.map(({ parentSpanContext }) => parentSpanContext?.spanId).toSorted()).toEqual(
      ['one', 'two'].map((name) => spanNamed(name).spanContext().spanId).toSorted(),
    );
    expect(spanNamed('one').attributes).toMatchObject({ 'selectloop.task.steps': 2 });
  });

  test('have errors and cancellations, each as what it is', () => {
    const { loop } = virtualLoop();
    using _telemetry = observeLoop({ loop, tracer });
    function* fail(): Coroutine<void> {
      yield* sleep(1);
      throw new TypeError('as expected');
    }
    loop.run(function* (): Coroutine<void> {
      const failing = createTask(fail(), { name: 'failing' });
      const cancelled = createTask(sleep(100), { name: 'cancelled' });
      yield* sleep(5);
      failing.exception();
      cancelled.cancel();
    });
    const failed = spanNamed('failing');
    expect(failed.status).toEqual({ code: SpanStatusCode.ERROR, message: 'as expected' });
    expect(failed.events.map(({ name }) => name)).toEqual(['exception']);
    expect(spanNamed('cancelled').status.code).toBe(SpanStatusCode.UNSET);
    expect(spanNamed('cancelled').attributes).toMatchObject({ 'selectloop.task.cancelled': true });
  });

  test('are made for the tasks that are wanted, and end when it is stopped', () => {
    const { loop } = virtualLoop();
    const telemetry = observeLoop({ loop, tracer, filter: (task) => task.getName() === 'wanted' });
    loop.run(function* (): Coroutine<void> {
      const tasks = ['wanted', 'other'].map((name) => createTask(sleep(10), { name }));
      yield* sleep(1);
      telemetry.stop();
      expect(exporter.getFinishedSpans().map(({ name }) => name)).toEqual(['wanted']);
      yield* gather(tasks);
    });
    telemetry.stop();
    expect(exporter.getFinishedSpans()).toHaveLength(1);
    expect(loop.instruments).toBeNull();
  });
});

describe('the context manager', () => {
  test('keeps what is active apart between tasks, and restores it', () => {
    const { loop } = virtualLoop();
    const key = Symbol('key');
    function* work(value: string): Coroutine<unknown> {
      const own = context.active().setValue(key, value);
      return yield* inSpan(tracer, value, function* (): Coroutine<unknown> {
        yield* sleep(1);
        const active = trace.getActiveSpan() as unknown as ReadableSpan;
        return [
          active.name,
          context.with(own, () => context.active().getValue(key)),
          context.active().getValue(key),
        ];
      });
    }
    const results = loop.run(function* (): Coroutine<unknown> {
      return yield* gather([work('a'), work('b')]);
    });
    expect(results).toEqual([
      ['a', 'a', undefined],
      ['b', 'b', undefined],
    ]);
    expect(trace.getActiveSpan()).toBeUndefined();
    const bound = context.bind(context.active().setValue(key, 'bound'), () => context.active().getValue(key));
    expect(bound()).toBe('bound');
    expect(context.bind(context.active(), 5)).toBe(5);
  });

  test('a span ends with the error that leaves it', () => {
    const { loop } = virtualLoop();
    const failing = inSpan(tracer, 'failing', function* (): Coroutine<void> {
      yield* sleep(1);
      throw new Error('as expected');
    });
    expect(() => loop.runUntilComplete(failing)).toThrow('as expected');
    expect(spanNamed('failing').status.code).toBe(SpanStatusCode.ERROR);
  });
});

test('metrics of the loop are told whenever they are collected', async () => {
  const metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({
    exporter: metricExporter,
    exportIntervalMillis: 60_000,
  });
  const meters = new MeterProvider({ readers: [reader] });
  onTestFinished(() => meters.shutdown());
  const { loop } = virtualLoop();
  const telemetry = observeLoop({ loop, meter: meters.getMeter('test') });
  loop.runUntilComplete(sleep(25));
  const collect = async (): Promise<Record<string, number>> => {
    metricExporter.reset();
    await meters.forceFlush();
    const points = metricExporter
      .getMetrics()
      .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))
      .map(({ descriptor, dataPoints }) => [descriptor.name, dataPoints[0]?.value]);
    return Object.fromEntries(points) as Record<string, number>;
  };
  const values = await collect();
  const { passes } = loop.metrics();
  expect(values).toMatchObject({
    'selectloop.loop.idle': 25,
    'selectloop.tasks.done': 1,
    'selectloop.tasks.live': 0,
    'selectloop.loop.passes': passes,
  });
  telemetry.stop();
  loop.runUntilComplete(sleep(25));
  expect(loop.metrics().passes).toBeGreaterThan(passes);
  // What was told last is what the SDK goes on to tell.
  expect(await collect()).toMatchObject({ 'selectloop.loop.passes': passes });
});
