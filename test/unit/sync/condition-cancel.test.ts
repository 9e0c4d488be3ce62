import { describe, expect, test } from 'vitest';
import { CancelledError } from '../../../src/base/errors.ts';
import { CancelScope } from '../../../src/cancellation/cancel-scope.ts';
import type { Coroutine } from '../../../src/coroutines/coroutine.ts';
import { runningLoop } from '../../../src/loop/current-loop.ts';
import { Condition } from '../../../src/sync/condition.ts';
import { createTask } from '../../../src/tasks/create-task.ts';
import { sleep } from '../../../src/tasks/sleep.ts';
import { inLoop, passes, raised, spawn } from './virtual.ts';

describe('cancelling a wait for a condition', () => {
  test('a cancelled waiter has the lock again, and leaves no trace', () => {
    inLoop(function* () {
      const condition = new Condition();
      yield* condition.acquire();
      const waiter = createTask(condition.wait());
      runningLoop('test').callSoon(() => waiter.cancel());
      expect(yield* raised(waiter)).toBeInstanceOf(CancelledError);
      expect(String(condition)).toBe('<Condition [locked]>');
    });
  });

  test('the lock is held afterwards even when it was contested when the cancellation came', () => {
    inLoop(function* () {
      const condition = new Condition();
      yield* condition.acquire();
      const waiter = createTask(condition.wait());
      yield* passes(1);
      expect(condition.locked()).toBe(false);
      yield* condition.acquire();
      condition.notify();
      const loop = runningLoop('test');
      loop.callSoon(() => waiter.cancel());
      loop.callSoon(() => condition.release());
      expect(yield* raised(waiter)).toBeInstanceOf(CancelledError);
      expect(condition.locked()).toBe(true);
    });
  });

  test('a cancellation that comes while it waits for the lock is raised when it has the lock', () => {
    inLoop(function* () {
      const condition = new Condition();
      let reached = false;
      const waiter = createTask(
        condition.with(function* () {
          reached = true;
          yield* condition.wait();
        }),
      );
      yield* passes(1);
      yield* condition.acquire();
      condition.notify();
      yield* passes(1);
      waiter.cancel();
      yield* passes(1);
      expect(waiter.done()).toBe(false);
      condition.release();
      yield* passes(1);
      expect(waiter.cancelled()).toBe(true);
      expect(reached).toBe(true);
      expect(condition.locked()).toBe(false);
    });
  });

  test('a wait that a deadline ends leaves the lock held', () => {
    inLoop(function* () {
      const condition = new Condition();
      yield* condition.with(function* () {
        const scope = new CancelScope({ deadlineMs: runningLoop('test').time() + 500 });
        yield* scope.run(() => condition.wait());
        expect(scope.cancelledCaught).toBe(true);
        expect(condition.locked()).toBe(true);
      });
      expect(condition.locked()).toBe(false);
    });
  });

  test('in a cancelled scope it waits for the lock without spinning', () => {
    inLoop(function* () {
      const condition = new Condition();
      const scope = new CancelScope();
      const waiter = createTask(
        condition.with(function* () {
          yield* scope.run(() => condition.wait());
          return scope.cancelledCaught && condition.locked();
        }),
      );
      yield* passes(1);
      yield* condition.acquire();
      scope.cancel();
      yield* passes(2);
      const ready = runningLoop('test').ready.length;
      yield* sleep(5);
      expect(ready).toBe(0);
      expect(String(condition.lock)).toBe('<Lock [locked, waiters:1]>');
      condition.release();
      expect(yield* waiter).toBe(true);
    });
  });

  test('a scope that is cancelled after a contested wait ends what comes next', () => {
    inLoop(function* () {
      const condition = new Condition();
      const scope = new CancelScope();
      const waiter = createTask(
        scope.run(function* () {
          yield* condition.with(() => condition.wait());
          yield* sleep(1000);
        }),
      );
      yield* passes(1);
      yield* condition.acquire();
      condition.notify();
      yield* passes(2);
      condition.release();
      yield* passes(2);
      const startMs = runningLoop('test').time();
      scope.cancel();
      yield* waiter;
      expect(scope.cancelledCaught).toBe(true);
      expect(runningLoop('test').time()).toBe(startMs);
    });
  });

  test('every cancellation while it waits for the lock is taken; the last is raised', () => {
    inLoop(function* () {
      const condition = new Condition();
      const waiter = createTask(condition.with(() => condition.wait()));
      yield* passes(1);
      yield* condition.acquire();
      for (const reason of ['first', 'second', 'third']) {
        waiter.cancel(reason);
        yield* passes(2);
      }
      condition.release();
      expect(yield* raised(waiter)).toMatchObject({ reason: 'third' });
    });
  });

  test.each(['wake-up', 'lock'])(
    'the error raised while it waits for its %s is the one it ends with',
    (what) => {
      inLoop(function* () {
        const condition = new Condition();
        let woken = false;
        const seen: Error[] = [];
        function* waiter(): Coroutine<void> {
          yield* condition.acquire();
          try {
            seen.push(yield* raised(condition.waitFor(() => woken)));
            throw seen[0] as Error;
          } finally {
            condition.release();
          }
        }
        const task = createTask(waiter());
        yield* passes(1);
        if (what === 'lock') {
          yield* condition.acquire();
          woken = true;
          condition.notify();
          yield* passes(1);
        }
        task.cancel('enough');
        if (what === 'lock') condition.release();
        const error = yield* raised(task);
        expect(error).toMatchObject({ reason: 'enough' });
        expect(error).toBe(seen[0]);
      });
    },
  );

  test.each([0, 1])('a notification is not lost with the one it woke: cancelled %i passes later', (later) => {
    inLoop(function* () {
      const condition = new Condition();
      let items = 0;
      function* consumer(): Coroutine<void> {
        for (;;) {
          yield* condition.waitFor(() => items !== 0);
          if (items < 0) return;
          items--;
        }
      }
      const [first, second] = spawn(condition.with(consumer), condition.with(consumer));
      yield* passes(1);
      yield* condition.acquire();
      items++;
      condition.notify(1);
      yield* passes(later);
      first.cancel();
      const scope = new CancelScope({ deadlineMs: runningLoop('test').time() + 10 });
      yield* scope.run(() => condition.waitFor(() => items === 0));
      expect(items).toBe(0);
      items = -1;
      condition.notifyAll();
      condition.release();
      yield* second;
      expect(first.cancelled()).toBe(true);
    });
  });

  test('one that was not notified wakes nobody when it is cancelled', () => {
    inLoop(function* () {
      const condition = new Condition();
      let wakeUps = 0;
      const wait = function* (): Coroutine<void> {
        yield* condition.wait();
        wakeUps++;
      };
      const [first, second] = spawn(condition.with(wait), condition.with(wait));
      yield* passes(1);
      first.cancel();
      yield* passes(3);
      expect(wakeUps).toBe(0);
      second.cancel();
      yield* passes(2);
    });
  });
});
