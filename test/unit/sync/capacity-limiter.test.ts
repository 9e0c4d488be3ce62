import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { CancelledError, RuntimeError } from '../../../src/base/errors.ts';
import type { Coroutine } from '../../../src/coroutines/coroutine.ts';
import { runningLoop } from '../../../src/loop/current-loop.ts';
import { CapacityLimiter } from '../../../src/sync/capacity-limiter.ts';
import { createTask } from '../../../src/tasks/create-task.ts';
import { currentTask } from '../../../src/tasks/current-task.ts';
import { sleep } from '../../../src/tasks/sleep.ts';
import { all, inLoop, passes, raised, spawn, suspensions } from './virtual.ts';

describe('CapacityLimiter', () => {
  test('lends each task one token, and gets it back', () => {
    inLoop(function* () {
      const limiter = new CapacityLimiter(2);
      expect(yield* limiter.acquire()).toBe(true);
      expect([limiter.borrowedTokens, limiter.availableTokens, limiter.totalTokens]).toEqual([1, 1, 2]);
      const { borrowers, ...counts } = limiter.statistics();
      expect(counts).toEqual({ borrowedTokens: 1, totalTokens: 2, tasksWaiting: 0 });
      expect(borrowers.length === 1 && borrowers[0] === currentTask()).toBe(true);
      limiter.release();
      expect(limiter.borrowedTokens).toBe(0);
    });
  });

  test('a token that is free is had without suspending', () => {
    const limiter = new CapacityLimiter(1);
    expect(suspensions(limiter.acquireOnBehalfOf('me'))).toBe(0);
  });

  test('never lends more than there are, whatever the tasks do', () => {
    inLoop(function* () {
      const limiter = new CapacityLimiter(3);
      let inside = 0;
      let most = 0;
      const worker = () =>
        limiter.with(function* () {
          most = Math.max(most, ++inside);
          yield* sleep(1);
          inside--;
        });
      yield* all(Array.from({ length: 20 }, () => createTask(worker())));
      expect(most).toBe(3);
      expect(limiter.statistics().borrowers).toEqual([]);
    });
  });

  test('refuses a second token to a borrower that holds one or waits for one', () => {
    inLoop(function* () {
      const limiter = new CapacityLimiter(1);
      yield* limiter.acquire();
      const error = yield* raised(limiter.acquire());
      expect(error).toBeInstanceOf(RuntimeError);
      expect(error.message).toContain('already holds');
      expect(() => limiter.tryAcquire()).toThrow(RuntimeError);
      const waiter = createTask(limiter.acquireOnBehalfOf('job'));
      yield* passes(1);
      expect((yield* raised(limiter.acquireOnBehalfOf('job'))).message).toContain('already waits for');
      limiter.release();
      yield* waiter;
      limiter.releaseOnBehalfOf('job');
    });
  });

  test('refuses a release by who holds none', () => {
    inLoop(function* () {
      const limiter = new CapacityLimiter(1);
      yield* limiter.acquireOnBehalfOf('job');
      expect(() => limiter.release()).toThrow(RuntimeError);
      expect(() => limiter.releaseOnBehalfOf('another')).toThrow('holds none of its tokens');
      limiter.releaseOnBehalfOf('job');
      expect(() => limiter.releaseOnBehalfOf('job')).toThrow(RuntimeError);
    });
  });

  test('outside of a task there is nobody to lend to', () => {
    inLoop(function* () {
      const limiter = new CapacityLimiter(1);
      const errors: unknown[] = [];
      runningLoop('test').callSoon(() => {
        try {
          limiter.tryAcquire();
        } catch (error) {
          errors.push(error);
        }
      });
      yield* passes(1);
      expect(errors).toHaveLength(1);
      expect(String(errors[0])).toContain('use tryAcquireOnBehalfOf(borrower)');
    });
  });

  test('tryAcquire() takes a free token, and never overtakes', () => {
    inLoop(function* () {
      const limiter = new CapacityLimiter(1);
      expect(limiter.tryAcquire()).toBe(true);
      expect(limiter.tryAcquireOnBehalfOf('a')).toBe(false);
      const waiter = createTask(limiter.acquireOnBehalfOf('b'));
      yield* passes(1);
      limiter.release();
      expect(limiter.tryAcquireOnBehalfOf('a')).toBe(false);
      expect(limiter.statistics().borrowers).toEqual(['b']);
      yield* waiter;
    });
  });

  test('lends in the order of asking', () => {
    inLoop(function* () {
      const limiter = new CapacityLimiter(1);
      const order: string[] = [];
      function* borrow(name: string): Coroutine<void> {
        yield* limiter.acquireOnBehalfOf(name);
        order.push(name);
        limiter.releaseOnBehalfOf(name);
      }
      yield* limiter.acquire();
      const tasks = spawn(borrow('a'), borrow('b'), borrow('c'));
      yield* passes(1);
      expect(limiter.statistics().tasksWaiting).toBe(3);
      tasks[0].cancel();
      limiter.release();
      yield* all([tasks[1], tasks[2]]);
      expect(order).toEqual(['b', 'c']);
    });
  });

  test('a token lent to a task that is then cancelled goes to the next', () => {
    inLoop(function* () {
      const limiter = new CapacityLimiter(1);
      yield* limiter.acquire();
      const [first, second] = spawn(limiter.acquireOnBehalfOf('a'), limiter.acquireOnBehalfOf('b'));
      yield* passes(1);
      limiter.release();
      first.cancel();
      expect(yield* raised(first)).toBeInstanceOf(CancelledError);
      expect(yield* second).toBe(true);
      expect(limiter.statistics()).toMatchObject({ borrowers: ['b'], tasksWaiting: 0 });
      limiter.releaseOnBehalfOf('b');
      yield* limiter.acquireOnBehalfOf('a');
    });
  });

  test('more tokens let in those who wait; fewer take nothing away', () => {
    inLoop(function* () {
      const limiter = new CapacityLimiter(1);
      const tasks = ['a', 'b', 'c', 'd'].map((name) => createTask(limiter.acquireOnBehalfOf(name)));
      yield* passes(1);
      limiter.totalTokens = 3;
      expect(limiter.statistics()).toMatchObject({ borrowers: ['a', 'b', 'c'], tasksWaiting: 1 });
      limiter.totalTokens = 1;
      expect([limiter.borrowedTokens, limiter.availableTokens]).toEqual([3, 0]);
      limiter.releaseOnBehalfOf('a');
      limiter.releaseOnBehalfOf('b');
      expect(limiter.statistics()).toMatchObject({ borrowers: ['c'], tasksWaiting: 1 });
      limiter.releaseOnBehalfOf('c');
      expect(limiter.statistics()).toMatchObject({ borrowers: ['d'], tasksWaiting: 0 });
      yield* all(tasks);
    });
  });

  test('can have no token at all, or any number', () => {
    inLoop(function* () {
      const limiter = new CapacityLimiter(0);
      const waiter = createTask(limiter.acquireOnBehalfOf('a'));
      yield* passes(2);
      expect(waiter.done()).toBe(false);
      limiter.totalTokens = Number.POSITIVE_INFINITY;
      yield* waiter;
      expect(limiter.availableTokens).toBe(Number.POSITIVE_INFINITY);
    });
  });

  test('the total is a whole number of at least 0', () => {
    for (const wrong of [-1, 0.5, Number.NaN]) {
      expect(() => new CapacityLimiter(wrong)).toThrow(RangeError);
      const limiter = new CapacityLimiter(1);
      expect(() => {
        limiter.totalTokens = wrong;
      }).toThrow(RangeError);
      expect(limiter.totalTokens).toBe(1);
    }
    expect(() => new CapacityLimiter('1' as unknown as number)).toThrow(TypeError);
  });

  test('describes itself; its statistics cannot be changed', () => {
    inLoop(function* () {
      const limiter = new CapacityLimiter(1);
      const waiters = spawn(limiter.acquireOnBehalfOf('a'), limiter.acquireOnBehalfOf('b'));
      yield* passes(1);
      expect(inspect(limiter)).toBe('<CapacityLimiter [1/1 borrowed, waiters:1]>');
      expect(Object.isFrozen(limiter.statistics())).toBe(true);
      limiter.releaseOnBehalfOf('a');
      yield* all(waiters);
    });
  });

  test('hold() gives back the token of the task that took it, wherever it is disposed of', () => {
    inLoop(function* () {
      const limiter = new CapacityLimiter(1);
      const hold = yield* createTask(limiter.hold());
      expect(limiter.borrowedTokens).toBe(1);
      hold.release();
      hold.release();
      expect(limiter.borrowedTokens).toBe(0);
    });
  });
});
