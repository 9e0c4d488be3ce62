import { describe, expect, test } from 'vitest';
import { TaskGroup, taskGroup } from '../../../src/groups/task-group.ts';

import { CancelledError, createTask, sleep } from '../../../src/index.ts';
import { failure, run, self, throwing } from '../cancellation/on-virtual-time.ts';
import { caught } from '../loop/virtual-loop.ts';
import { counting } from './workers.ts';

describe('group.cancel()', () => {
  test('from the body: tasks and body end, the group raises nothing', () => {
    run(function* (loop) {
      const startMs = loop.time();
      const seen: string[] = [];
      const value = yield* taskGroup(function* (group) {
        group.createTask(counting(seen, 'task'));
        yield* sleep(10);
        group.cancel('enough');
        group.cancel('again');
        expect(caught(() => group.createTask(sleep(1))).message).toMatch(/is shutting down/);
        yield* counting(seen, 'body');
        return 'not reached';
      });
      expect(value).toBe(undefined);
      expect(seen).toEqual(['task: enough', 'body: enough']);
      expect([loop.time() - startMs, self().cancelling()]).toEqual([10, 0]);
      yield* sleep(1);
    });
  });

  test('from a task, while the body waits, and after the body has ended', () => {
    run(function* () {
      for (const bodyMs of [1000, 0]) {
        const value = yield* taskGroup(function* (group) {
          group.createTask(
            (function* () {
              yield* sleep(10);
              group.cancel();
            })(),
          );
          group.createTask(sleep(1000));
          yield* sleep(bodyMs);
          return 'body ended';
        });
        expect(value).toBe(bodyMs === 0 ? 'body ended' : undefined);
        expect(self().cancelling()).toBe(0);
      }
      yield* sleep(1);
    });
  });

  test('a body that does not suspend any more keeps its value', () => {
    run(function* () {
      const value = yield* taskGroup(function* (group) {
        group.createTask(sleep(1000));
        group.cancel();
        return 'value';
      });
      expect(value).toBe('value');
      yield* sleep(1);
    });
  });

  test('before the group has begun it ends it at the first suspension; afterwards it does nothing', () => {
    run(function* () {
      const group = new TaskGroup();
      group.cancel();
      let suspended = false;
      yield* group.run(function* () {
        suspended = true;
        yield* sleep(1000);
        throw new Error('not reached');
      });
      expect([suspended, self().cancelling()]).toEqual([true, 0]);
      group.cancel();
      yield* sleep(1);
    });
  });

  test('errors that come up meanwhile are raised', () => {
    run(function* () {
      const error = yield* failure(() =>
        taskGroup(function* (group) {
          group.createTask(
            (function* () {
              try {
                yield* sleep(1000);
              } finally {
                yield* throwing(new Error('cleanup'));
              }
            })(),
          );
          yield* sleep(1);
          group.cancel();
          yield* throwing(new Error('body'));
        }),
      );
      expect((error as AggregateError).errors.map(String)).toEqual(['Error: body', 'Error: cleanup']);
      expect(self().cancelling()).toBe(0);
    });
  });

  test('somebody else cancelling the task is not swallowed (python/cpython#155433)', () => {
    run(function* () {
      const task = createTask(
        taskGroup(function* (group) {
          group.createTask(
            (function* () {
              yield* failure(() => sleep(1000));
              yield* sleep(100);
            })(),
          );
          yield* sleep(0);
          group.cancel();
        }),
      );
      yield* sleep(10);
      task.cancel('from outside');
      const error = yield* failure(() => task);
      expect(error).toBeInstanceOf(CancelledError);
      expect((error as CancelledError).reason).toBe('from outside');
    });
  });

  test('in the cleanup of a task that was cancelled, the old request does not come up again', () => {
    run(function* () {
      self().cancel();
      yield* failure(() => sleep(1));
      const value = yield* taskGroup(function* (group) {
        group.createTask(sleep(1000));
        yield* sleep(1);
        group.cancel();
        yield* sleep(1000);
      });
      expect([value, self().cancelling()]).toEqual([undefined, 1]);
      self().uncancel();
    });
  });
});
