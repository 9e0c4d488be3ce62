/** SharedLock and SharedRLock between threads that block, threads that run loops, and this one. */
import { describe, expect, test } from 'vitest';
import {
  AbandonedLockError,
  CancelledError,
  type Coroutine,
  createTask,
  DeadlockError,
  EventLoop,
  gather,
  moveOnAfter,
  RuntimeError,
  run,
  SharedLock,
  SharedRLock,
  sleep,
} from '../../../src/index.ts';
import { sized } from '../../support/size.ts';
import { onTeardown } from '../../support/teardown.ts';
import { errorOf } from '../executors/fixtures.ts';
import { newWords, withThreads } from './sharing.ts';

const TIMES = sized(2000, 50_000);

/** Waits until a worker has set word 0. It blocks this thread. */
function waitForWord(words: Int32Array): void {
  expect(Atomics.wait(words, 0, 0, 10_000)).not.toBe('timed-out');
}

describe('SharedLock', () => {
  test('keeps threads that block, threads with loops and tasks of this loop apart', () => {
    const words = newWords();
    const lock = new SharedLock();
    const here = function* (): Coroutine<void> {
      for (let i = 0; i < TIMES; i++) {
        yield* lock.acquire();
        const before = words[0] as number;
        if (i % 16 === 0) yield* sleep(0);
        words[0] = before + 1;
        lock.release();
      }
    };
    withThreads(2, function* (work) {
      yield* gather([
        work.countSync(lock, words, TIMES),
        work.countInLoop(lock, words, TIMES),
        here(),
        here(),
      ]);
    });
    expect(words[0]).toBe(4 * TIMES);
    expect(String(lock)).toBe('<SharedLock [free]>');
  });

  test('suspends the task and not the loop, which sleeps meanwhile', () => {
    const words = newWords();
    const lock = new SharedLock();
    withThreads(1, function* (work) {
      const held = work.holdUntilTold(lock, words);
      yield* sleep(0);
      waitForWord(words);
      const waiting = createTask(lock.acquire());
      yield* sleep(0);
      const before = process.cpuUsage();
      for (let i = 0; i < 20; i++) yield* sleep(10);
      const { user, system } = process.cpuUsage(before);
      expect(waiting.done()).toBe(false);
      expect(String(lock)).toMatch(/^<SharedLock \[held by the thread with threadId \d+, waiters:1\]>$/);
      // A poll would take nearly all of these 200 ms.
      expect(user + system).toBeLessThan(120_000);
      Atomics.store(words, 2, 1);
      Atomics.notify(words, 2);
      expect(yield* waiting).toBe(true);
      lock.release();
      yield* held;
    });
  });

  test('tasks of one loop get it in the order in which they asked', () => {
    const lock = new SharedLock();
    const order: number[] = [];
    withThreads(1, function* () {
      yield* lock.acquire();
      const one = (n: number) =>
        lock.with(function* () {
          order.push(n);
          yield* sleep(0);
        });
      const tasks = [1, 2, 3, 4].map((n) => createTask(one(n)));
      yield* sleep(0);
      tasks[1]?.cancel();
      yield* sleep(0);
      lock.release();
      // Those who wait come first.
      yield* gather([...tasks, one(5)], { returnExceptions: true });
    });
    expect(order).toEqual([1, 3, 4, 5]);
  });

  test('a wait that is cancelled passes its turn on, also when it was woken in the same pass', () => {
    const lock = new SharedLock();
    withThreads(1, function* () {
      for (let round = 0; round < 20; round++) {
        yield* lock.acquire();
        const first = createTask(lock.acquire());
        const second = createTask(lock.acquire());
        yield* sleep(0);
        lock.release();
        if (round % 2 === 0) yield* sleep(0);
        first.cancel();
        const error = yield* errorOf(first);
        expect(error).toBeInstanceOf(CancelledError);
        expect(yield* second).toBe(true);
        lock.release();
      }
      yield* lock.acquire();
      yield* moveOnAfter(5, () => lock.acquire());
      lock.release();
      expect(String(lock)).toBe('<SharedLock [free]>');
    });
  });

  test.each(['in a loop', 'blocked'])(
    'a thread that takes it again at once does not keep others out: %s',
    (how) => {
      const words = newWords();
      const lock = new SharedLock();
      const waited: number[] = [];
      withThreads(1, function* (work) {
        const hog = work.hog(lock, words);
        while (Atomics.load(words, 1) < 5) yield* sleep(1);
        for (let round = 0; round < 10; round++) {
          const before = Atomics.load(words, 1);
          if (how === 'blocked') lock.acquireSync();
          else yield* lock.acquire();
          waited.push(Atomics.load(words, 1) - before);
          lock.release();
          // Let the other one take it.
          while (Atomics.load(words, 1) - before - (waited.at(-1) ?? 0) < 2) yield* sleep(0);
        }
        Atomics.store(words, 0, 1);
        yield* hog;
      });
      // It got the lock each time, or this would not end. How soon is the scheduler's affair too: on a busy
      // machine a thread may be too slow to make use of its claim, and of the next; but not always.
      expect(Math.min(...waited), waited.join()).toBeLessThan(50);
      expect(String(lock)).toBe('<SharedLock [free]>');
    },
  );

  test('a claim that nobody makes use of is taken away: no thread waits for one that waits for it', () => {
    const lock = new SharedLock();
    const words = newWords();
    const block = (delayMs: number) => Atomics.wait(words, 2, 0, delayMs);
    let blockedCount = 0;
    withThreads(1, function* (work) {
      const hog = work.hog(lock, words);
      while (Atomics.load(words, 1) < 5) yield* sleep(1);
      for (let round = 0; round < 100 && blockedCount < 3; round++) {
        const claiming = createTask(lock.acquire());
        yield* sleep(0);
        block(2);
        // Woken by now, in vain or not.
        yield* sleep(0);
        if (!claiming.done()) {
          blockedCount++;
          const before = Atomics.load(words, 1);
          const deadlineMs = performance.now() + 5000;
          while (Atomics.load(words, 1) - before < 3 && performance.now() < deadlineMs) block(1);
          expect(Atomics.load(words, 1) - before).toBeGreaterThanOrEqual(3);
        }
        yield* claiming;
        lock.release();
      }
      Atomics.store(words, 0, 1);
      yield* hog;
    });
    expect(blockedCount).toBeGreaterThan(0);
    expect(String(lock)).toBe('<SharedLock [free]>');
  });

  test('acquireSync: at most so long, and never for ever in the thread that holds it', () => {
    const lock = new SharedLock();
    withThreads(1, function* (work) {
      expect(yield* work.acquireText(lock, 0)).toBe('acquired');
      using _ = yield* lock.hold();
      expect(yield* work.acquireText(lock, 20)).toBe('timed out');
      expect(yield* work.releaseText(lock)).toMatch(
        /^RuntimeError: SharedLock.release\(\): this thread does not hold the lock; held by the (main thread|thread with threadId \d+)$/,
      );
      expect(() => lock.acquireSync()).toThrow(/another task of this thread holds the lock/);
      expect(lock.locked()).toBe(true);
    });
    expect(lock.locked()).toBe(false);
    expect(() => lock.release()).toThrow(RuntimeError);
    expect(() => lock.acquireSync(-1)).toThrow(RangeError);
  });

  test('a holder that dies makes those who wait fail, in a loop and blocked, until reset()', () => {
    const words = newWords();
    const lock = new SharedLock();
    withThreads(2, function* (work) {
      const dead = createTask(errorOf(work.dieHolding(lock, words, 100)));
      yield* sleep(0);
      waitForWord(words);
      const waiting = [createTask(errorOf(lock.acquire())), createTask(errorOf(lock.acquire()))];
      const blocked = work.acquireText(lock, null);
      for (const task of waiting) {
        const error = yield* task;
        expect(error).toBeInstanceOf(AbandonedLockError);
        expect(error.message).toMatch(
          /^SharedLock.acquire\(\): the thread with threadId \d+ ended while it held/,
        );
      }
      expect(yield* blocked).toMatch(/^AbandonedLockError: SharedLock.acquireSync\(\)/);
      expect(String(lock)).toMatch(/\[abandoned by the thread/);
      yield* dead;
      expect([lock.reset(), lock.reset()]).toEqual([true, false]);
      expect(yield* work.acquireText(lock, 0)).toBe('acquired');
    });
  });

  test('held by this thread, with nobody left to release it: that is told; held by another one, it is waited for', () => {
    const lock = new SharedLock();
    const twice = function* (): Coroutine<void> {
      yield* lock.acquire();
      yield* lock.acquire();
    };
    expect(() => run(twice)).toThrow(DeadlockError);
    lock.release();
    const words = newWords();
    withThreads(1, function* (work) {
      const held = work.holdUntilTold(lock, words, 200);
      yield* sleep(0);
      waitForWord(words);
      // No timer, no call of the pool that this task awaits: only the lock.
      yield* lock.acquire();
      lock.release();
      yield* held;
    });
  });

  test('is used from one loop after the other', () => {
    const lock = new SharedLock();
    for (let i = 0; i < 2; i++) {
      const loop = new EventLoop();
      onTeardown(() => loop.close());
      loop.run(function* () {
        yield* lock.acquire();
        const second = createTask(lock.acquire());
        yield* sleep(1);
        lock.release();
        yield* second;
        lock.release();
      });
    }
  });

  test('is made from what another lock sent, and from nothing else', () => {
    const lock = new SharedLock();
    expect(new SharedLock(structuredClone(lock)).memory.byteLength).toBe(lock.memory.byteLength);
    expect(() => new SharedRLock(lock)).toThrow(/no SharedRLock of another thread/);
    expect(() => new SharedLock({ memory: new SharedArrayBuffer(64) })).toThrow(TypeError);
    expect(() => new SharedLock({} as never)).toThrow(TypeError);
  });
});

describe('SharedRLock', () => {
  test('is acquired again by its holder, and released as often', () => {
    const lock = new SharedRLock();
    withThreads(1, function* (work) {
      expect(yield* work.nested(lock, 3)).toMatch(/^<SharedRLock \[held by the thread/);
      expect(lock.locked()).toBe(false);
      yield* lock.with(function* () {
        yield* lock.with(() => sleep(0));
        expect(lock.locked()).toBe(true);
      });
      expect(lock.locked()).toBe(false);
      expect(lock.acquireSync() && lock.acquireSync()).toBe(true);
      lock.release();
      lock.release();
      expect(lock.locked()).toBe(false);
    });
  });

  test('its holder is a task: another one of the same loop waits', () => {
    const lock = new SharedRLock();
    withThreads(1, function* () {
      yield* lock.acquire();
      const other = createTask(lock.acquire());
      yield* sleep(0);
      expect(other.done()).toBe(false);
      const thief = createTask(
        (function* (): Coroutine<void> {
          lock.release();
        })(),
      );
      expect(String(yield* errorOf(thief))).toMatch(/another task of this thread holds the lock/);
      lock.release();
      expect(yield* other).toBe(true);
    });
  });
});
