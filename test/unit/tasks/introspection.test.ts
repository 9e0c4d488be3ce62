/** What a task says of itself, which must never run its code. */
import { describe, expect, it } from 'vitest';
import { allTasks, type Coroutine, currentTask, RuntimeError, sleep } from '../../../src/index.ts';
import { onePass, virtualLoop } from '../loop/virtual-loop.ts';

function* returning<T>(value: T): Coroutine<T> {
  yield* sleep(0);
  return value;
}

describe('names and introspection', () => {
  it('a name is given, or made of a number, and can be changed', () => {
    const { loop } = virtualLoop();
    const [named, plain] = [loop.createTask(returning(1), { name: 'worker' }), loop.createTask(returning(2))];
    expect(named.getName()).toBe('worker');
    expect(plain.getName()).toMatch(/^Task-\d+$/);
    plain.setName(7);
    expect(plain.getName()).toBe('7');
    expect(String(named)).toContain('worker');
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

  it('of however many levels, also after one that stood at the same place', () => {
    const { loop } = virtualLoop();
    const future = loop.createFuture<void>();
    function* level(depth: number): Coroutine<void> {
      if (depth > 0) yield* level(depth - 1);
      else yield* future;
    }
    const tasks = [3, 3, 100].map((depth) => loop.createTask(level(depth)));
    onePass(loop);
    expect(tasks.map((task) => task.getStack().length)).toEqual([4, 4, 101]);
    // What is told belongs to the one who asked.
    tasks[0]?.getStack().pop();
    expect(tasks[1]?.getStack()).toHaveLength(4);
    future.setResult();
    loop.runUntilComplete(tasks[2] as (typeof tasks)[number]);
  });
});
