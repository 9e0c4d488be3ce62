import { describe, expect, test } from 'vitest';
import { CancelScope } from '../../../src/cancellation/cancel-scope.ts';
import { moveOnAfter, shielded } from '../../../src/cancellation/deadlines.ts';
import { TaskGroup, taskGroup } from '../../../src/groups/task-group.ts';

import { CancelledError, type Coroutine, createTask, RuntimeError, sleep } from '../../../src/index.ts';
import { eagerTaskFactory } from '../../../src/tasks/create-task.ts';
import { countPasses, failure, run, self, throwing } from '../cancellation/on-virtual-time.ts';
import { virtualLoop } from '../loop/virtual-loop.ts';
import { counting, texts } from './workers.ts';

/** Ready after 10 ms, then busy for another 40. */
function* serve(started: (port: number) => void, host: string, log: string[] = []): Coroutine<void> {
  yield* sleep(10);
  started(host.length);
  yield* sleep(40);
  log.push('served');
}

describe('group.start()', () => {
  test('waits for the word, returns its value, and the task runs on in the group', () => {
    run(function* (loop) {
      const startMs = loop.time();
      const log: string[] = [];
      yield* taskGroup(function* (group) {
        const port: number = yield* group.start(serve, 'host', log);
        expect([port, loop.time() - startMs]).toEqual([4, 10]);
        expect(String(group)).toBe('<TaskGroup tasks=1 entered>');
      });
      expect([log, loop.time() - startMs]).toEqual([['served'], 50]);
    });
  });

  test('an error before the word goes to the caller, not to the group; afterwards to the group', () => {
    run(function* () {
      const error = yield* failure(() =>
        taskGroup(function* (group) {
          group.createTask(sleep(20));
          const early = yield* failure(() => group.start(() => throwing(new Error('early'))));
          expect(early.message).toBe('early');
          yield* group.start(function* (started: (value: null) => void) {
            started(null);
            yield* sleep(5);
            throw new Error('late');
          });
          yield* sleep(1000);
        }),
      );
      expect(texts(error)).toEqual(['late']);
    });
  });

  test('a task that ends without a word, or says it twice', () => {
    run(function* () {
      const error = yield* failure(() =>
        taskGroup(function* (group) {
          const silent = yield* failure(() => group.start(() => sleep(1)));
          expect(silent).toBeInstanceOf(RuntimeError);
          expect(silent.message).toMatch(/ended without calling started\(\)/);
          yield* group.start(function* (started: (value: number) => void) {
            started(1);
            started(2);
          });
          yield* sleep(1000);
        }),
      );
      expect(texts(error)[0]).toMatch(/says once that it is ready/);
    });
  });

  test('cancelling the call cancels the task and waits for it; its word comes too late', () => {
    run(function* (loop) {
      const startMs = loop.time();
      const log: string[] = [];
      const value = yield* taskGroup(function* (group) {
        const starting = createTask(
          group.start(function* (started: (value: string) => void) {
            try {
              yield* sleep(1000);
            } finally {
              yield* sleep(20);
              started('too late');
              log.push('cleaned up');
            }
          }),
        );
        yield* sleep(10);
        starting.cancel('stop');
        yield* sleep(5);
        starting.cancel('again');
        const error = yield* failure(() => starting);
        log.push(String((error as CancelledError).reason));
        return String(group);
      });
      expect(log).toEqual(['cleaned up', 'stop']);
      expect([value, loop.time() - startMs]).toEqual(['<TaskGroup entered>', 30]);
    });
  });

  test('a failure while the call is being cancelled is raised instead', () => {
    run(function* () {
      yield* taskGroup(function* (group) {
        const starting = createTask(
          group.start(function* (_started: (value: string) => void) {
            try {
              yield* sleep(1000);
            } finally {
              yield* throwing(new Error('cleanup'));
            }
          }),
        );
        yield* sleep(10);
        starting.cancel();
        expect((yield* failure(() => starting)).message).toBe('cleanup');
      });
    });
  });

  test("until the word the task is in its starter's scope, then in the group's", () => {
    run(function* () {
      const log: string[] = [];
      const around = new CancelScope();
      yield* around.run(() =>
        taskGroup(function* (group) {
          yield* moveOnAfter(5, () => group.start(serve, 'too slow', log));
          log.push('moved on');
          yield* moveOnAfter(20, function* () {
            yield* group.start(function* (started: (value: null) => void) {
              // Scopes that the task has opened move along with it.
              yield* moveOnAfter(1000, function* () {
                yield* sleep(10);
                started(null);
                yield* counting(log, 'server');
              });
            });
            yield* sleep(1000);
          });
          log.push('moved on');
          around.cancel('the end');
        }),
      );
      expect(log).toEqual(['moved on', 'moved on', 'server: the end']);
    });
  });

  test('a cancelled scope of the starter does not spin while the task takes its time', () => {
    run(function* (loop) {
      const passes = countPasses(loop);
      const startMs = loop.time();
      yield* moveOnAfter(10, () =>
        taskGroup((group) =>
          group.start(function* (_started: (value: null) => void) {
            yield* shielded(() => sleep(10_000));
          }),
        ),
      );
      expect(loop.time() - startMs).toBe(10_000);
      expect(passes()).toBeLessThan(10);
    });
  });

  test('the group waits for a start that somebody else has begun', () => {
    run(function* (loop) {
      const startMs = loop.time();
      const group = new TaskGroup();
      const log: string[] = [];
      createTask(
        (function* () {
          yield* sleep(1);
          yield* group.start(serve, 'x', log);
        })(),
      );
      yield* group.run(() => sleep(5));
      expect([log, loop.time() - startMs]).toEqual([['served'], 51]);
    });
  });

  test('into a group that is shutting down by then: the task is cancelled', () => {
    run(function* () {
      const group = new TaskGroup();
      const log: string[] = [];
      const starting = createTask(
        (function* () {
          yield* sleep(1);
          return yield* group.start(serve, 'xyz', log);
        })(),
      );
      yield* group.run(function* () {
        yield* sleep(5);
        group.cancel();
        yield* sleep(1000);
      });
      expect([yield* starting, log]).toEqual([3, []]);
      expect((yield* failure(() => group.start(serve, ''))).message).toMatch(/is finished/);
      expect(self().cancelling()).toBe(0);
    });
  });

  test('the task is cancelled by hand before its word', () => {
    run(function* () {
      yield* taskGroup(function* (group) {
        const error = yield* failure(() =>
          group.start(function* (_started: (value: null) => void) {
            self().cancel();
            yield* sleep(1000);
          }),
        );
        expect(error).toBeInstanceOf(CancelledError);
      });
    });
  });

  test('what is no coroutine function', () => {
    run(function* () {
      yield* taskGroup(function* (group) {
        const wrong = sleep(0) as unknown as () => Coroutine<void>;
        expect((yield* failure(() => group.start(wrong))).message).toMatch(/start: a function\* is needed/);
      });
    });
  });

  test('tasks that start eagerly', () => {
    const { loop } = virtualLoop();
    loop.setTaskFactory(eagerTaskFactory);
    loop.run(function* () {
      const log: string[] = [];
      yield* taskGroup(function* (group) {
        const value = yield* group.start(function* (started: (value: string) => void) {
          started('at once');
          yield* sleep(10);
          log.push('ran on');
        });
        expect(value).toBe('at once');
        expect(String(group)).toBe('<TaskGroup tasks=1 entered>');
        expect(
          yield* group.start(function* (started: (value: number) => void) {
            started(1);
          }),
        ).toBe(1);
        expect((yield* failure(() => group.start(() => throwing(new Error('early'))))).message).toBe('early');
      });
      expect(log).toEqual(['ran on']);
    });
  });
});
