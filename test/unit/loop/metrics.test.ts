/** What a loop counts of itself. */
import { describe, expect, test } from 'vitest';
import { DurationHistogram } from '../../../src/base/histogram.ts';
import { type Coroutine, createTask, sleep } from '../../../src/index.ts';
import { pair, realLoop } from '../../integration/loop/real-loop.ts';
import { virtualLoop } from './virtual-loop.ts';

describe('loop.metrics()', () => {
  test('counts from its first call on', () => {
    const { loop } = virtualLoop();
    loop.runUntilComplete(sleep(100));
    const first = loop.metrics();
    expect([first.passes, first.tasksMade, first.idleMs, first.elapsedMs]).toEqual([0, 0, 0, 0]);
    loop.run(function* (): Coroutine<void> {
      createTask(sleep(1000), { name: 'left' });
      createTask(sleep(0)).cancel();
      const failing = createTask(
        (function* (): Coroutine<void> {
          yield* sleep(1);
          throw new Error('as expected');
        })(),
      );
      yield* sleep(30);
      failing.exception();
    });
    const metrics = loop.metrics();
    expect(metrics).toMatchObject({ tasksMade: 4, tasksDone: 3, tasksFailed: 1, tasksCancelled: 1 });
    expect(metrics).toMatchObject({ tasksLive: 1, elapsedMs: 30, idleMs: 30, busyMs: 0 });
    expect(metrics.lag.count).toBe(metrics.passes);
    expect(metrics.timers).toBeGreaterThanOrEqual(1);
    expect(metrics.readyDepthMax).toBeGreaterThanOrEqual(1);
    loop.runUntilComplete(sleep(2000));
  });

  test('counts bytes and waiters on the real system', () => {
    const { loop } = realLoop();
    loop.metrics();
    const [near, far] = pair();
    loop.run(function* (): Coroutine<void> {
      const receiving = loop.sockRecv(near, 100);
      yield* sleep(0);
      expect(loop.metrics().waiters).toBe(1);
      yield* loop.sockSendall(far, Buffer.from('hello'));
      yield* receiving;
    });
    const { bytesReceived, bytesSent, busyMs, elapsedMs, idleMs } = loop.metrics();
    expect([bytesReceived, bytesSent]).toEqual([5, 5]);
    expect(busyMs + idleMs).toBeCloseTo(elapsedMs, 3);
  });
});

describe('a histogram of durations', () => {
  test('knows percentiles to within half an octave, and the greatest exactly', () => {
    const histogram = new DurationHistogram();
    for (let i = 1; i <= 1000; i++) histogram.record(i / 10);
    const { count, meanMs, p50Ms, p99Ms, maxMs, buckets } = histogram.summary();
    expect([count, maxMs]).toEqual([1000, 100]);
    expect(meanMs).toBeCloseTo(50.05, 6);
    expect(p50Ms).toBeGreaterThanOrEqual(50);
    expect(p50Ms).toBeLessThan(50 * Math.SQRT2);
    expect(p99Ms).toBeGreaterThanOrEqual(99);
    expect(p99Ms).toBeLessThanOrEqual(100);
    expect(buckets.reduce((sum, [, each]) => sum + each, 0)).toBe(1000);
  });

  test('has a bucket for everything, and says nothing of nothing', () => {
    const histogram = new DurationHistogram();
    expect(histogram.summary()).toMatchObject({ count: 0, meanMs: 0, p50Ms: 0, maxMs: 0, buckets: [] });
    for (const durationMs of [0, 1e-9, 1e12]) histogram.record(durationMs);
    expect(histogram.summary().buckets).toEqual([
      [0.01, 2],
      [Number.POSITIVE_INFINITY, 1],
    ]);
  });
});
