import { describe, expect, test } from 'vitest';
import { TaskGroup, taskGroup } from '../../../src/groups/task-group.ts';

import {
  CancelledError,
  type Coroutine,
  KeyboardInterrupt,
  RuntimeError,
  sleep,
} from '../../../src/index.ts';
import { failure, run, self, throwing } from '../cancellation/on-virtual-time.ts';
import { caught } from '../loop/virtual-loop.ts';
import { failAfterMs, texts } from './workers.ts';

describe('a group in which something fails', () => {
  test('cancels the other tasks and the body, and raises one AggregateError', () => {
    run(function* (loop) {
      const startMs = loop.time();
      const log: string[] = [];
      const group = new TaskGroup();
      const error = yield* failure(() =>
        group.run(function* () {
          const slow = group.createTask(sleep(1000));
          group.createTask(failAfterMs(10, 'task'));
          const inside = yield* failure(() => sleep(2000));
          log.push(String(inside instanceof CancelledError), String(group), String(slow.cancelling()));
          throw inside;
        }),
      );
      expect(texts(error)).toEqual(['task']);
      expect(error.message).toBe('unhandled errors in a TaskGroup');
      expect(log).toEqual(['true', '<TaskGroup tasks=1 errors=1 cancelling>', '1']);
      expect([loop.time() - startMs, self().cancelling()]).toEqual([10, 0]);
      expect(String(group)).toBe('<TaskGroup finished>');
      yield* sleep(1);
    });
  });

  test('all that fail in the same pass are raised', () => {
    run(function* () {
      const error = yield* failure(() =>
        taskGroup(function* (group) {
          for (const text of ['a', 'b', 'c']) group.createTask(failAfterMs(10, text));
          group.createTask(sleep(1000));
          yield* sleep(1000);
        }),
      );
      expect(texts(error)).toEqual(['a', 'b', 'c']);
    });
  });

  test('the body fails: tasks are cancelled, also those that have not begun', () => {
    run(function* () {
      let began = false;
      let slow: { cancelled(): boolean } | undefined;
      const error = yield* failure(() =>
        taskGroup(function* (group) {
          slow = group.createTask(sleep(1000));
          yield* sleep(1);
          group.createTask(
            (function* () {
              began = true;
            })(),
          );
          throw new Error('body');
        }),
      );
      expect(texts(error)).toEqual(['body']);
      expect([slow?.cancelled(), began]).toEqual([true, false]);
    });
  });

  test('errors are in the order in which they happened', () => {
    run(function* () {
      function* failOnCancel(text: string): Coroutine<void> {
        try {
          yield* sleep(1000);
        } finally {
          yield* throwing(new Error(text));
        }
      }
      const bodyFirst = yield* failure(() =>
        taskGroup(function* (group) {
          group.createTask(failOnCancel('cleanup'));
          yield* sleep(1);
          throw new Error('body');
        }),
      );
      expect(texts(bodyFirst)).toEqual(['body', 'cleanup']);
      const bodyLast = yield* failure(() =>
        taskGroup(function* (group) {
          group.createTask(failAfterMs(1, 'task'));
          yield* failOnCancel('body');
        }),
      );
      expect(texts(bodyLast)).toEqual(['task', 'body']);
      expect(self().cancelling()).toBe(0);
    });
  });

  test('KeyboardInterrupt is raised as itself', () => {
    run(function* () {
      const error = yield* failure(() =>
        taskGroup(function* (group) {
          group.createTask(failAfterMs(1, 'task'));
          try {
            yield* sleep(1000);
          } finally {
            yield* throwing(new KeyboardInterrupt('Ctrl-C'));
          }
        }),
      );
      expect(error).toBeInstanceOf(KeyboardInterrupt);
      expect(self().cancelling()).toBe(0);
    });
  });

  test('takes no more tasks, and closes what it is given', () => {
    run(function* () {
      let closed: Error | undefined;
      let ran = false;
      const error = yield* failure(() =>
        taskGroup(function* (group) {
          group.createTask(failAfterMs(1, 'task'));
          try {
            yield* sleep(1000);
          } catch {
            const late = (function* (): Coroutine<void> {
              ran = true;
            })();
            closed = caught(() => group.createTask(late));
            expect(late.next()).toEqual({ done: true, value: undefined });
          }
        }),
      );
      expect(texts(error)).toEqual(['task']);
      expect(closed).toBeInstanceOf(RuntimeError);
      expect(closed?.message).toMatch(/is shutting down/);
      expect(ran).toBe(false);
    });
  });

  test('tasks that multiply are stopped all the same', () => {
    run(function* () {
      let heads = 0;
      const error = yield* failure(() =>
        taskGroup(function* (group) {
          function* hydra(): Coroutine<void> {
            heads++;
            yield* sleep(1);
            group.createTask(hydra());
            group.createTask(hydra());
          }
          group.createTask(hydra());
          group.createTask(failAfterMs(5.5, 'hercules'));
        }),
      );
      expect(texts(error)).toEqual(['hercules']);
      expect(heads).toBe(63);
    });
  });

  test('thrown values that are no errors are kept as they are', () => {
    run(function* () {
      const error = yield* failure(() =>
        taskGroup(function* (group) {
          group.createTask(throwing(null));
          group.createTask(throwing('text'));
        }),
      );
      expect((error as AggregateError).errors).toEqual([null, 'text']);
    });
  });
});
