import { describe, expect, test } from 'vitest';
import { CancelScope } from '../../../src/cancellation/cancel-scope.ts';
import { failAfter, failAt, moveOnAfter, moveOnAt } from '../../../src/cancellation/deadlines.ts';
import { CancelledError, sleep, TimeoutError } from '../../../src/index.ts';
import { compute, failure, run } from './on-virtual-time.ts';

describe('deadlines', () => {
  test('moveOnAfter and moveOnAt go on, failAfter and failAt raise', () => {
    run(function* (loop) {
      const startMs = loop.time();
      expect(yield* moveOnAfter(10, () => sleep(1000, 'late'))).toBe(undefined);
      expect(yield* moveOnAfter(10, () => sleep(5, 'in time'))).toBe('in time');
      expect(loop.time() - startMs).toBe(15);
      expect(yield* moveOnAt(startMs + 20, () => sleep(1000))).toBe(undefined);
      expect(loop.time() - startMs).toBe(20);
      const error = yield* failure(() => failAfter(10, () => sleep(1000)));
      expect(error).toBeInstanceOf(TimeoutError);
      expect(error.cause).toBeInstanceOf(CancelledError);
      expect(error.message).toBe('failAfter timed out after 10 ms');
      expect(yield* failure(() => failAt(startMs, () => sleep(1000)))).toBeInstanceOf(TimeoutError);
      expect(yield* failAfter(10, () => sleep(5, 'in time'))).toBe('in time');
      expect(yield* failAt(startMs + 1000, () => sleep(5, 'in time'))).toBe('in time');
      for (const start of [moveOnAfter, moveOnAt, failAfter, failAt]) {
        expect(yield* start(null, () => sleep(5, 'no limit'))).toBe('no limit');
      }
    });
  });

  test.each([[0], [-5]])('%d ms ends the body at its first suspension', (delayMs) => {
    run(function* (loop) {
      const startMs = loop.time();
      let reached = false;
      yield* moveOnAfter(delayMs, function* (scope) {
        expect(scope.cancelCalled).toBe(true);
        reached = true;
        yield* sleep(0);
        reached = false;
      });
      expect([reached, loop.time()]).toEqual([true, startMs]);
    });
  });

  test('can be moved, while the body runs and before', () => {
    run(function* (loop) {
      const startMs = loop.time();
      const scope = new CancelScope({ deadlineMs: startMs + 10 });
      scope.deadlineMs = startMs + 50;
      yield* scope.run(function* () {
        yield* sleep(20);
        scope.deadlineMs = Number.POSITIVE_INFINITY;
        yield* sleep(80);
        scope.deadlineMs = loop.time() + 5;
        expect(scope.deadlineMs).toBe(startMs + 105);
        yield* sleep(1000);
      });
      expect(loop.time() - startMs).toBe(105);
      const past = new CancelScope();
      yield* past.run(function* () {
        past.deadlineMs = startMs;
        yield* sleep(1000);
      });
      expect([past.cancelledCaught, loop.time() - startMs]).toEqual([true, 105]);
    });
  });

  test('one that passes while the task computes is noticed when asked for', () => {
    run(function* (loop) {
      yield* moveOnAfter(10, function* (scope) {
        compute(loop, 5);
        expect(scope.cancelCalled).toBe(false);
        compute(loop, 6);
        expect(scope.cancelCalled).toBe(true);
        expect((yield* failure(() => sleep(0))).message).toBe('the deadline passed');
      });
    });
  });

  test('what is no time is refused', () => {
    run(function* () {
      for (const bad of [Number.NaN, '5', undefined]) {
        const ms = bad as number;
        expect(() => moveOnAfter(ms, () => sleep(0))).toThrow(
          /delayMs must be a number of milliseconds or null/,
        );
        expect(() => moveOnAt(ms, () => sleep(0))).toThrow(TypeError);
        expect(yield* failure(() => failAfter(ms, () => sleep(0)))).toBeInstanceOf(TypeError);
        expect(yield* failure(() => failAt(ms, () => sleep(0)))).toBeInstanceOf(TypeError);
      }
      expect(() => new CancelScope({ deadlineMs: Number.NaN })).toThrow(/deadlineMs must be a number/);
    });
  });
});
