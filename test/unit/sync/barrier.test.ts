import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { BrokenBarrierError, RuntimeError } from '../../../src/base/errors.ts';
import type { Coroutine } from '../../../src/coroutines/coroutine.ts';
import { Barrier } from '../../../src/sync/barrier.ts';
import { createTask } from '../../../src/tasks/create-task.ts';
import { all, inLoop, passes, raised, spawn, suspensions } from './virtual.ts';

const PARTIES = 5;

describe('Barrier', () => {
  test('cannot be awaited itself', () => {
    inLoop(function* () {
      const barrier = new Barrier(PARTIES);
      expect(yield* raised(barrier as unknown as Coroutine<void>)).toBeInstanceOf(TypeError);
      expect(String(barrier)).toBe('<Barrier [filling, waiters:0/5]>');
    });
  });

  test('describes itself in each of its states', () => {
    inLoop(function* () {
      const barrier = new Barrier(PARTIES);
      const outcomes: Coroutine<unknown>[] = [];
      const add = function* (count: number): Coroutine<void> {
        for (let i = 0; i < count; i++) outcomes.push(createTask(outcome(barrier)) as never);
        yield* passes(1);
      };
      yield* add(2);
      expect(inspect(barrier)).toBe('<Barrier [filling, waiters:2/5]>');
      yield* add(barrier.parties - barrier.nWaiting);
      expect(String(barrier)).toBe('<Barrier [draining, waiters:0/5]>');
      yield* add(2);
      yield* barrier.reset();
      expect(String(barrier)).toBe('<Barrier [resetting, waiters:0/5]>');
      yield* add(2);
      yield* barrier.abort();
      expect(String(barrier)).toBe('<Barrier [broken]>');
      expect(barrier.broken).toBe(true);
      const results: unknown[] = [];
      for (const one of outcomes) results.push(yield* one);
      expect(results).toEqual([0, 1, 2, 3, 4, 'broken', 'broken', 'broken', 'broken']);
    });
  });

  test('takes at least one party', () => {
    for (const wrong of [0, -4, 2.5]) expect(() => new Barrier(wrong)).toThrow(RangeError);
    expect(() => new Barrier('5' as unknown as number)).toThrow(TypeError);
    expect(new Barrier(PARTIES).parties).toBe(5);
  });

  test('a barrier for one lets pass at once, again and again, as index 0', () => {
    inLoop(function* () {
      const barrier = new Barrier(1);
      expect(suspensions(barrier.wait())).toBe(0);
      expect(yield* barrier.with((index) => passes(index))).toBeUndefined();
      const [first, second] = spawn(barrier.wait(), barrier.wait());
      yield* passes(1);
      expect([first.result(), second.result()]).toEqual([0, 0]);
      expect(barrier.nWaiting).toBe(0);
      expect(barrier.broken).toBe(false);
    });
  });

  test('fills task by task; the last one does not suspend, the others pass in the order of their coming', () => {
    inLoop(function* () {
      const barrier = new Barrier(3);
      const order: number[] = [];
      function* party(): Coroutine<void> {
        order.push(yield* barrier.wait());
      }
      const tasks = [createTask(party())];
      yield* passes(1);
      expect(barrier.nWaiting).toBe(1);
      tasks.push(createTask(party()));
      yield* passes(1);
      expect(String(barrier)).toBe('<Barrier [filling, waiters:2/3]>');
      tasks.push(createTask(party()));
      yield* all(tasks);
      expect(order).toEqual([2, 0, 1]);
      expect(barrier.nWaiting).toBe(0);
    });
  });

  test('with() runs the body past the barrier, with the index, and can be nested', () => {
    inLoop(function* () {
      const barrier = new Barrier(PARTIES);
      const outer: number[] = [];
      const tasks = many(PARTIES, () =>
        barrier.with(function* (index) {
          outer.push(index);
          return yield* barrier.with(function* (again) {
            yield* passes(0);
            return again;
          });
        }),
      );
      const inner = yield* all(tasks);
      expect(new Set(outer)).toEqual(new Set([0, 1, 2, 3, 4]));
      expect(new Set(inner)).toEqual(new Set([0, 1, 2, 3, 4]));
      expect(barrier.nWaiting).toBe(0);
      expect(barrier.broken).toBe(false);
    });
  });

  test('drains until the last one has left', () => {
    inLoop(function* () {
      const barrier = new Barrier(PARTIES);
      const draining: boolean[] = [];
      const tasks = many(PARTIES, () =>
        barrier.with(function* () {
          draining.push(String(barrier).includes('draining'));
          yield* passes(0);
        }),
      );
      yield* all(tasks);
      expect(draining).toEqual([true, true, true, true, false]);
    });
  });

  test('who comes again while it drains waits for the next round', () => {
    inLoop(function* () {
      const again = 2;
      const barrier = new Barrier(PARTIES);
      const others = new Barrier(PARTIES - again);
      let left = again;
      const tasks = many(PARTIES, function* () {
        yield* barrier.wait();
        if (left-- > 0) yield* barrier.wait();
        else {
          yield* others.wait();
          yield* barrier.wait();
        }
      });
      yield* all(tasks);
      expect(String(barrier)).toBe('<Barrier [filling, waiters:0/5]>');
    });
  });

  test('a cancelled party leaves; another one takes its place, and its index', () => {
    inLoop(function* () {
      const barrier = new Barrier(3);
      const [t1, t2] = spawn(barrier.wait(), barrier.wait());
      yield* passes(1);
      expect(barrier.nWaiting).toBe(2);
      t1.cancel();
      yield* passes(1);
      expect(barrier.nWaiting).toBe(1);
      expect(t1.cancelled()).toBe(true);
      const t3 = createTask(barrier.wait());
      yield* passes(1);
      expect(barrier.nWaiting).toBe(2);
      const t4 = createTask(barrier.wait());
      expect(yield* all([t2, t3, t4])).toEqual([1, 0, 2]);
      expect(barrier.nWaiting).toBe(0);
      expect(barrier.broken).toBe(false);
    });
  });

  test.each(['reset', 'abort'] as const)('after %s() the indexes begin anew', (what) => {
    inLoop(function* () {
      const barrier = new Barrier(3);
      const [stays, leaves] = spawn(outcome(barrier), barrier.wait());
      yield* passes(1);
      leaves.cancel();
      yield* passes(1);
      yield* barrier[what]();
      expect(yield* stays).toBe('broken');
      yield* barrier.reset();
      const tasks = many(3, () => barrier.wait());
      expect(yield* all(tasks)).toEqual([0, 1, 2]);
    });
  });

  test('a party cancelled when it was let pass does not hold up the others', () => {
    inLoop(function* () {
      const barrier = new Barrier(3);
      const [t1, t2] = spawn(barrier.wait(), barrier.wait());
      yield* passes(1);
      expect(yield* barrier.wait()).toBe(2);
      t1.cancel();
      const next = createTask(barrier.wait());
      yield* passes(2);
      expect(t1.cancelled()).toBe(true);
      expect(t2.result()).toBe(1);
      expect(barrier.nWaiting).toBe(1);
      yield* barrier.abort();
      expect(yield* raised(next)).toBeInstanceOf(BrokenBarrierError);
    });
  });

  test('one cancelled at the entrance is not missed', () => {
    inLoop(function* () {
      const barrier = new Barrier(2);
      const first = createTask(barrier.wait());
      yield* passes(1);
      yield* barrier.wait();
      const [blocked, next] = spawn(barrier.wait(), barrier.wait());
      blocked.cancel();
      yield* passes(1);
      expect(first.result()).toBe(0);
      expect(blocked.cancelled()).toBe(true);
      expect(barrier.nWaiting).toBe(1);
      yield* barrier.wait();
      expect(yield* next).toBe(0);
    });
  });

  test('a broken barrier is a RuntimeError, as in Python', () => {
    expect(new BrokenBarrierError()).toBeInstanceOf(RuntimeError);
    expect(new BrokenBarrierError().name).toBe('BrokenBarrierError');
  });
});

function many<T>(count: number, make: () => Coroutine<T>): ReturnType<typeof createTask<T>>[] {
  return Array.from({ length: count }, () => createTask(make()));
}

function* outcome(barrier: Barrier): Coroutine<number | 'broken'> {
  try {
    return yield* barrier.wait();
  } catch (error) {
    if (error instanceof BrokenBarrierError) return 'broken';
    throw error;
  }
}
