/** Waits that are driven by hand: closed, thrown into, resumed too early. Seen through a lock. */
import { describe, expect, test } from 'vitest';
import type { Future } from '../../../src/futures/future.ts';
import { Lock } from '../../../src/sync/lock.ts';
import { createTask } from '../../../src/tasks/create-task.ts';
import { inLoop, passes } from './virtual.ts';

describe('a wait driven by hand', () => {
  test('a coroutine closed while it waits leaves the queue, awakened or not', () => {
    inLoop(function* () {
      const lock = new Lock();
      yield* lock.acquire();
      const parked = lock.acquire();
      const awakened = lock.acquire();
      const last = lock.acquire();
      for (const one of [awakened, parked, last]) expect(one.next().done).toBe(false);
      parked.return(false);
      expect(String(lock)).toBe('<Lock [locked, waiters:2]>');
      lock.release();
      awakened.return(false);
      expect(last.next().done).toBe(true);
      expect(String(lock)).toBe('<Lock [locked]>');
    });
  });

  test('a coroutine closed while it waits leaves once, even if what it waited for is cancelled later', () => {
    inLoop(function* () {
      const lock = new Lock();
      yield* lock.acquire();
      const closed = lock.acquire();
      const awaited = closed.next().value as unknown as Future<void>;
      closed.return(false);
      awaited.cancel();
      const waiter = createTask(lock.acquire());
      yield* passes(1);
      expect(String(lock)).toBe('<Lock [locked, waiters:1]>');
      lock.release();
      yield* waiter;
    });
  });

  test('a waiter resumed too early goes on waiting', () => {
    inLoop(function* () {
      const lock = new Lock();
      yield* lock.acquire();
      const waiter = lock.acquire();
      for (let i = 0; i < 3; i++) {
        const step = waiter.next();
        expect(step.done).toBe(false);
        // As every driver does when it has taken it.
        if (step.done !== true) step.value.suspending = false;
      }
      expect(String(lock)).toBe('<Lock [locked, waiters:1]>');
      lock.release();
      expect(waiter.next()).toEqual({ done: true, value: true });
    });
  });

  test('describing a task that was awakened takes nothing from it', () => {
    inLoop(function* () {
      const lock = new Lock();
      yield* lock.acquire();
      const waiter = createTask(lock.acquire());
      yield* passes(1);
      lock.release();
      waiter.getStack();
      expect(String(lock)).toBe('<Lock [unlocked, waiters:1]>');
      yield* waiter;
      expect(String(lock)).toBe('<Lock [locked]>');
    });
  });

  test('an error thrown into it ends it, before its first step too', () => {
    inLoop(function* () {
      const lock = new Lock();
      const error = new Error('enough');
      const fresh = lock.acquire();
      expect(() => fresh.throw(error)).toThrow(error);
      expect(() => fresh.next()).toThrow('can be awaited once only');
      yield* lock.acquire();
      const parked = lock.acquire();
      parked.next();
      expect(() => parked.throw(error)).toThrow(error);
      expect(String(lock)).toBe('<Lock [locked]>');
    });
  });
});
