/**
 * timeout and timeoutAt: what CPython 3.13 says in test_timeouts and test/unit/tasks/timeout* do not ask yet.
 */
import { describe, expect, it } from 'vitest';
import {
  CancelledError,
  type Coroutine,
  createTask,
  currentTask,
  Future,
  RuntimeError,
  sleep,
  Timeout,
  TimeoutError,
  taskGroup,
  timeout,
  timeoutAt,
} from '../../src/index.ts';
import { failure } from '../unit/cancellation/on-virtual-time.ts';
import { virtually } from './on-virtual-clock.ts';

describe('a timeout', () => {
  it.each([
    [0, 10_000],
    [0, 0],
    [-11, 0],
  ])('of %d ms around a sleep of %d ms expires; when() is no later than now', (delayMs, sleepMs) => {
    virtually(function* (loop): Coroutine<void> {
      const startMs = loop.time();
      const seen: Timeout[] = [];
      const error = yield* failure(() =>
        timeout(delayMs, function* (one): Coroutine<void> {
          seen.push(one);
          yield* sleep(sleepMs);
        }),
      );
      expect(error).toBeInstanceOf(TimeoutError);
      expect([seen[0]?.expired(), seen[0]?.when(), loop.time()]).toEqual([true, startMs + delayMs, startMs]);
    });
  });

  it('is rescheduled from outside, and not expired when its task is cancelled', () => {
    virtually(function* (loop): Coroutine<void> {
      const handed = new Future<Timeout>();
      const untilMs = loop.time() + 10_000;
      const task = createTask(
        timeoutAt(untilMs, function* (one): Coroutine<void> {
          handed.setResult(one);
          yield* sleep(50_000);
        }),
      );
      const one = yield* handed;
      const times = [one.when()];
      one.reschedule(untilMs + 20_000);
      times.push(one.when());
      one.reschedule(null);
      times.push(one.when());
      expect(times).toEqual([untilMs, untilMs + 20_000, null]);
      task.cancel();
      expect(yield* failure(() => task)).toBeInstanceOf(CancelledError);
      expect(one.expired()).toBe(false);
    });
  });

  it('around a group: the errors of the group are raised, with no request left over', () => {
    virtually(function* (): Coroutine<void> {
      const error = yield* failure(() =>
        timeout(10, () =>
          taskGroup(function* (group): Coroutine<void> {
            group.createTask(
              (function* (): Coroutine<void> {
                try {
                  yield* sleep(2000);
                } finally {
                  JSON.parse('');
                }
              })(),
            );
            yield* sleep(1000);
          }),
        ),
      );
      expect((error as AggregateError).errors.map((one: Error) => one.name)).toEqual(['SyntaxError']);
      expect(currentTask()?.cancelling()).toBe(0);
    });
  });

  it('each of two has its own error and cause, one in the cleanup of the other', () => {
    virtually(function* (): Coroutine<void> {
      const errors: Error[] = [];
      const outer = yield* failure(() =>
        timeout(10, function* (): Coroutine<void> {
          try {
            yield* sleep(1000);
          } finally {
            errors.push(yield* failure(() => timeout(10, () => sleep(10_000))));
          }
        }),
      );
      errors.push(outer);
      for (const error of errors) {
        expect(error).toBeInstanceOf(TimeoutError);
        expect(error.cause).toBeInstanceOf(CancelledError);
      }
      expect(errors[0]?.cause).not.toBe(errors[1]?.cause);
    });
  });

  it('without a task is refused, and stays unused', () => {
    virtually(function* (loop): Coroutine<void> {
      const one = new Timeout(10);
      const errors: unknown[] = [];
      loop.callSoon(() => {
        try {
          one.run(function* (): Coroutine<void> {}).next();
        } catch (error) {
          errors.push(error);
        }
      });
      yield* sleep(0);
      expect(errors[0]).toBeInstanceOf(RuntimeError);
      expect(String(errors[0])).toContain('task');
      expect(() => one.reschedule(20)).toThrow(/has not been entered/);
    });
  });
});
