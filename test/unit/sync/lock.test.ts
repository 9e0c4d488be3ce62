import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { CancelledError, RuntimeError } from '../../../src/base/errors.ts';
import type { Coroutine } from '../../../src/coroutines/coroutine.ts';
import { runningLoop } from '../../../src/loop/current-loop.ts';
import { Condition } from '../../../src/sync/condition.ts';
import { Event } from '../../../src/sync/event.ts';
import { Lock } from '../../../src/sync/lock.ts';
import { BoundedSemaphore, Semaphore } from '../../../src/sync/semaphore.ts';
import { createTask } from '../../../src/tasks/create-task.ts';
import { sleep } from '../../../src/tasks/sleep.ts';
import { all, inLoop, passes, raised, spawn, suspensions } from './virtual.ts';

describe('Lock', () => {
  test('describes itself: unlocked, locked, how many wait', () => {
    inLoop(function* () {
      const lock = new Lock();
      expect(String(lock)).toBe('<Lock [unlocked]>');
      yield* lock.acquire();
      expect(String(lock)).toBe('<Lock [locked]>');
      const tasks = spawn(lock.acquire(), lock.acquire());
      yield* passes(1);
      expect(inspect(lock)).toBe('<Lock [locked, waiters:2]>');
      lock.release();
      expect(String(lock)).toBe('<Lock [unlocked, waiters:2]>');
      yield* tasks[0];
      expect(String(lock)).toBe('<Lock [locked, waiters:1]>');
      lock.release();
      yield* tasks[1];
    });
  });

  test('cannot be awaited itself, and stays as it was', () => {
    inLoop(function* () {
      const lock = new Lock();
      const mistake = function* (): Coroutine<void> {
        // @ts-expect-error a lock is not awaitable
        yield* lock;
      };
      expect(yield* raised(mistake())).toBeInstanceOf(TypeError);
      expect(lock.locked()).toBe(false);
    });
  });

  test('the primitives take no loop, as asyncio before 3.10 had it', () => {
    const loop = {};
    for (const make of [Lock, Event, Condition, Semaphore, BoundedSemaphore]) {
      const Untyped = make as unknown as new (argument: unknown) => unknown;
      expect(() => new Untyped({ loop })).toThrow(TypeError);
    }
  });

  test('a free lock is had without suspending', () => {
    const lock = new Lock();
    expect(suspensions(lock.acquire())).toBe(0);
    expect(lock.locked()).toBe(true);
  });

  test('acquire() returns true, and waiters get the lock in the order in which they asked', () => {
    inLoop(function* () {
      const lock = new Lock();
      const order: number[] = [];
      function* contender(name: number): Coroutine<boolean> {
        if (yield* lock.acquire()) order.push(name);
        return true;
      }
      expect(yield* lock.acquire()).toBe(true);
      const first = spawn(contender(1), contender(2));
      yield* passes(1);
      expect(order).toEqual([]);
      lock.release();
      yield* passes(1);
      expect(order).toEqual([1]);
      yield* passes(1);
      expect(order).toEqual([1]);
      const third = createTask(contender(3));
      lock.release();
      yield* passes(1);
      expect(order).toEqual([1, 2]);
      lock.release();
      yield* passes(1);
      expect(order).toEqual([1, 2, 3]);
      for (const task of [...first, third]) expect(task.result()).toBe(true);
    });
  });

  test('does nothing until it is awaited, and can be awaited once', () => {
    inLoop(function* () {
      const lock = new Lock();
      const acquisition = lock.acquire();
      expect(lock.locked()).toBe(false);
      yield* acquisition;
      lock.release();
      const again = yield* raised(acquisition);
      expect(again).toBeInstanceOf(RuntimeError);
      expect(again.message).toContain('Call acquire() again');
      expect(lock.locked()).toBe(false);
    });
  });

  test('a newcomer does not overtake a waiter that has been awakened', () => {
    inLoop(function* () {
      const lock = new Lock();
      const order: string[] = [];
      function* contender(name: string): Coroutine<void> {
        yield* lock.acquire();
        order.push(name);
        lock.release();
      }
      yield* lock.acquire();
      const waiter = createTask(contender('waiter'));
      yield* passes(1);
      lock.release();
      yield* contender('newcomer');
      expect(order).toEqual(['waiter', 'newcomer']);
      yield* waiter;
    });
  });

  test('handing it over costs one pass', () => {
    inLoop(function* () {
      const lock = new Lock();
      yield* lock.acquire();
      const waiter = createTask(lock.acquire());
      yield* passes(1);
      lock.release();
      yield* passes(1);
      expect(waiter.done()).toBe(true);
    });
  });

  test('a cancelled waiter leaves no trace', () => {
    inLoop(function* () {
      const lock = new Lock();
      yield* lock.acquire();
      const waiter = createTask(lock.acquire());
      runningLoop('test').callSoon(() => waiter.cancel());
      expect(yield* raised(waiter)).toBeInstanceOf(CancelledError);
      expect(String(lock)).toBe('<Lock [locked]>');
    });
  });

  test('a release in the same pass as the cancellation of the first waiter reaches the second', () => {
    inLoop(function* () {
      const lock = new Lock();
      const go = new Event();
      function* holder(until: Event | null): Coroutine<void> {
        yield* lock.acquire();
        try {
          if (until !== null) yield* until.wait();
        } finally {
          lock.release();
        }
      }
      const [a, b, c] = spawn(holder(go), holder(null), holder(null));
      yield* passes(1);
      expect(String(lock)).toBe('<Lock [locked, waiters:2]>');
      go.set();
      b.cancel();
      yield* passes(1);
      expect(lock.locked()).toBe(false);
      expect(a.done()).toBe(true);
      expect(b.cancelled()).toBe(true);
      yield* c;
      expect(String(lock)).toBe('<Lock [unlocked]>');
    });
  });

  test('cancelling one waiter and releasing at once gives the lock to one other, not to two', () => {
    inLoop(function* () {
      const lock = new Lock();
      let calls = 0;
      let taken = 0;
      function* taker(): Coroutine<void> {
        calls++;
        yield* lock.acquire();
        taken++;
      }
      yield* lock.acquire();
      const [a, b, c] = spawn(taker(), taker(), taker());
      yield* passes(1);
      runningLoop('test').callSoon(() => {
        a.cancel();
        lock.release();
      });
      expect(yield* raised(a)).toBeInstanceOf(CancelledError);
      expect([calls, taken]).toEqual([3, 1]);
      expect(b.done()).toBe(true);
      c.cancel();
      yield* passes(1);
      expect(c.cancelled()).toBe(true);
    });
  });

  test('with its only waiter cancelled, a release leaves it to whoever comes next', () => {
    inLoop(function* () {
      const lock = new Lock();
      yield* lock.acquire();
      const waiter = createTask(lock.acquire());
      yield* passes(1);
      const next = createTask(lock.acquire());
      waiter.cancel();
      lock.release();
      yield* passes(1);
      expect(lock.locked()).toBe(true);
      expect(waiter.cancelled()).toBe(true);
      yield* next;
    });
  });

  test('a waiter that is cancelled after it was awakened passes the lock on', () => {
    inLoop(function* () {
      const lock = new Lock();
      yield* lock.acquire();
      const [a, b] = spawn(lock.acquire(), lock.acquire());
      yield* passes(1);
      lock.release();
      a.cancel();
      yield* passes(2);
      expect(a.cancelled()).toBe(true);
      expect(b.done()).toBe(true);
      expect(String(lock)).toBe('<Lock [locked]>');
    });
  });

  test('releasing what is not locked is an error, and releasing what nobody waits for unlocks', () => {
    inLoop(function* () {
      const lock = new Lock();
      expect(() => lock.release()).toThrow(RuntimeError);
      yield* lock.acquire();
      lock.release();
      expect(lock.locked()).toBe(false);
      expect(() => lock.release()).toThrow('<Lock [unlocked]> is not acquired');
    });
  });

  test('under contention every task gets its turn', () => {
    inLoop(function* () {
      const lock = new Lock();
      const order: number[] = [];
      function* worker(name: number): Coroutine<void> {
        for (let round = 0; round < 3; round++) {
          yield* lock.acquire();
          order.push(name);
          yield* sleep(1);
          lock.release();
        }
      }
      yield* all(spawn(worker(1), worker(2), worker(3)));
      expect(order).toEqual([1, 2, 3, 1, 2, 3, 1, 2, 3]);
    });
  });

  test('what a task waits for can be read in its description', () => {
    inLoop(function* () {
      const lock = new Lock();
      yield* lock.acquire();
      const waiter = createTask(lock.acquire());
      yield* passes(1);
      expect(String(waiter)).toContain('acquire() of <Lock [locked, waiters:1]>');
      lock.release();
      yield* waiter;
    });
  });
});
