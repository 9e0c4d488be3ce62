import { describe, expect, test } from 'vitest';
import { CancelledError, createTask, sleep, TimeoutError } from '../../../src/index.ts';
import { Timeout, timeout, timeoutAt } from '../../../src/tasks/timeout.ts';
import { compute, failure, run, self, throwing } from '../cancellation/on-virtual-time.ts';

describe('a timeout that expires', () => {
  test('ends the body with TimeoutError, caused by the CancelledError seen inside', () => {
    run(function* (loop) {
      const startMs = loop.time();
      let inside: unknown;
      let used: Timeout | undefined;
      const error = yield* failure(() =>
        timeout(10, function* (t) {
          used = t;
          inside = yield* failure(() => sleep(10_000));
          throw inside;
        }),
      );
      expect(error).toBeInstanceOf(TimeoutError);
      expect(error.cause).toBe(inside);
      expect(inside).toBeInstanceOf(CancelledError);
      expect(loop.time() - startMs).toBe(10);
      expect(used?.expired()).toBe(true);
      expect(self().cancelling()).toBe(0);
    });
  });

  test('at an absolute time keeps that time', () => {
    run(function* (loop) {
      const deadlineMs = loop.time() + 10;
      const t = new Timeout(deadlineMs);
      expect(yield* failure(() => t.run(() => sleep(10_000)))).toBeInstanceOf(TimeoutError);
      expect([t.expired(), t.when(), loop.time()]).toEqual([true, deadlineMs, deadlineMs]);
      expect(yield* failure(() => timeoutAt(deadlineMs + 5, () => sleep(99)))).toBeInstanceOf(TimeoutError);
      expect(loop.time()).toBe(deadlineMs + 5);
    });
  });

  test.each([[0], [-11]])('after %d ms ends the body at its first suspension, even sleep(0)', (delayMs) => {
    run(function* (loop) {
      const startMs = loop.time();
      for (const sleepMs of [10_000, 0]) {
        let suspended = false;
        const error = yield* failure(() =>
          timeout(delayMs, function* (t) {
            expect(t.when()).toBe(startMs + delayMs);
            suspended = true;
            yield* sleep(sleepMs);
          }),
        );
        expect(error).toBeInstanceOf(TimeoutError);
        expect(suspended).toBe(true);
      }
      expect(loop.time()).toBe(startMs);
    });
  });

  test('does not touch what the body returns or throws by itself', () => {
    run(function* () {
      const keyError = new Error('of the body');
      expect(yield* failure(() => timeout(10, () => throwing(keyError)))).toBe(keyError);
      const late = yield* failure(() =>
        timeout(10, function* () {
          try {
            yield* sleep(1000);
          } finally {
            yield* throwing(keyError);
          }
        }),
      );
      expect(late).toBe(keyError);
      const swallowed = yield* timeout(10, function* () {
        yield* failure(() => sleep(1000));
        return 'went on';
      });
      expect(swallowed).toBe('went on');
      expect(self().cancelling()).toBe(0);
      yield* sleep(1);
    });
  });

  test('a request that came too late to be raised is dropped', () => {
    run(function* (loop) {
      const ready = loop.createFuture<string>();
      loop.callLater(10, () => ready.setResult('in time'));
      const value = yield* timeout(11, function* () {
        const result = yield* ready;
        compute(loop, 5);
        return result;
      });
      expect(value).toBe('in time');
      yield* sleep(0);
    });
  });

  test('leaves the task that ran it alive', () => {
    run(function* () {
      const task = createTask(
        (function* () {
          expect(yield* failure(() => timeout(1, () => sleep(1000)))).toBeInstanceOf(TimeoutError);
          return 'fine';
        })(),
      );
      expect(yield* task).toBe('fine');
      expect(task.cancelled()).toBe(false);
    });
  });
});

describe('a timeout that does not expire', () => {
  test('returns the body, and its timer is gone', () => {
    run(function* (loop) {
      let used: Timeout | undefined;
      const value = yield* timeout(10_000, function* (t) {
        used = t;
        yield* sleep(10);
        return 'value';
      });
      expect(value).toBe('value');
      expect(used?.expired()).toBe(false);
      expect(used?.when()).toBeGreaterThan(loop.time());
      expect(loop.timers.nextWhenMs()).toBe(Number.POSITIVE_INFINITY);
    });
  });

  test.each([
    ['timeout', timeout],
    ['timeoutAt', timeoutAt],
  ] as const)('%s(null) never does', (_name, start) => {
    run(function* () {
      yield* start(null, function* (t) {
        expect(t.when()).toBe(null);
        yield* sleep(1e6);
        expect(t.expired()).toBe(false);
      });
    });
  });
});

describe('nested timeouts', () => {
  test('that expire together: the outermost raises', () => {
    run(function* (loop) {
      const deadlineMs = loop.time() + 10;
      let between: unknown;
      const inner = new Timeout(deadlineMs);
      const error = yield* failure(() =>
        timeoutAt(deadlineMs, function* () {
          between = yield* failure(() => inner.run(() => sleep(10_000)));
          throw between;
        }),
      );
      expect(error).toBeInstanceOf(TimeoutError);
      expect(between).toBeInstanceOf(CancelledError);
      expect(inner.expired()).toBe(true);
    });
  });

  test('each its own when they expire one after the other', () => {
    run(function* (loop) {
      const startMs = loop.time();
      const outer = yield* failure(() =>
        timeout(100, function* () {
          expect(yield* failure(() => timeout(10, () => sleep(1000)))).toBeInstanceOf(TimeoutError);
          yield* sleep(10_000);
        }),
      );
      expect(outer).toBeInstanceOf(TimeoutError);
      expect(loop.time() - startMs).toBe(100);
    });
  });

  test('both late because the loop was busy: the inner one first, then the outer one', () => {
    run(function* (loop) {
      const outer = yield* failure(() =>
        timeout(100, function* () {
          const inner = yield* failure(() =>
            timeout(10, function* () {
              compute(loop, 50);
              yield* sleep(1000);
            }),
          );
          expect(inner).toBeInstanceOf(TimeoutError);
          yield* sleep(10_000);
        }),
      );
      expect(outer).toBeInstanceOf(TimeoutError);
    });
  });

  test('one in the finally block of another', () => {
    run(function* () {
      const outer = yield* failure(() =>
        timeout(10, function* () {
          try {
            yield* sleep(1000);
          } finally {
            const inner = yield* failure(() => timeout(10, () => sleep(1000)));
            expect(inner).toBeInstanceOf(TimeoutError);
          }
        }),
      );
      expect(outer).toBeInstanceOf(TimeoutError);
      expect(outer.cause).toBeInstanceOf(CancelledError);
    });
  });
});
