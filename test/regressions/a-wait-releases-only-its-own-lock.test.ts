/**
 * `condition.wait()` takes its lock again before it returns. When that would close a circle, or when nothing
 * was left that could wake anybody, it left with a DeadlockError and without the lock; the `with` around it,
 * or the program's own `finally`, then released the lock of the task that had it.
 */
import { describe, expect, test } from 'vitest';
import { Condition, type Coroutine, createTask, DeadlockError, Event, run, sleep } from '../../src/index.ts';
import { failureOf } from '../support/failure-of.ts';
import { inLoop, passes } from '../unit/sync/virtual.ts';

test('a circle that the wait for the lock closes is told to the holder, who waits for it', () => {
  inLoop(function* () {
    const condition = new Condition();
    let inside = 0;
    let most = 0;
    function* work(): Coroutine<void> {
      most = Math.max(most, ++inside);
      yield* sleep(20);
      inside--;
    }
    const waiter = createTask(condition.with(() => condition.wait()));
    yield* passes(1);
    const holder = createTask(
      condition.with(function* () {
        condition.notify();
        const error = (yield* failureOf(waiter)) as DeadlockError;
        yield* work();
        return error;
      }),
    );
    yield* passes(1);
    const third = createTask(condition.with(work));
    const error = yield* holder;
    expect(error).toBeInstanceOf(DeadlockError);
    expect([error.kind, error.message.split('\n').length]).toEqual(['circle', 3]);
    expect([yield* waiter, yield* third, most]).toEqual([true, undefined, 1]);
    expect(condition.locked()).toBe(false);
  });
});

/** Waits, and gets no lock again. */
function* withBody(condition: Condition): Coroutine<void> {
  yield* condition.with(() => condition.wait());
}

function* withFinally(condition: Condition): Coroutine<void> {
  yield* condition.acquire();
  try {
    yield* condition.wait();
  } finally {
    condition.release();
  }
}

function* withUsing(condition: Condition): Coroutine<void> {
  using _ = yield* condition.hold();
  yield* condition.wait();
}

describe('a stalled main that waits for its lock does not release that of another', () => {
  for (const wait of [withBody, withFinally, withUsing]) {
    test(wait.name, () => {
      const log: string[] = [];
      function* main(): Coroutine<void> {
        const condition = new Condition();
        createTask(function* () {
          yield* condition.acquire();
          condition.notify();
          try {
            yield* new Event().wait();
          } finally {
            log.push(`its holder has it: ${condition.locked()}`);
            condition.release();
          }
        });
        try {
          yield* wait(condition);
        } catch (error) {
          log.push((error as DeadlockError).kind);
          createTask(function* () {
            yield* condition.acquire();
            log.push('nobody else');
          });
          yield* sleep(1);
          throw error;
        }
      }
      expect(() => run(main)).toThrow(DeadlockError);
      expect(log).toEqual(['stalled', 'its holder has it: true']);
    });
  }

  test('and what it acquires afterwards it releases', () => {
    run(function* () {
      const condition = new Condition();
      const holder = createTask(function* () {
        yield* condition.acquire();
        condition.notify();
        yield* new Event().wait();
      });
      yield* condition.acquire();
      expect(yield* failureOf(condition.wait())).toBeInstanceOf(DeadlockError);
      holder.cancel();
      condition.lock.release();
      expect(condition.locked()).toBe(true);
      createTask(function* () {
        condition.release();
        yield* [];
      });
      yield* condition.acquire();
      condition.release();
      expect(condition.locked()).toBe(false);
    });
  });
});
