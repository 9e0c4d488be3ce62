import { describe, expect, test } from 'vitest';
import { CancelScope } from '../../../src/cancellation/cancel-scope.ts';
import { shielded } from '../../../src/cancellation/deadlines.ts';
import { taskGroup } from '../../../src/groups/task-group.ts';
import { CancelledError, sleep, TimeoutError } from '../../../src/index.ts';
import { Timeout, timeout } from '../../../src/tasks/timeout.ts';
import { failure, run, self, throwing } from '../cancellation/on-virtual-time.ts';

describe('a timeout, with cancellation from elsewhere', () => {
  test('a cancel before the time is not made a TimeoutError', () => {
    run(function* () {
      let used: Timeout | undefined;
      const error = yield* failure(() =>
        timeout(10_000, function* (t) {
          used = t;
          self().cancel('stop');
          yield* sleep(10_000);
        }),
      );
      expect(error).toBeInstanceOf(CancelledError);
      expect((error as CancelledError).reason).toBe('stop');
      expect(used?.expired()).toBe(false);
      self().uncancel();
    });
  });

  test('a cancel together with the time wins, and stays in the count', () => {
    run(function* (loop) {
      const task = self();
      loop.callLater(10, () => task.cancel('stop'));
      const error = yield* failure(() => timeout(10, () => sleep(10_000)));
      expect(error).toBeInstanceOf(CancelledError);
      expect(task.uncancel()).toBe(0);
    });
  });

  test('works in a task that was cancelled before and cleans up', () => {
    run(function* () {
      self().cancel();
      yield* failure(() => sleep(1));
      expect(yield* failure(() => timeout(0, () => sleep(1000)))).toBeInstanceOf(TimeoutError);
      const again = yield* failure(() =>
        timeout(1000, function* () {
          self().cancel();
          yield* sleep(2000);
        }),
      );
      expect(again).toBeInstanceOf(CancelledError);
      expect(self().cancelling()).toBe(2);
      self().uncancel();
      self().uncancel();
    });
  });

  test("a cancelled scope's error is the scope's, also when the time has passed meanwhile", () => {
    run(function* (loop) {
      const scope = new CancelScope({ deadlineMs: loop.time() + 5 });
      const t = new Timeout(loop.time() + 10);
      yield* scope.run(() =>
        t.run(function* () {
          try {
            yield* sleep(10_000);
          } finally {
            yield* shielded(() => sleep(20));
          }
        }),
      );
      expect([scope.cancelledCaught, t.expired(), self().cancelling()]).toEqual([true, true, 0]);
      yield* sleep(1);
    });
  });

  test('a scope cancelled in the same pass: the direct request wins', () => {
    run(function* (loop) {
      const scope = new CancelScope({ deadlineMs: loop.time() + 10 });
      const error = yield* failure(() => scope.run(() => timeout(10, () => sleep(10_000))));
      expect(error).toBeInstanceOf(TimeoutError);
      expect([scope.cancelCalled, scope.cancelledCaught]).toEqual([true, false]);
    });
  });

  test('a shield inside keeps it out, until after the shield', () => {
    run(function* (loop) {
      const startMs = loop.time();
      let shieldedMs = 0;
      const error = yield* failure(() =>
        timeout(10, function* () {
          yield* shielded(() => sleep(50));
          shieldedMs = loop.time() - startMs;
          yield* sleep(1000);
        }),
      );
      expect(error).toBeInstanceOf(TimeoutError);
      expect([shieldedMs, loop.time() - startMs]).toEqual([50, 50]);
      // Inside the shield a timeout works as everywhere.
      expect(yield* failure(() => shielded(() => timeout(10, () => sleep(50))))).toBeInstanceOf(TimeoutError);
    });
  });

  test('a task group inside raises its own errors', () => {
    run(function* () {
      const error = yield* failure(() =>
        timeout(10, () =>
          taskGroup(function* (group) {
            group.createTask(
              (function* () {
                try {
                  yield* sleep(2000);
                } finally {
                  yield* throwing(new Error('in cleanup'));
                }
              })(),
            );
            yield* sleep(1000);
          }),
        ),
      );
      expect(error).toBeInstanceOf(AggregateError);
      expect((error as AggregateError).errors.map(String)).toEqual(['Error: in cleanup']);
      expect(self().cancelling()).toBe(0);
      yield* sleep(1);
    });
  });
});
