/** Tasks that take their first step at once: what CPython 3.13 says in test_eager_task_factory. */
import { describe, expect, it } from 'vitest';
import {
  allTasks,
  CancelledError,
  ContextVar,
  type Coroutine,
  createEagerTaskFactory,
  currentTask,
  type EventLoop,
  eagerTaskFactory,
  gather,
  sleep,
  Task,
  type TaskFactory,
  taskGroup,
} from '../../src/index.ts';
import { failure } from '../unit/cancellation/on-virtual-time.ts';
import { virtualLoop } from '../unit/loop/virtual-loop.ts';

/** Runs `body` on a loop whose tasks are eager. */
function runEager<T>(body: (loop: EventLoop) => Coroutine<T>): T {
  const { loop } = virtualLoop();
  loop.setTaskFactory(eagerTaskFactory);
  return loop.run(() => body(loop));
}

function* returning<T>(value: T): Coroutine<T> {
  return value;
}

function* blocking(): Coroutine<string> {
  yield* sleep(100);
  return 'finished after blocking';
}

describe('the factory', () => {
  it('is what the loop answers, and makes tasks of the class it was made for', () => {
    const starts: unknown[] = [];
    class Special<T> extends Task<T> {
      constructor(...[coroutine, options]: ConstructorParameters<typeof Task<T>>) {
        super(coroutine, options);
        starts.push(options?.eagerStart);
      }
    }
    const factory = createEagerTaskFactory(Special);
    const { loop } = virtualLoop();
    expect(loop.getTaskFactory()).toBeNull();
    loop.setTaskFactory(factory);
    expect(loop.getTaskFactory()).toBe(factory);
    loop.run(function* (): Coroutine<void> {
      const task = loop.createTask(returning(1), { name: 'named' });
      expect(task).toBeInstanceOf(Special);
      expect([task.done(), task.getName()]).toEqual([true, 'named']);
    });
    // The main coroutine's too, though the loop did not run yet.
    expect(starts).toEqual([true, true]);
    loop.setTaskFactory(null);
    expect(loop.getTaskFactory()).toBeNull();
    expect(() => loop.setTaskFactory(1 as never)).toThrow(TypeError);
  });

  it('is eager only while the loop runs', () => {
    const { loop } = virtualLoop();
    loop.setTaskFactory(eagerTaskFactory);
    const task = loop.createTask(returning('later'));
    expect(task.done()).toBe(false);
    expect(loop.runUntilComplete(task)).toBe('later');
  });

  it('eagerStart does it for one task', () => {
    const { loop } = virtualLoop();
    loop.run(function* (): Coroutine<void> {
      expect(loop.createTask(returning(1), { eagerStart: true }).done()).toBe(true);
      const lazy = loop.createTask(returning(1));
      expect(lazy.done()).toBe(false);
      yield* lazy;
    });
  });
});

describe('a coroutine that', () => {
  it('does not block is done when createTask returns', () => {
    runEager(function* (loop): Coroutine<void> {
      const task = loop.createTask(returning('hello'));
      expect(task.done()).toBe(true);
      expect(yield* task).toBe('hello');
    });
  });

  it('completes a future in its first step: the future is done', () => {
    runEager(function* (loop): Coroutine<void> {
      const future = loop.createFuture<string>();
      function* complete(): Coroutine<void> {
        future.setResult('my message');
      }
      expect(loop.createTask(complete()).done()).toBe(true);
      expect(yield* future).toBe('my message');
    });
  });

  it('blocks goes on later', () => {
    runEager(function* (loop): Coroutine<void> {
      const task = loop.createTask(blocking());
      expect(task.done()).toBe(false);
      expect(yield* task).toBe('finished after blocking');
    });
  });

  it('fails in its first step fails the task, not createTask', () => {
    runEager(function* (loop): Coroutine<void> {
      const error = new RangeError('at once');
      function* failing(): Coroutine<void> {
        throw error;
      }
      const task = loop.createTask(failing());
      expect(yield* failure(() => task)).toBe(error);
    });
  });
});

describe('cancelling', () => {
  it('after it has completed does nothing', () => {
    runEager(function* (loop): Coroutine<void> {
      const task = loop.createTask(returning('whole'));
      expect(task.cancel()).toBe(false);
      expect([yield* task, task.cancelled()]).toEqual(['whole', false]);
    });
  });

  it('after it has blocked ends it, with the message', () => {
    runEager(function* (loop): Coroutine<void> {
      const task = loop.createTask(blocking());
      task.cancel('cancellation message');
      expect(task.cancelling()).toBeGreaterThan(0);
      const error = (yield* failure(() => task)) as CancelledError;
      expect(error).toBeInstanceOf(CancelledError);
      expect(error.reason).toBe('cancellation message');
    });
  });
});

describe('introspection', () => {
  it('currentTask is the new task in its first step, as later, and the maker again after it', () => {
    runEager(function* (loop): Coroutine<void> {
      const seen: unknown[] = [];
      function* look(): Coroutine<void> {
        seen.push(currentTask());
        yield* sleep(100);
        seen.push(currentTask());
      }
      const main = currentTask();
      const task = loop.createTask(look());
      expect(seen[0]).toBe(task);
      expect(currentTask()).toBe(main);
      yield* task;
      expect(seen[1]).toBe(task);
    });
  });

  it('allTasks has it during its first step, and afterwards only if it blocked', () => {
    runEager(function* (loop): Coroutine<void> {
      const captured: Set<unknown>[] = [];
      const gate = loop.createFuture<void>();
      function* look(blocks: boolean): Coroutine<void> {
        captured.push(allTasks());
        if (blocks) yield* gate;
      }
      const [quick, slow] = [loop.createTask(look(false)), loop.createTask(look(true))];
      expect([captured[0]?.has(quick), captured[1]?.has(slow)]).toEqual([true, true]);
      expect([allTasks().has(quick), allTasks().has(slow)]).toEqual([false, true]);
      gate.setResult();
      yield* slow;
      expect(allTasks().has(slow)).toBe(false);
    });
  });

  it('its context is a copy of the maker’s, in the first step too', () => {
    const variable = new ContextVar<number>('cv', { default: 0 });
    runEager(function* (loop): Coroutine<void> {
      const seen: number[] = [];
      function* work(): Coroutine<void> {
        seen.push(variable.get());
        variable.set(2);
        yield* sleep(100);
        seen.push(variable.get());
        variable.set(3);
      }
      variable.set(1);
      const task = loop.createTask(work());
      expect([seen, variable.get()]).toEqual([[1], 1]);
      yield* task;
      expect([seen, variable.get()]).toEqual([[1, 2], 1]);
    });
    expect(variable.get()).toBe(0);
  });
});

describe.each([true, false])('how many tasks are made, eager: %s', (eager) => {
  /** Counts the tasks that the factory is asked for. */
  function counting(): { loop: EventLoop; count: () => number } {
    const { loop } = virtualLoop();
    let count = 0;
    const factory: TaskFactory = (owner, coroutine, options) => {
      count++;
      return eager
        ? eagerTaskFactory(owner, coroutine, options)
        : new Task(coroutine, { ...options, loop: owner });
    };
    loop.setTaskFactory(factory);
    return { loop, count: () => count };
  }

  function* chain(depth: number): Coroutine<number> {
    return depth === 0 ? 0 : 1 + (yield* chain(depth - 1));
  }

  function* groups(width: number, depth: number): Coroutine<void> {
    if (depth === 0) return;
    yield* taskGroup(function* (group): Coroutine<void> {
      for (let i = 0; i < width; i++) group.createTask(groups(width, depth - 1));
    });
  }

  function* gathers(width: number, depth: number): Coroutine<void> {
    if (depth === 0) return;
    yield* gather(Array.from({ length: width }, () => gathers(width, depth - 1)));
  }

  it('a chain of awaits is one', () => {
    const { loop, count } = counting();
    expect(loop.runUntilComplete(chain(100))).toBe(100);
    expect(count()).toBe(1);
  });

  it.each<[string, (width: number, depth: number) => Coroutine<void>]>([
    ['groups', groups],
    ['gathers', gathers],
  ])('%s within each other: each asks the loop’s factory', (_name, recurse) => {
    const { loop, count } = counting();
    loop.runUntilComplete(recurse(5, 4));
    expect(count()).toBe(1 + 5 + 25 + 125 + 625);
  });
});
