import { describe, expect, test } from 'vitest';
import { taskGroup } from '../../../src/groups/task-group.ts';
import { CancelledError, createTask, sleep, type Task } from '../../../src/index.ts';
import { failure, run, self, throwing } from '../cancellation/on-virtual-time.ts';
import { counting, failAfterMs } from './workers.ts';

describe('the task that opened the group is cancelled', () => {
  test('while the body runs: body and tasks are cancelled, the error goes on', () => {
    run(function* () {
      const seen: string[] = [];
      const task = createTask(
        taskGroup(function* (group) {
          for (const name of ['a', 'b']) group.createTask(counting(seen, name));
          yield* counting(seen, 'body');
        }),
      );
      yield* sleep(10);
      task.cancel('stop');
      expect(((yield* failure(() => task)) as CancelledError).reason).toBe('stop');
      expect([task.cancelled(), seen]).toEqual([true, ['body: stop', 'a: undefined', 'b: undefined']]);
    });
  });

  test('while it waits for its tasks; the second time changes nothing', () => {
    run(function* (loop) {
      const startMs = loop.time();
      let cleanedUp = 0;
      const task = createTask(
        taskGroup(function* (group) {
          for (let i = 0; i < 5; i++) {
            group.createTask(
              (function* () {
                try {
                  yield* sleep(10_000);
                } finally {
                  yield* sleep(50);
                  cleanedUp++;
                }
              })(),
            );
          }
        }),
      );
      yield* sleep(10);
      task.cancel('first');
      yield* sleep(10);
      task.cancel('second');
      expect(((yield* failure(() => task)) as CancelledError).reason).toBe('first');
      expect([cleanedUp, loop.time() - startMs]).toEqual([5, 60]);
    });
  });

  test('errors of the cleanup hide it, and it comes back at the next suspension', () => {
    run(function* () {
      const log: string[] = [];
      const task = createTask(
        (function* () {
          const error = yield* failure(() =>
            taskGroup(function* (group) {
              group.createTask(failAfterMs(10, 'task'));
              yield* sleep(1000);
            }),
          );
          log.push(error.constructor.name, String(self().cancelling()));
          const after = yield* failure(() => sleep(1000));
          log.push(String((after as CancelledError).reason));
          throw after;
        })(),
      );
      yield* sleep(10);
      // The group's task fails in this very pass.
      task.cancel('stop');
      expect(yield* failure(() => task)).toBeInstanceOf(CancelledError);
      expect(log).toEqual(['AggregateError', '1', 'stop']);
    });
  });

  test('a body that turns its cancellation into an error', () => {
    run(function* () {
      const task = createTask(
        taskGroup(function* (group) {
          group.createTask(sleep(1000));
          yield* failure(() => sleep(1000));
          throw new Error('not a good idea');
        }),
      );
      yield* sleep(10);
      task.cancel();
      const error = yield* failure(() => task);
      expect((error as AggregateError).errors.map(String)).toEqual(['Error: not a good idea']);
    });
  });

  test('a body that takes long to go while a task fails', () => {
    run(function* (loop) {
      const startMs = loop.time();
      const task = createTask(
        taskGroup(function* (group) {
          group.createTask(failAfterMs(30, 'crash'));
          try {
            yield* sleep(1000);
          } catch (error) {
            yield* sleep(50);
            throw error;
          }
        }),
      );
      yield* sleep(10);
      task.cancel();
      const error = yield* failure(() => task);
      // The crash cancels the body a second time, in its cleanup.
      expect([(error as AggregateError).errors.length, loop.time() - startMs]).toEqual([1, 30]);
    });
  });

  test('an await in the body of a cancelled task ends the group with that error', () => {
    run(function* () {
      let sibling: Task<void> | undefined;
      const error = yield* failure(() =>
        taskGroup(function* (group) {
          sibling = group.createTask(sleep(1000));
          const other = group.createTask(sleep(1000));
          yield* sleep(1);
          other.cancel('by hand');
          yield* other;
        }),
      );
      expect((error as CancelledError).reason).toBe('by hand');
      expect([sibling?.cancelled(), self().cancelling()]).toEqual([true, 0]);
    });
  });
});

describe('groups in groups', () => {
  test('a failure further out ends the inner group, which raises nothing of its own', () => {
    run(function* () {
      const error = yield* failure(() =>
        taskGroup(function* (outer) {
          outer.createTask(failAfterMs(10, 'outer'));
          yield* taskGroup(function* (inner) {
            inner.createTask(failAfterMs(1000, 'inner'));
          });
        }),
      );
      expect((error as AggregateError).errors.map(String)).toEqual(['Error: outer']);
      expect(self().cancelling()).toBe(0);
    });
  });

  test('a failure further in arrives as a group of a group', () => {
    run(function* () {
      const error = yield* failure(() =>
        taskGroup(function* (outer) {
          outer.createTask(failAfterMs(1000, 'outer'));
          yield* taskGroup(function* (inner) {
            inner.createTask(failAfterMs(10, 'inner'));
          });
        }),
      );
      const nested = (error as AggregateError).errors as AggregateError[];
      expect(nested.map((each) => each.errors.map(String))).toEqual([['Error: inner']]);
    });
  });

  test('both fail at once: the inner one raises, and the outer request is still counted', () => {
    run(function* () {
      const log: unknown[] = [];
      const error = yield* failure(() =>
        taskGroup(function* (outer) {
          const inner = yield* failure(() =>
            taskGroup(function* (group) {
              group.createTask(failAfterMs(0, 'inner'));
              outer.createTask(failAfterMs(0, 'outer'));
            }),
          );
          log.push(inner.constructor.name, self().cancelling());
        }),
      );
      expect((error as AggregateError).errors.map(String)).toEqual(['Error: outer']);
      expect([log, self().cancelling()]).toEqual([['AggregateError', 1], 0]);
      yield* sleep(1);
    });
  });

  test('in the cleanup of a task that was cancelled before, a group that fails keeps the request alive', () => {
    run(function* () {
      self().cancel();
      yield* failure(() => sleep(1));
      expect(
        yield* failure(() => taskGroup((group) => group.createTask(throwing(new Error('x'))))),
      ).toBeInstanceOf(AggregateError);
      // Nobody has taken the request back, so it is raised again, as in CPython 3.13.
      expect(yield* failure(() => sleep(1))).toBeInstanceOf(CancelledError);
      expect(self().uncancel()).toBe(0);
      expect(
        yield* failure(() => taskGroup((group) => group.createTask(throwing(new Error('x'))))),
      ).toBeInstanceOf(AggregateError);
      yield* sleep(1);
    });
  });
});
