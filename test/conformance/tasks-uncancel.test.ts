/** Taking cancel requests back: what CPython 3.13 says in test_tasks. */
import { describe, expect, it } from 'vitest';
import {
  CancelledError,
  type Coroutine,
  createTask,
  currentTask,
  type EventLoop,
  type Future,
  sleep,
  TimeoutError,
} from '../../src/index.ts';
import { failure, run, self } from '../unit/cancellation/on-virtual-time.ts';
import { onePass, virtualLoop } from '../unit/loop/virtual-loop.ts';

function* waitFor<T>(future: Future<T>): Coroutine<T> {
  return yield* future;
}

describe('uncancel', () => {
  it('cancelling() counts; the description says so; uncancel takes one back, and nothing of an ended task', () => {
    run(function* (): Coroutine<void> {
      function* work(): Coroutine<void> {
        try {
          yield* sleep(10_000);
        } catch {
          currentTask()?.uncancel();
          yield* sleep(10_000);
        }
      }
      const task = createTask(work());
      yield* sleep(10);
      expect([task.cancelling(), String(task).includes(' cancelling ')]).toEqual([0, false]);
      expect(task.cancel()).toBe(true);
      expect([task.cancelling(), String(task).includes(' cancelling ')]).toEqual([1, true]);
      yield* sleep(10);
      expect([task.cancelling(), String(task).includes(' cancelling ')]).toEqual([0, false]);
      expect([task.cancel(), task.cancel(), task.cancelling()]).toEqual([true, true, 2]);
      expect(yield* failure(() => task)).toBeInstanceOf(CancelledError);
      task.uncancel();
      expect([task.cancelled(), task.done()]).toEqual([true, true]);
    });
  });

  it('before the error was raised drops it', () => {
    const { loop } = virtualLoop();
    const future = loop.createFuture<number>();
    const task = loop.createTask(waitFor(future));
    onePass(loop);
    future.setResult(42);
    task.cancel();
    expect([task.cancelling(), task.mustCancel]).toEqual([1, true]);
    expect(task.uncancel()).toBe(0);
    expect([task.cancelling(), task.mustCancel]).toEqual([0, false]);
    expect(loop.runUntilComplete(task)).toBe(42);
  });

  it.each([
    [10_000, 100, true],
    [0, 10_000, false],
  ])('is how a block with a limit is written: sleep %i, limit %i', (sleepMs, limitMs, expected) => {
    function* limited(loop: EventLoop): Coroutine<boolean> {
      const task = self();
      let timedOut = false;
      const timer = loop.callLater(limitMs, () => {
        timedOut = true;
        task.cancel();
      });
      try {
        yield* sleep(sleepMs);
      } catch (error) {
        if (timedOut && task.uncancel() === 0 && error instanceof CancelledError) throw new TimeoutError();
        throw error;
      } finally {
        timer.cancel();
      }
      return timedOut;
    }
    run(function* (loop): Coroutine<void> {
      let timedOut = false;
      try {
        yield* limited(loop);
      } catch (error) {
        timedOut = error instanceof TimeoutError;
      }
      yield* sleep(0);
      expect([timedOut, self().cancelling()]).toEqual([expected, 0]);
    });
  });
});
