/** Tasks: steps, results, names; what a coroutine may not yield, and what is said then. */
import { describe, expect, it } from 'vitest';
import {
  allTasks,
  type Coroutine,
  createTask,
  currentTask,
  ensureFuture,
  RuntimeError,
  sleep,
  Task,
} from '../../../src/index.ts';
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
        return yield* createTask(sleep(5, 'slept') as never as Coroutine<string>);
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
    expect(() => loop.createTask(loop.createFuture() as never)).toThrow('await it, or use ensureFuture()');
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

describe('names and introspection', () => {
  it('a name is given, or made of a number, and can be changed', () => {
    const { loop } = virtualLoop();
    const [named, plain] = [loop.createTask(returning(1), { name: 'worker' }), loop.createTask(returning(2))];
    expect(named.getName()).toBe('worker');
    expect(plain.getName()).toMatch(/^Task-\d+$/);
    plain.setName(7);
    expect(plain.getName()).toBe('7');
    expect(String(named)).toContain("Task 'worker'");
    loop.runUntilComplete(plain);
  });

  it('currentTask is the running one inside a task, and null in a callback', () => {
    const { loop } = virtualLoop();
    const seen: unknown[] = [];
    function* look(): Coroutine<void> {
      seen.push(currentTask() === task);
      yield* sleep(0);
      loop.callSoon(() => seen.push(currentTask()));
      seen.push(currentTask() === task);
      yield* sleep(0);
    }
    const task = loop.createTask(look());
    loop.runUntilComplete(task);
    expect(seen).toEqual([true, true, null]);
    expect(() => currentTask()).toThrow(RuntimeError);
  });

  it('allTasks are those that have not ended, oldest first', () => {
    const { loop } = virtualLoop();
    const tasks = [1, 2, 3].map((i) => loop.createTask(returning(i)));
    expect([...allTasks(loop)].every((task, i) => (task as unknown) === tasks[i])).toBe(true);
    expect(allTasks(loop).size).toBe(3);
    for (const task of tasks) loop.runUntilComplete(task);
    expect(allTasks(loop).size).toBe(0);
  });

  it('a task that nobody refers to runs to its end', () => {
    const { loop } = virtualLoop();
    let ended = false;
    function* lonely(): Coroutine<void> {
      yield* sleep(10);
      ended = true;
    }
    loop.createTask(lonely());
    loop.runUntilComplete(sleep(20));
    expect(ended).toBe(true);
  });
});

describe('describing a task never runs its code', () => {
  it.each(['suspended', 'woken', 'failed while woken', 'at a checkpoint'])('%s', (state) => {
    const { loop } = virtualLoop();
    const future = loop.createFuture<string>();
    let steps = 0;
    function* work(): Coroutine<void> {
      steps++;
      try {
        if (state === 'at a checkpoint') yield* sleep(0);
        else yield* future;
      } catch {
        // The error is not what this is about.
      }
      steps++;
    }
    const task = loop.createTask(work());
    onePass(loop);
    if (state === 'woken') future.setResult('x');
    if (state === 'failed while woken') future.setException(new Error('x'));
    for (let i = 0; i < 3; i++) {
      expect(String(task)).toContain('pending');
      task.getStack();
    }
    expect(steps).toBe(1);
    if (state === 'suspended') future.setResult('x');
    loop.runUntilComplete(task);
    expect(steps).toBe(2);
  });
});

describe('getStack', () => {
  it.each(['a pending future', 'a future that is done', 'a sleep', 'a checkpoint'])(
    'in %s: outermost first',
    (wait) => {
      const { loop } = virtualLoop();
      const future = loop.createFuture<void>();
      function* inner(): Coroutine<void> {
        if (wait === 'a sleep') yield* sleep(5);
        else if (wait === 'a checkpoint') yield* sleep(0);
        else yield* future;
      }
      function* outer(): Coroutine<void> {
        yield* inner();
      }
      const task = loop.createTask(outer());
      expect(task.getStack()).toEqual([]);
      onePass(loop);
      if (wait === 'a future that is done') future.setResult();
      expect(task.getStack().map((frame) => frame.functionName)).toEqual(['outer', 'inner']);
      expect(task.getStack({ limit: 1 }).map((frame) => frame.functionName)).toEqual(['inner']);
      if (!future.done()) future.setResult();
      loop.runUntilComplete(task);
      expect(task.getStack()).toEqual([]);
    },
  );
});

describe('what a coroutine may not yield', () => {
  /** Runs a coroutine that yields `value` and gives back the error raised at that place. */
  function errorFor(make: (loop: ReturnType<typeof virtualLoop>['loop']) => unknown): Error {
    const { loop } = virtualLoop();
    const value = make(loop);
    function* work(): Coroutine<Error> {
      try {
        yield value as never;
      } catch (error) {
        return error as Error;
      }
      throw new Error('it was let through');
    }
    return loop.runUntilComplete(loop.createTask(work(), { name: 'guilty' }));
  }

  it.each<[string, (loop: ReturnType<typeof virtualLoop>['loop']) => unknown, RegExp]>([
    [
      'a future, without the star',
      (loop) => loop.createFuture(),
      /'guilty' yielded Future pending with a bare "yield"/,
    ],
    ['a coroutine, without the star', () => returning(1), /To await it write "yield\*"/],
    ['a coroutine function', () => returning, /yield\* returning\(…\)/],
    ['a promise', () => Promise.resolve(1), /A Promise cannot settle while run\(\) blocks this thread/],
    ['nothing', () => undefined, /yielded undefined/],
    ['a number', () => 5, /yielded number 5/],
    ['a long text', () => 'x'.repeat(1000), /yielded string x{40}…/],
  ])('%s', (_name, make, message) => {
    const error = errorFor(make);
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(message);
    expect(error.message).toContain("Task 'guilty'");
  });

  it('a future of another loop', () => {
    const { loop } = virtualLoop();
    const { loop: other } = virtualLoop();
    const foreign = other.createFuture<void>();
    const error = caught(() => loop.run(() => waiting(foreign as never)));
    expect(error.message).toContain('belongs to a different loop');
    expect(foreign.observerCount()).toBe(0);
  });

  it('itself', () => {
    const { loop } = virtualLoop();
    function* narcissus(): Coroutine<void> {
      yield* task;
    }
    const task: Task<void> = loop.createTask(narcissus());
    expect(caught(() => loop.runUntilComplete(task)).message).toContain('cannot await itself');
  });

  it('a coroutine that ignores the refusal again and again starves nobody', () => {
    const { loop } = virtualLoop();
    let refusals = 0;
    function* stubborn(): Coroutine<void> {
      while (refusals < 20) {
        try {
          yield 5 as never;
        } catch {
          refusals++;
        }
      }
    }
    const task = loop.createTask(stubborn());
    onePass(loop);
    expect(refusals).toBe(0);
    onePass(loop);
    expect(refusals).toBe(1);
    loop.runUntilComplete(task);
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
