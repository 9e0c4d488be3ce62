import { describe, expect, test } from 'vitest';
import { CancelScope } from '../../../src/cancellation/cancel-scope.ts';
import { shielded } from '../../../src/cancellation/deadlines.ts';
import { CancelledError, createTask, type EventLoop, sleep } from '../../../src/index.ts';
import { failure, run, self } from './on-virtual-time.ts';

/** Milliseconds since `startMs`, for a log. */
function since(loop: EventLoop, startMs: number): number {
  return loop.time() - startMs;
}

describe('Task.cancel and scopes', () => {
  test('the error of the task passes through scopes untouched', () => {
    run(function* () {
      const scope = new CancelScope();
      const task = createTask(scope.run(() => sleep(1000)));
      yield* sleep(10);
      task.cancel('stop');
      expect(((yield* failure(() => task)) as CancelledError).reason).toBe('stop');
      expect([task.cancelled(), scope.cancelCalled, scope.cancelledCaught]).toEqual([true, false, false]);
    });
  });

  test.each([['task first'], ['scope first']])('both in one pass, %s: the task is cancelled', (order) => {
    run(function* () {
      const scope = new CancelScope();
      const task = createTask(scope.run(() => sleep(1000)));
      yield* sleep(10);
      if (order === 'task first') task.cancel('stop');
      scope.cancel('enough');
      if (order === 'scope first') task.cancel('stop');
      yield* failure(() => task);
      expect([task.cancelled(), scope.cancelledCaught]).toEqual([true, false]);
    });
  });

  test.each([['task first'], ['scope first']])('both while it waits for a slow task, %s', (order) => {
    run(function* () {
      const slow = createTask(
        (function* () {
          try {
            yield* sleep(1000);
          } finally {
            yield* shielded(() => sleep(20));
          }
        })(),
      );
      const scope = new CancelScope();
      const task = createTask(scope.run(() => slow));
      yield* sleep(10);
      if (order === 'task first') task.cancel('stop');
      scope.cancel('enough');
      if (order === 'scope first') task.cancel('stop');
      yield* failure(() => task);
      expect([task.cancelled(), scope.cancelledCaught]).toEqual([true, false]);
    });
  });

  test("a scope's error raised in the cleanup does not hide the task's own", () => {
    run(function* () {
      const scope = new CancelScope();
      let wentOn = false;
      const task = createTask(
        (function* () {
          yield* scope.run(function* () {
            try {
              yield* sleep(1000);
            } finally {
              scope.cancel('enough');
              yield* sleep(1);
            }
          });
          wentOn = true;
        })(),
      );
      yield* sleep(10);
      task.cancel('stop');
      expect(((yield* failure(() => task)) as CancelledError).reason).toBe('stop');
      expect([task.cancelled(), wentOn, scope.cancelledCaught]).toEqual([true, false, false]);
    });
  });

  test('a request that was handled and taken back leaves the scope to absorb', () => {
    run(function* () {
      const scope = new CancelScope();
      const task = createTask(
        scope.run(function* () {
          yield* failure(() => sleep(1000));
          self().uncancel();
          scope.cancel();
          yield* sleep(1);
        }),
      );
      yield* sleep(10);
      task.cancel();
      yield* task;
      expect([task.cancelled(), scope.cancelledCaught]).toEqual([false, true]);
    });
  });

  test('a request from before the scope does not count against it', () => {
    run(function* () {
      self().cancel();
      yield* failure(() => sleep(1));
      const scope = new CancelScope();
      scope.cancel();
      yield* scope.run(() => sleep(1));
      expect(scope.cancelledCaught).toBe(true);
      // One that was made and not yet raised does.
      self().cancel('pending');
      const second = new CancelScope();
      const error = yield* failure(() =>
        second.run(function* () {
          try {
            yield* sleep(1);
          } finally {
            second.cancel();
            yield* sleep(1);
          }
        }),
      );
      expect([(error as CancelledError).reason, second.cancelledCaught]).toEqual(['pending', false]);
      self().uncancel();
      self().uncancel();
    });
  });

  test('a shield holds it until its end; asked twice, it is raised once', () => {
    run(function* (loop) {
      const startMs = loop.time();
      const log: unknown[] = [];
      const task = createTask(
        (function* () {
          yield* shielded(function* () {
            yield* sleep(50);
            yield* shielded(() => sleep(10));
          });
          log.push(since(loop, startMs), self().cancelling());
          log.push(((yield* failure(() => sleep(1000))) as CancelledError).reason);
          yield* sleep(10);
          return 'refused';
        })(),
      );
      yield* sleep(10);
      expect([task.cancel('first'), task.cancel('second'), task.cancelling()]).toEqual([true, true, 2]);
      expect(yield* task).toBe('refused');
      expect([log, since(loop, startMs)]).toEqual([[60, 2, 'second'], 70]);
    });
  });

  test('released by one shield, it stays out of the next', () => {
    run(function* (loop) {
      const startMs = loop.time();
      const task = createTask(
        (function* () {
          yield* shielded(() => sleep(20));
          yield* shielded(() => sleep(20));
          self().cancel('own');
          yield* shielded(() => sleep(20));
          yield* sleep(1000);
        })(),
      );
      yield* sleep(10);
      task.cancel('stop');
      expect(yield* failure(() => task)).toBeInstanceOf(CancelledError);
      expect(since(loop, startMs)).toBe(60);
    });
  });

  test('taken back before the shield ends, or with the shield lowered', () => {
    run(function* (loop) {
      const startMs = loop.time();
      const shield = new CancelScope({ shield: true });
      const kept = createTask(shielded(() => sleep(50, 'kept')));
      const open = createTask(shield.run(() => sleep(50)));
      yield* sleep(10);
      kept.cancel();
      kept.uncancel();
      open.cancel('stop');
      yield* sleep(10);
      shield.shield = false;
      expect(((yield* failure(() => open)) as CancelledError).reason).toBe('stop');
      expect(since(loop, startMs)).toBe(20);
      expect(yield* kept).toBe('kept');
    });
  });
});
