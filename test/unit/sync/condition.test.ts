import { describe, expect, test } from 'vitest';
import { RuntimeError } from '../../../src/base/errors.ts';
import type { Coroutine } from '../../../src/coroutines/coroutine.ts';
import { Condition } from '../../../src/sync/condition.ts';
import { Lock } from '../../../src/sync/lock.ts';
import { createTask } from '../../../src/tasks/create-task.ts';
import { all, inLoop, passes, raised, spawn } from './virtual.ts';

describe('Condition', () => {
  test('describes itself: locked or not, how many wait', () => {
    inLoop(function* () {
      const condition = new Condition();
      expect(String(condition)).toBe('<Condition [unlocked]>');
      const waiters = spawn(holdAndWait(condition, []), holdAndWait(condition, []));
      yield* passes(1);
      expect(String(condition)).toBe('<Condition [unlocked, waiters:2]>');
      yield* condition.acquire();
      expect(String(condition)).toBe('<Condition [locked, waiters:2]>');
      condition.notifyAll();
      condition.release();
      yield* all(waiters);
      expect(String(condition)).toBe('<Condition [unlocked]>');
    });
  });

  test('wait() releases the lock, and has it again when it returns, one task after the other', () => {
    inLoop(function* () {
      const condition = new Condition();
      const order: number[] = [];
      function* waiter(name: number): Coroutine<boolean> {
        yield* condition.acquire();
        if (yield* condition.wait()) order.push(name);
        return true;
      }
      const tasks = spawn(waiter(1), waiter(2), waiter(3));
      yield* passes(1);
      expect(order).toEqual([]);
      expect(condition.locked()).toBe(false);

      expect(yield* condition.acquire()).toBe(true);
      condition.notify();
      yield* passes(1);
      expect(order).toEqual([]);
      expect(condition.locked()).toBe(true);

      condition.release();
      yield* passes(1);
      expect(order).toEqual([1]);
      expect(condition.locked()).toBe(true);

      condition.notify(2);
      yield* passes(1);
      expect(order).toEqual([1]);
      for (const expected of [
        [1, 2],
        [1, 2, 3],
      ]) {
        condition.release();
        yield* passes(1);
        expect(order).toEqual(expected);
        expect(condition.locked()).toBe(true);
      }
      for (const task of tasks) expect(task.result()).toBe(true);
    });
  });

  test('waiting and notifying need the lock', () => {
    inLoop(function* () {
      const condition = new Condition();
      expect(yield* raised(condition.wait())).toBeInstanceOf(RuntimeError);
      expect(() => condition.notify()).toThrow(RuntimeError);
      expect(() => condition.notifyAll()).toThrow('the lock is not acquired');
      expect(() => condition.release()).toThrow(RuntimeError);
    });
  });

  test('waitFor() goes on waiting while the predicate is false', () => {
    inLoop(function* () {
      const condition = new Condition();
      let open = false;
      const passed: number[] = [];
      function* waiter(): Coroutine<boolean> {
        yield* condition.acquire();
        if (yield* condition.waitFor(() => open)) {
          passed.push(1);
          condition.release();
        }
        return true;
      }
      function* announce(): Coroutine<void> {
        yield* condition.acquire();
        condition.notify();
        condition.release();
        yield* passes(1);
      }
      const task = createTask(waiter());
      yield* passes(1);
      expect(passed).toEqual([]);
      yield* announce();
      expect(passed).toEqual([]);
      open = true;
      yield* announce();
      expect(passed).toEqual([1]);
      expect(task.result()).toBe(true);
    });
  });

  test('waitFor() returns what the predicate returned, and needs the lock only to wait', () => {
    inLoop(function* () {
      const condition = new Condition();
      expect(yield* condition.waitFor(() => [1, 2, 3])).toEqual([1, 2, 3]);
      expect(yield* raised(condition.waitFor(() => false))).toBeInstanceOf(RuntimeError);
    });
  });

  test('waitFor() refuses what is no predicate, a coroutine function too: its coroutine would always be true', () => {
    inLoop(function* () {
      const condition = new Condition();
      const wrong: unknown[] = [true, null, function* neverRuns() {}];
      for (const predicate of wrong) {
        const error = yield* raised(condition.waitFor(predicate as () => boolean));
        expect(error).toBeInstanceOf(TypeError);
        expect(error.message).toContain('a plain function is needed');
      }
    });
  });

  test('notify(n) wakes n, or all there are', () => {
    inLoop(function* () {
      const condition = new Condition();
      const order: number[] = [];
      const tasks = spawn(
        holdAndWait(condition, order, 1),
        holdAndWait(condition, order, 2),
        holdAndWait(condition, order, 3),
      );
      yield* passes(1);
      yield* condition.acquire();
      condition.notify(1);
      condition.release();
      yield* passes(1);
      expect(order).toEqual([1]);
      yield* condition.acquire();
      condition.notify(1);
      condition.notify(2048);
      condition.release();
      yield* passes(1);
      expect(order).toEqual([1, 2, 3]);
      for (const task of tasks) expect(task.result()).toBe(true);
    });
  });

  test('notify(0) and notify of a negative number wake nobody, NaN is refused', () => {
    inLoop(function* () {
      const condition = new Condition();
      const order: number[] = [];
      const task = createTask(holdAndWait(condition, order, 1));
      yield* passes(1);
      yield* condition.acquire();
      condition.notify(0);
      condition.notify(-3);
      expect(() => condition.notify(Number.NaN)).toThrow(TypeError);
      condition.release();
      yield* passes(2);
      expect(order).toEqual([]);
      yield* condition.acquire();
      condition.notify(Number.POSITIVE_INFINITY);
      condition.release();
      yield* task;
    });
  });

  test('notifyAll() wakes all', () => {
    inLoop(function* () {
      const condition = new Condition();
      const order: number[] = [];
      const tasks = spawn(holdAndWait(condition, order, 1), holdAndWait(condition, order, 2));
      yield* passes(1);
      yield* condition.acquire();
      condition.notifyAll();
      condition.release();
      yield* passes(1);
      expect(order).toEqual([1, 2]);
      for (const task of tasks) expect(task.result()).toBe(true);
    });
  });

  test('is held by way of the lock it was given, or its own', () => {
    inLoop(function* () {
      const lock = new Lock();
      for (const condition of [new Condition(), new Condition(new Lock()), new Condition(lock)]) {
        const states: boolean[] = [];
        const note = function* (): Coroutine<void> {
          states.push(condition.lock.locked(), condition.locked());
          yield* passes(0);
        };
        yield* note();
        yield* condition.with(note);
        yield* note();
        yield* condition.lock.with(note);
        yield* note();
        expect(states).toEqual([false, false, true, true, false, false, true, true, false, false]);
      }
    });
  });

  test('refuses what is not a Lock', () => {
    expect(() => new Condition({} as unknown as Lock)).toThrow('a Lock is needed');
  });

  test('two conditions on one lock are waited for apart', () => {
    inLoop(function* () {
      const lock = new Lock();
      const [full, empty] = [new Condition(lock), new Condition(lock)];
      const order: number[] = [];
      const tasks = spawn(holdAndWait(full, order, 1), holdAndWait(empty, order, 2));
      yield* passes(1);
      yield* lock.acquire();
      empty.notifyAll();
      lock.release();
      yield* passes(2);
      expect(order).toEqual([2]);
      yield* lock.acquire();
      full.notifyAll();
      lock.release();
      yield* all(tasks);
    });
  });
});

function* holdAndWait(condition: Condition, order: number[], name = 0): Coroutine<boolean> {
  yield* condition.acquire();
  if (yield* condition.wait()) {
    order.push(name);
    condition.release();
  }
  return true;
}
