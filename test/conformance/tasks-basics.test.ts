/**
 * Making tasks and looking at them: what CPython 3.13 says in test_tasks and test_pep492, on virtual time.
 */
import { describe, expect, it } from 'vitest';
import {
  type Awaitable,
  allTasks,
  type Coroutine,
  createTask,
  currentTask,
  ensureFuture,
  Future,
  isCoroutine,
  isCoroutineFunction,
  RuntimeError,
  sleep,
  Task,
  wait,
} from '../../src/index.ts';
import { failure, run } from '../unit/cancellation/on-virtual-time.ts';
import { caught, onePass, virtualLoop } from '../unit/loop/virtual-loop.ts';

function* returning<T>(value: T): Coroutine<T> {
  return value;
}

function* waitFor<T>(future: Awaitable<T>): Coroutine<T> {
  return yield* future;
}

/** What a compiler to older JavaScript makes of `function* () { yield* sleep(0); return 42; }`. */
function generatorLike(): Coroutine<number> {
  const inner = sleep(0, 42);
  const methods = {
    next: (sent?: unknown) => inner.next(sent),
    throw: (error: unknown) => inner.throw(error),
    return: (value: number) => inner.return(value),
    [Symbol.iterator]: () => methods,
  };
  return methods as unknown as Coroutine<number>;
}

describe('coroutines', () => {
  it('isCoroutine and isCoroutineFunction', () => {
    const { loop } = virtualLoop();
    const values: unknown[] = [
      returning(1),
      sleep(0),
      generatorLike(),
      loop.createFuture(),
      [].values(),
      { next: () => ({ done: true }) },
      { next: 1, throw: 2, return: 3, [Symbol.iterator]: 4 },
      returning,
      'ok',
      null,
    ];
    expect(values.map(isCoroutine)).toEqual([true, true, true, ...Array(7).fill(false)]);
    expect([returning, () => returning(1), async () => {}, returning(1)].map(isCoroutineFunction)).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });

  it('call and await each other', () => {
    function* inner(value: number): Coroutine<number> {
      return value;
    }
    function* outer(): Coroutine<number> {
      return (yield* inner(42)) + (yield* inner(1000));
    }
    expect(virtualLoop().loop.runUntilComplete(outer())).toBe(1042);
  });

  it('that return a future have that for their result: it is not awaited', () => {
    const { loop } = virtualLoop();
    const future = loop.createFuture<string>();
    expect(loop.runUntilComplete(returning(future)) === future).toBe(true);
  });

  it('that a task steps cannot be awaited, nor given to another task', () => {
    run(function* (): Coroutine<void> {
      const coroutine = waitFor(sleep(100, 'once'));
      const task = createTask(coroutine);
      yield* sleep(0);
      expect((yield* failure(() => waitFor(coroutine))).message).toContain('belongs to a task');
      expect(() => createTask(coroutine)).toThrow(RuntimeError);
      expect(() => ensureFuture(coroutine)).toThrow(RuntimeError);
      expect(yield* task).toBe('once');
      expect(yield* failure(() => waitFor(coroutine))).toBeInstanceOf(RuntimeError);
    });
  });
});

describe('createTask', () => {
  it('takes generators and what is like one', () => {
    run(function* (): Coroutine<void> {
      for (let i = 0; i < 2; i++) {
        const task = createTask(generatorLike());
        expect(task).toBeInstanceOf(Task);
        expect(task).toBeInstanceOf(Future);
        expect(yield* task).toBe(42);
      }
    });
  });

  it.each([
    ['123', 123],
    ['function returning', returning],
    ['undefined', undefined],
  ])('refuses %s, and says what it got', (text, value) => {
    const { loop } = virtualLoop();
    for (let i = 0; i < 2; i++) expect(() => loop.createTask(value as never)).toThrow(text);
    expect(caught(() => loop.createTask(value as never))).toBeInstanceOf(TypeError);
    expect(allTasks(loop).size).toBe(0);
  });

  it('on a closed loop fails and leaves no task', () => {
    const { loop } = virtualLoop();
    loop.close();
    expect(() => loop.createTask(returning(1))).toThrow(RuntimeError);
    expect(allTasks(loop).size).toBe(0);
  });

  it('a task belongs to its loop and gives the very coroutine back', () => {
    const { loop } = virtualLoop();
    const coroutine = returning('ok');
    const task = new Task(coroutine, { loop });
    expect([task.getLoop() === loop, task.getCoro() === coroutine]).toEqual([true, true]);
    expect(loop.runUntilComplete(task)).toBe('ok');
  });

  it('its result and error come from the coroutine only', () => {
    const { loop } = virtualLoop();
    const task = loop.createTask(returning('ko'));
    expect(() => task.setResult('ok')).toThrow('setResult');
    expect(() => task.setException(new Error('no'))).toThrow('setException');
    expect(loop.runUntilComplete(task)).toBe('ko');
  });
});

describe('ensureFuture', () => {
  it('of a future or task is that; of another loop it is refused', () => {
    const { loop } = virtualLoop();
    const { loop: other } = virtualLoop();
    for (const future of [loop.createFuture<unknown>(), loop.createTask(returning(1))]) {
      expect(ensureFuture(future) === future).toBe(true);
      expect(ensureFuture(future, { loop }) === future).toBe(true);
      expect(caught(() => ensureFuture(future, { loop: other })).message).toContain('different loop');
    }
    onePass(loop);
  });

  it('of a coroutine or an awaitable object is a task', () => {
    const { loop } = virtualLoop();
    const awaitable = { [Symbol.iterator]: () => sleep(0, 'ok') };
    for (const one of [returning('ok'), awaitable, { [Symbol.iterator]: () => returning('ok') }]) {
      const task = ensureFuture(one as Awaitable<string>, { loop }) as Task<string>;
      expect(task).toBeInstanceOf(Task);
      expect(isCoroutine(task.getCoro())).toBe(true);
      expect(loop.runUntilComplete(task)).toBe('ok');
    }
    expect(() => ensureFuture(returning(1))).toThrow(RuntimeError);
  });

  it.each(['ok', 1, null, {}, [], () => {}])('of %j is a TypeError', (value) => {
    run(function* (): Coroutine<void> {
      expect(() => ensureFuture(value as never)).toThrow(TypeError);
    });
  });
});

describe('a task may not await', () => {
  it('a future of another loop', () => {
    const { loop } = virtualLoop();
    const foreign = virtualLoop().loop.createFuture<void>();
    expect(caught(() => loop.runUntilComplete(waitFor(foreign))).message).toContain('different loop');
  });

  it('itself', () => {
    const { loop } = virtualLoop();
    function* narcissus(): Coroutine<void> {
      yield* task;
    }
    const task: Task<void> = loop.createTask(narcissus());
    expect(caught(() => loop.runUntilComplete(task))).toBeInstanceOf(RuntimeError);
  });
});

describe('names and descriptions', () => {
  it('Task-1, Task-2 and so on, unless given; anything becomes text', () => {
    const { loop } = virtualLoop();
    const tasks = [undefined, null, 'No-op', 987654321].map((name) =>
      loop.createTask(returning(1), { name: name as string }),
    );
    const names = tasks.map((task) => task.getName());
    const numbers = names.slice(0, 2).map((name) => Number(/^Task-(\d+)$/.exec(name)?.[1]));
    expect(numbers[1]).toBe((numbers[0] as number) + 1);
    expect(names.slice(2)).toEqual(['No-op', '987654321']);
    tasks[0]?.setName(['a', 6]);
    expect(tasks[0]?.getName()).toBe('a,6');
    onePass(loop);
  });

  it('of a task: its state, name, coroutine, what it waits for, its callbacks', () => {
    const { loop } = virtualLoop();
    const future = loop.createFuture<string>();
    const task = loop.createTask(waitFor(future), { name: 'TestTask' });
    task.addDoneCallback(function callback() {});
    expect(String(task)).toBe("<Task pending name='TestTask' cb=[callback()]>");
    onePass(loop);
    expect(String(task)).toMatch(/^<Task pending name='TestTask' coro=<waitFor\(\) running at .*:\d+>/);
    expect(String(task)).toContain('wait_for=<Future pending');
    task.cancel();
    expect(String(task)).toContain("<Task cancelling name='TestTask' ");
    expect(caught(() => loop.runUntilComplete(task)).name).toBe('CancelledError');
    expect(String(task)).toBe("<Task cancelled name='TestTask'>");
    const finished = loop.createTask(returning('abc'), { name: 'TestTask' });
    loop.runUntilComplete(finished);
    expect(String(finished)).toBe(`<Task finished name='TestTask' result="abc">`);
  });

  it('of tasks that wait for each other, or are each other’s result, ends', () => {
    function* everyone(): Coroutine<unknown> {
      return allTasks();
    }
    run(function* (): Coroutine<void> {
      const inner = createTask(sleep(10), { name: 'inner' });
      const outer = createTask(waitFor(inner));
      const all = createTask(everyone());
      yield* all;
      expect(String(all)).toContain('finished');
      expect(String(outer)).toContain("wait_for=<Task 'inner'>");
      yield* outer;
    });
  });
});

describe('currentTask and allTasks', () => {
  it('none outside; within a task that one, however tasks take turns', () => {
    const { loop } = virtualLoop();
    expect([currentTask(loop), allTasks(loop).size]).toEqual([null, 0]);
    expect(() => currentTask()).toThrow(RuntimeError);
    expect(() => allTasks()).toThrow(RuntimeError);
    const [one, two] = [loop.createFuture<void>(), loop.createFuture<void>()];
    const seen: boolean[] = [];
    const note = (task: Task<void>): unknown =>
      seen.push([currentTask(), currentTask(null), currentTask(loop)].every((current) => current === task));
    function* first(): Coroutine<void> {
      note(tasks[0]);
      yield* one;
      note(tasks[0]);
      two.setResult();
    }
    function* second(): Coroutine<void> {
      note(tasks[1]);
      one.setResult();
      yield* two;
      note(tasks[1]);
    }
    const tasks: [Task<void>, Task<void>] = [loop.createTask(first()), loop.createTask(second())];
    expect([...allTasks(loop)].length).toBe(2);
    loop.runUntilComplete(wait(tasks));
    expect(seen).toEqual([true, true, true, true]);
    expect([currentTask(loop), allTasks(loop).size]).toEqual([null, 0]);
  });

  it('a callback runs in no task', () => {
    const { loop } = virtualLoop();
    loop.callSoon(() => expect(currentTask()).toBeNull());
    onePass(loop);
  });
});
