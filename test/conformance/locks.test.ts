/**
 * Lock, Event, Condition, Semaphore: what CPython 3.13 says in test_locks and test/unit/sync does not ask
 * yet.
 */
import { describe, expect, it } from 'vitest';
import {
  BoundedSemaphore,
  CancelledError,
  Condition,
  type Coroutine,
  createTask,
  Event,
  gather,
  Lock,
  Semaphore,
  sleep,
  type Task,
  TimeoutError,
  timeout,
  waitFor,
} from '../../src/index.ts';
import { failure } from '../unit/cancellation/on-virtual-time.ts';
import { virtually } from './on-virtual-clock.ts';

describe('the descriptions', () => {
  it('tell class, state and waiters in asyncio’s words', () => {
    virtually(function* (): Coroutine<void> {
      const lock = new Lock();
      const event = new Event();
      const condition = new Condition();
      const semaphore = new Semaphore(2);
      const all = () => [lock, event, condition, semaphore].map(String);
      expect(all()).toEqual([
        '<Lock [unlocked]>',
        '<Event [unset]>',
        '<Condition [unlocked]>',
        '<Semaphore [unlocked, value:2]>',
      ]);
      event.set();
      yield* lock.acquire();
      yield* condition.acquire();
      yield* semaphore.acquire();
      yield* semaphore.acquire();
      const waiters = [lock.acquire(), semaphore.acquire()].map((one) => createTask(one));
      yield* sleep(0);
      expect(all()).toEqual([
        '<Lock [locked, waiters:1]>',
        '<Event [set]>',
        '<Condition [locked]>',
        '<Semaphore [locked, waiters:1]>',
      ]);
      for (const one of waiters) one.cancel();
      expect(String(new BoundedSemaphore())).toBe('<BoundedSemaphore [unlocked, value:1]>');
    });
  });
});

describe('Condition.wait, cancelled with a reason', () => {
  /** Waits for something that never comes; hands out the error it saw and raises it again. */
  function* waiter(condition: Condition, isDone: () => boolean, seen: unknown[]): Coroutine<void> {
    yield* condition.with(function* (): Coroutine<void> {
      const error = yield* failure(() => condition.waitFor(isDone));
      seen.push(error);
      throw error;
    });
  }

  it.each(['for its notification', 'for the lock'])('while it waits %s: that very error arrives', (what) => {
    virtually(function* (): Coroutine<void> {
      const condition = new Condition();
      const seen: unknown[] = [];
      let isDone = false;
      const task = createTask(waiter(condition, () => isDone, seen));
      yield* sleep(0);
      if (what === 'for the lock') {
        yield* condition.acquire();
        isDone = true;
        condition.notify();
        yield* sleep(0);
      }
      task.cancel('foo');
      if (what === 'for the lock') condition.release();
      const error = yield* failure(() => task);
      expect(error).toBeInstanceOf(CancelledError);
      expect((error as CancelledError).reason).toBe('foo');
      expect(seen).toEqual([error]);
      expect(seen[0]).toBe(error);
      expect(condition.locked()).toBe(false);
    });
  });
});

describe('a notification that meets a cancellation', () => {
  it.each([false, true])(
    'is not lost: the item is consumed (already waiting for the lock: %s)',
    (relocking) => {
      virtually(function* (): Coroutine<void> {
        const condition = new Condition();
        let state = 0;
        const consumer = function* (): Coroutine<void> {
          yield* condition.with(function* (): Coroutine<void> {
            for (;;) {
              yield* condition.waitFor(() => state !== 0);
              if (state < 0) return;
              state--;
            }
          });
        };
        const [first, second] = [createTask(consumer()), createTask(consumer())];
        yield* sleep(0);
        yield* condition.with(function* (): Coroutine<void> {
          state++;
          condition.notify();
          if (relocking) yield* sleep(0);
          first.cancel();
          // Gives the lock away for a while; nobody notifies, so time ends it.
          expect(yield* failure(() => timeout(10, () => condition.wait()))).toBeInstanceOf(TimeoutError);
          expect(state).toBe(0);
          state = -1;
          condition.notifyAll();
        });
        yield* second;
        expect([first.cancelled(), second.cancelled()]).toEqual([true, false]);
      });
    },
  );

  it('a wait inside of a timeout, inside of the lock, ends with TimeoutError and the lock held', () => {
    virtually(function* (loop): Coroutine<void> {
      const condition = new Condition();
      yield* condition.with(function* (): Coroutine<void> {
        const error = yield* failure(() => waitFor(condition.wait(), 500));
        expect(error).toBeInstanceOf(TimeoutError);
        expect([condition.locked(), loop.time()]).toEqual([true, 500]);
      });
      expect(condition.locked()).toBe(false);
    });
  });
});

describe('a semaphore', () => {
  it('whose next in line is cancelled by the holder, on its way out, can still be had', () => {
    virtually(function* (): Coroutine<void> {
      const semaphore = new Semaphore(1);
      const line: Task<void>[] = [];
      const holder = createTask(
        (function* (): Coroutine<void> {
          yield* semaphore.with(() => sleep(0));
          line[0]?.cancel();
        })(),
      );
      let entered = false;
      const next = createTask(
        semaphore.with(function* (): Coroutine<void> {
          entered = true;
        }),
      );
      line.push(next);
      const [first, second] = yield* gather([holder, next], { returnExceptions: true });
      expect(first).toBeUndefined();
      expect(second).toBeInstanceOf(CancelledError);
      expect([entered, yield* waitFor(semaphore.acquire(), 1000)]).toEqual([false, true]);
    });
  });

  it('released often enough for all who wait lets them go on in one pass, before what they start', () => {
    virtually(function* (): Coroutine<void> {
      const semaphore = new Semaphore(0);
      const log: string[] = [];
      const note = function* (what: string): Coroutine<void> {
        log.push(what);
      };
      const first = createTask(
        (function* (): Coroutine<void> {
          yield* semaphore.acquire();
          expect(semaphore.value).toBe(0);
          createTask(note('started by the first'));
          log.push('first');
        })(),
      );
      const second = createTask(
        (function* (): Coroutine<void> {
          for (let i = 0; i < 3; i++) semaphore.release();
          expect([semaphore.value, semaphore.locked()]).toEqual([2, true]);
          yield* semaphore.acquire();
          log.push('second');
        })(),
      );
      const third = createTask(
        (function* (): Coroutine<void> {
          yield* semaphore.acquire();
          expect(semaphore.locked()).toBe(true);
          log.push('third');
        })(),
      );
      yield* gather([first, second, third]);
      yield* sleep(0);
      expect(log).toEqual(['first', 'second', 'third', 'started by the first']);
    });
  });
});
