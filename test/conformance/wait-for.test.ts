/** waitFor: what CPython 3.13 says of it in test_waitfor, on virtual time. */
import { describe, expect, it } from 'vitest';
import {
  CancelledError,
  type Coroutine,
  createTask,
  type EventLoop,
  shield,
  sleep,
  type Task,
  TimeoutError,
  wait,
  waitFor,
} from '../../src/index.ts';
import { failure, run } from '../unit/cancellation/on-virtual-time.ts';

/** Runs for `durationMs`, whoever cancels it. */
function* stubborn(loop: EventLoop, durationMs: number, log: string[]): Coroutine<string> {
  const endMs = loop.time() + durationMs;
  while (loop.time() < endMs) {
    try {
      yield* sleep(endMs - loop.time());
    } catch (error) {
      if (!(error instanceof CancelledError)) throw error;
    }
  }
  log.push('exited');
  return 'stubborn';
}

/** Sleeps for long; says when it ended. */
function* long(log: string[]): Coroutine<string> {
  try {
    yield* sleep(10_000);
  } finally {
    log.push('ended');
  }
  return 'done';
}

function* quick<T>(value: T): Coroutine<T> {
  return value;
}

describe('the time is up', () => {
  it.each([100, 0.0001])('after %d ms: what is awaited is cancelled, and has ended by then', (timeoutMs) => {
    run(function* (loop): Coroutine<void> {
      const log: string[] = [];
      const task = createTask(long(log));
      const error = yield* failure(() => waitFor(task, timeoutMs));
      expect(error).toBeInstanceOf(TimeoutError);
      expect(error.cause).toBeInstanceOf(CancelledError);
      expect([task.cancelled(), log]).toEqual([true, ['ended']]);
      expect(loop.time()).toBeLessThan(1200);
    });
  });

  it('one that cleans up slowly is waited for', () => {
    run(function* (): Coroutine<void> {
      let cleaned = false;
      function* slowly(): Coroutine<void> {
        try {
          yield* sleep(10_000);
        } finally {
          yield* sleep(50);
          cleaned = true;
        }
      }
      for (const timeoutMs of [1, 0]) {
        cleaned = false;
        const task = createTask(slowly());
        yield* sleep(1);
        const error = yield* failure(() => waitFor(task, timeoutMs));
        expect(error).toBeInstanceOf(TimeoutError);
        expect(error.cause).toBeInstanceOf(CancelledError);
        expect(cleaned).toBe(true);
      }
    });
  });

  it('one that refuses to end is waited for, and its result is what the wait returns', () => {
    run(function* (loop): Coroutine<void> {
      const log: string[] = [];
      expect(yield* waitFor(stubborn(loop, 200, log), 100)).toBe('stubborn');
      expect(log).toEqual(['exited']);
    });
  });

  it('a result given instead of the cancellation is returned', () => {
    function* fortyTwo(): Coroutine<number> {
      try {
        yield* sleep(10_000);
      } catch {
        return 42;
      }
      return 0;
    }
    expect(run(() => waitFor(fortyTwo(), 100))).toBe(42);
  });

  it('an error raised during the cancellation comes out', () => {
    const error = new RangeError('from finally');
    function* failing(): Coroutine<void> {
      try {
        yield* sleep(200);
      } catch {
        throw error;
      }
    }
    run(function* (): Coroutine<void> {
      expect(yield* failure(() => waitFor(createTask(failing()), 0.0001))).toBe(error);
    });
  });
});

describe.each([0, -1])('a limit of %i', (timeoutMs) => {
  it('gives the result of what is done', () => {
    run(function* (loop): Coroutine<void> {
      const future = loop.createFuture<string>();
      future.setResult('done');
      expect(yield* waitFor(future, timeoutMs)).toBe('done');
    });
  });

  it('does not start a coroutine', () => {
    run(function* (): Coroutine<void> {
      let started = false;
      function* work(): Coroutine<void> {
        started = true;
      }
      expect(yield* failure(() => waitFor(work(), timeoutMs))).toBeInstanceOf(TimeoutError);
      yield* sleep(1);
      expect(started).toBe(false);
    });
  });

  it('cancels a task that runs', () => {
    run(function* (): Coroutine<void> {
      const log: string[] = [];
      const task = createTask(long(log));
      yield* sleep(1);
      expect(yield* failure(() => waitFor(task, timeoutMs))).toBeInstanceOf(TimeoutError);
      expect([task.cancelled(), log]).toEqual([true, ['ended']]);
    });
  });
});

describe('in time', () => {
  it.each([null, undefined, 200])('with the limit %s: the result', (timeoutMs) => {
    run(function* (loop): Coroutine<void> {
      expect(yield* waitFor(quick('done'), timeoutMs)).toBe('done');
      const future = loop.createFuture<string>();
      loop.callSoon(() => future.setResult('ok'));
      expect(yield* waitFor(future, timeoutMs)).toBe('ok');
    });
  });

  it('leaves no timer behind', () => {
    run(function* (loop): Coroutine<void> {
      yield* waitFor(quick(1), 5000);
      expect(loop.timers.nextWhenMs()).toBe(Number.POSITIVE_INFINITY);
    });
  });
});

describe('cancelled itself', () => {
  it.each([null, 60_000])('with the limit %s: it cancels what it waits for', (timeoutMs) => {
    run(function* (loop): Coroutine<void> {
      const task = createTask(long([]));
      const waiting: Task<string> = createTask(waitFor(task, timeoutMs));
      loop.callLater(1, () => waiting.cancel());
      expect(yield* failure(() => waiting)).toBeInstanceOf(CancelledError);
      expect(task.cancelled()).toBe(true);
    });
  });

  it('one that refuses to end is waited for', () => {
    run(function* (loop): Coroutine<void> {
      const log: string[] = [];
      const waiting = createTask(waitFor(stubborn(loop, 200, log), 400));
      yield* sleep(0);
      waiting.cancel();
      yield* wait([waiting]);
      expect(log).toEqual(['exited']);
    });
  });

  it('is not lost when what it waits for is done in the same pass', () => {
    run(function* (): Coroutine<void> {
      const inner = createTask(quick('done'));
      let reachedEnd = false;
      function* waitForIt(): Coroutine<void> {
        yield* waitFor(inner, 100);
        yield* sleep(1000);
        reachedEnd = true;
      }
      const outer = createTask(waitForIt());
      yield* sleep(0);
      outer.cancel();
      expect(yield* failure(() => outer)).toBeInstanceOf(CancelledError);
      expect([inner.result(), reachedEnd]).toEqual(['done', false]);
    });
  });
});

describe('with a shield', () => {
  function* work(): Coroutine<string> {
    yield* sleep(100);
    return 'done';
  }

  it.each([0, 10])('the task goes on when %i ms are up', (timeoutMs) => {
    run(function* (): Coroutine<void> {
      const task = createTask(work());
      const shielded = shield(task);
      expect(yield* failure(() => waitFor(shielded, timeoutMs))).toBeInstanceOf(TimeoutError);
      expect([task.done(), shielded.cancelled()]).toEqual([false, true]);
      expect(yield* task).toBe('done');
    });
  });

  it('and no limit it is waited for', () => {
    run(function* (): Coroutine<void> {
      const task = createTask(work());
      expect(yield* waitFor(shield(task), null)).toBe('done');
      expect(task.done()).toBe(true);
    });
  });
});
