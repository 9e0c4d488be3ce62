import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { TaskGroup, taskGroup } from '../../../src/groups/task-group.ts';

import {
  ContextVar,
  type Coroutine,
  copyContext,
  createTask,
  RuntimeError,
  sleep,
} from '../../../src/index.ts';
import { eagerTaskFactory } from '../../../src/tasks/create-task.ts';
import { failure, run, throwing } from '../cancellation/on-virtual-time.ts';
import { caught, virtualLoop } from '../loop/virtual-loop.ts';
import { texts } from './workers.ts';

describe('a group whose tasks succeed', () => {
  test('waits for them and returns the value of the body', () => {
    run(function* (loop) {
      const startMs = loop.time();
      const value = yield* taskGroup(function* (group) {
        const first = group.createTask(sleep(10, 42));
        yield* sleep(5);
        const second = group.createTask(sleep(20, 11));
        expect(first.done()).toBe(false);
        return [first, second] as const;
      });
      expect(value.map((task) => task.result())).toEqual([42, 11]);
      expect(loop.time() - startMs).toBe(25);
    });
  });

  test('one with no tasks does not suspend', () => {
    run(function* () {
      let others = 0;
      createTask(
        (function* () {
          others++;
        })(),
      );
      expect(
        yield* taskGroup(function* () {
          return 'at once';
        }),
      ).toBe('at once');
      expect(others).toBe(0);
      yield* sleep(0);
    });
  });

  test('a task cancelled by hand is no failure', () => {
    run(function* () {
      const [first, second] = yield* taskGroup(function* (group) {
        const slow = group.createTask(sleep(1000));
        yield* sleep(5);
        slow.cancel();
        return [slow, group.createTask(sleep(20, 'kept'))] as const;
      });
      expect([first.cancelled(), second.result()]).toEqual([true, 'kept']);
    });
  });

  test('tasks may start tasks, also when the body has ended', () => {
    run(function* () {
      const done: number[] = [];
      function* leaf(ms: number): Coroutine<void> {
        yield* sleep(ms);
        done.push(ms);
      }
      yield* taskGroup(function* (group) {
        group.createTask(
          (function* () {
            yield* sleep(10);
            group.createTask(leaf(20));
            group.createTask(leaf(10));
          })(),
        );
      });
      expect(done).toEqual([10, 20]);
    });
  });

  test('keeps no task that has ended', () => {
    run(function* () {
      yield* taskGroup(function* (group) {
        for (let i = 0; i < 10; i++) {
          yield* sleep(10);
          group.createTask(sleep(30));
          expect(String(group)).toMatch(/tasks=[1-4] /);
        }
        yield* sleep(50);
        expect(String(group)).toBe('<TaskGroup entered>');
      });
    });
  });

  test('names and contexts of tasks', () => {
    run(function* () {
      const variable = new ContextVar<number>('variable');
      function* setTo(value: number): Coroutine<void> {
        yield* sleep(0);
        variable.set(value);
      }
      yield* taskGroup(function* (group) {
        const context = copyContext();
        const first = group.createTask(setTo(1), { name: 'yolo', context });
        expect(first.getName()).toBe('yolo');
        yield* first;
        expect(context.get(variable)).toBe(1);
        yield* group.createTask(setTo(2), { context });
        expect(context.get(variable)).toBe(2);
      });
      expect(variable.get(0)).toBe(0);
    });
  });
});

describe('misuse', () => {
  test('a group runs one body, once', () => {
    run(function* () {
      const group = new TaskGroup({ name: 'crawl' });
      yield* group.run(function* () {
        expect((yield* failure(() => group.run(() => sleep(0)))).message).toMatch(/has already been entered/);
      });
      expect((yield* failure(() => group.run(() => sleep(0)))).message).toMatch(/has already been entered/);
      expect(inspect(group)).toBe("<TaskGroup 'crawl' finished>");
      const named = yield* failure(() => taskGroup(() => throwing(new Error('x')), { name: 'crawl' }));
      expect(named.message).toBe("unhandled errors in a TaskGroup 'crawl'");
    });
  });

  test('before and after its time it takes no tasks', () => {
    run(function* () {
      const group = new TaskGroup();
      expect(caught(() => group.createTask(sleep(0))).message).toMatch(/has not been entered/);
      yield* group.run(() => sleep(0));
      const error = caught(() => group.createTask(sleep(0)));
      expect(error).toBeInstanceOf(RuntimeError);
      expect(error.message).toMatch(/is finished/);
    });
  });

  test('outside of a task there is nobody to wait', () => {
    const { loop } = virtualLoop();
    let error: Error | undefined;
    loop.callSoon(() => {
      error = caught(() => taskGroup(() => sleep(0)).next());
      loop.stop();
    });
    loop.runForever();
    expect(error).toBeInstanceOf(RuntimeError);
    expect(error?.message).toMatch(/parent task/);
  });

  test('what is no coroutine, what is no body', () => {
    run(function* () {
      const error = yield* failure(() =>
        taskGroup(function* (group) {
          const wrong = (() => 5) as unknown as Coroutine<number>;
          group.createTask(wrong);
        }),
      );
      expect((error as AggregateError).errors[0].message).toMatch(/createTask: a coroutine was expected/);
      const sync = (() => 5) as unknown as () => Coroutine<number>;
      expect(texts(yield* failure(() => taskGroup(sync)))[0]).toMatch(/must be a function\*/);
    });
  });
});

test('options of its tasks are those of createTask', () => {
  const { loop } = virtualLoop();
  loop.run(function* () {
    yield* taskGroup(function* (group) {
      const heartbeat = group.createTask(sleep(5), { name: 'heartbeat', daemon: true });
      expect(heartbeat.getName()).toBe('heartbeat');
      expect(loop.liveTasks.daemons?.tasks.has(heartbeat)).toBe(true);
      let begun = false;
      group.createTask(
        function* () {
          begun = true;
          yield* sleep(0);
        },
        { eagerStart: true },
      );
      expect(begun).toBe(true);
      // The group waits for it as for any other task, and that wait can only end from here.
      heartbeat.cancel();
    });
  });
});

test('with tasks that start eagerly', () => {
  const { loop } = virtualLoop();
  loop.setTaskFactory(eagerTaskFactory);
  loop.run(function* () {
    const done = yield* taskGroup(function* (group) {
      const task = group.createTask(
        (function* () {
          return 'at once';
        })(),
      );
      expect(task.done()).toBe(true);
      return task;
    });
    expect(done.result()).toBe('at once');
    expect(
      texts(
        yield* failure(() =>
          taskGroup(function* (group) {
            group.createTask(throwing(new Error('at once')));
            yield* sleep(1000);
          }),
        ),
      ),
    ).toEqual(['at once']);
    // python/cpython#155418: a task that ends its group before the group knows it must not be waited for.
    yield* taskGroup(function* (group) {
      group.createTask(
        (function* () {
          group.cancel();
          yield* sleep(1e9);
        })(),
      );
    });
  });
});
