/** Tasks: how they start, step and end. */
import { describe, expect, it } from 'vitest';
import { type Coroutine, createTask, ensureFuture, RuntimeError, sleep, Task } from '../../../src/index.ts';
import { caught, onePass, virtualLoop } from '../loop/virtual-loop.ts';

function* returning<T>(value: T): Coroutine<T> {
  yield* sleep(0);
  return value;
}

function* waiting<T>(
  awaitable: { [Symbol.iterator](): Iterator<never, T, unknown> } | Task<T>,
): Coroutine<T> {
  return yield* awaitable as Task<T>;
}

describe('createTask', () => {
  it('takes the first step in the next pass, not inside the call', () => {
    const { loop } = virtualLoop();
    const log: string[] = [];
    function* work(): Coroutine<void> {
      log.push('started');
      yield* [];
    }
    const task = loop.createTask(work());
    expect(log).toEqual([]);
    onePass(loop);
    expect(log).toEqual(['started']);
    expect(task.done()).toBe(true);
  });

  it('starts tasks in the order of the calls', () => {
    const { loop } = virtualLoop();
    const log: number[] = [];
    function* work(i: number): Coroutine<void> {
      log.push(i);
      yield* sleep(0);
      log.push(i + 10);
    }
    for (let i = 0; i < 3; i++) loop.createTask(work(i));
    onePass(loop);
    expect(log).toEqual([0, 1, 2]);
    onePass(loop);
    expect(log).toEqual([0, 1, 2, 10, 11, 12]);
  });

  it('takes a leaf operation too', () => {
    const { loop } = virtualLoop();
    expect(
      loop.run(function* (): Coroutine<string> {
        return yield* createTask(sleep(5, 'slept'));
      }),
    ).toBe('slept');
  });

  it('outside of a running loop is refused', () => {
    expect(() => createTask(returning(1))).toThrow(RuntimeError);
  });

  it.each<[string, unknown, string]>([
    ['a function that was not called', returning, 'createTask(returning(…))'],
    ['a promise', Promise.resolve(1), 'got a Promise object'],
    ['nothing', undefined, 'got undefined'],
    ['an array', [1], 'got a Array object'],
  ])('refuses %s, and says what it got', (_name, value, text) => {
    const { loop } = virtualLoop();
    const error = caught(() => loop.createTask(value as never));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toContain(text);
    expect(loop.liveTasks.size).toBe(0);
  });

  it('refuses a future, with the remedy', () => {
    const { loop } = virtualLoop();
    expect(() => loop.createTask(loop.createFuture() as never)).toThrow(
      'await it in a function*, or use ensureFuture()',
    );
  });

  it('refuses a coroutine that belongs to a task already', () => {
    const { loop } = virtualLoop();
    const coroutine = returning(1);
    loop.runUntilComplete(loop.createTask(coroutine));
    const error = caught(() => loop.createTask(coroutine));
    expect(error).toBeInstanceOf(RuntimeError);
    expect(error.message).toContain('already belongs to a task');
  });
});

describe('the end of a task', () => {
  it('is its result, for every waiter', () => {
    const { loop } = virtualLoop();
    const task = loop.createTask(returning('r'));
    const waiters = [loop.createTask(waiting(task)), loop.createTask(waiting(task))];
    for (const waiter of waiters) expect(loop.runUntilComplete(waiter)).toBe('r');
    expect(task.result()).toBe('r');
  });

  it('may be an error, which its waiters get', () => {
    const { loop } = virtualLoop();
    const failure = new RangeError('inside');
    function* failing(): Coroutine<void> {
      yield* sleep(0);
      throw failure;
    }
    const task = loop.createTask(failing());
    expect(caught(() => loop.runUntilComplete(loop.createTask(waiting(task))))).toBe(failure);
    expect(task.exception()).toBe(failure);
  });

  it('cannot be set from outside', () => {
    const { loop } = virtualLoop();
    const task = loop.createTask(returning(1));
    expect(() => task.setResult(2)).toThrow(RuntimeError);
    expect(() => task.setException(new Error('x'))).toThrow(RuntimeError);
    expect(loop.runUntilComplete(task)).toBe(1);
  });
});

describe('step', () => {
  it('is refused on a task that is done, and inside the task itself', () => {
    const { loop } = virtualLoop();
    function* stepping(): Coroutine<void> {
      expect(() => task.step()).toThrow('while it is running');
      yield* sleep(0);
    }
    const task: Task<void> = loop.createTask(stepping());
    loop.runUntilComplete(task);
    expect(() => task.step()).toThrow('done');
  });
});

describe('ensureFuture', () => {
  it('gives a future back as it is, and makes a task of the rest', () => {
    const { loop } = virtualLoop();
    const future = loop.createFuture<void>();
    expect(ensureFuture(future, { loop }) === future).toBe(true);
    const task = ensureFuture(returning('made'), { loop });
    expect(task).toBeInstanceOf(Task);
    expect(loop.runUntilComplete(task)).toBe('made');
    const own = {
      *[Symbol.iterator](): Coroutine<string> {
        return yield* returning('own');
      },
    };
    expect(loop.runUntilComplete(ensureFuture(own, { loop }))).toBe('own');
  });

  it('refuses what cannot be awaited, and a future of another loop', () => {
    const { loop } = virtualLoop();
    const { loop: other } = virtualLoop();
    for (const value of [5, 'text', null, [1], {}]) {
      expect(() => ensureFuture(value as never, { loop })).toThrow(TypeError);
    }
    expect(() => ensureFuture(other.createFuture(), { loop })).toThrow('different loop');
  });
});
