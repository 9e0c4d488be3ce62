/** Waiting, with a lock held, until something that the lock protects has changed. */

import { CancelledError, RuntimeError } from '../base/errors.ts';
import { type Coroutine, isCoroutineFunction } from '../coroutines/coroutine.ts';
import { describeValue } from '../coroutines/misuse.ts';
import { currentTask } from '../tasks/current-task.ts';
import { Holdable } from './holdable.ts';
import { Lock } from './lock.ts';
import { ParkingLot, UntilWoken } from './parking-lot.ts';
import { describeState } from './primitive.ts';

/**
 * A condition variable. `asyncio.Condition` of CPython 3.13.
 *
 *     yield* condition.with(function* () {
 *       yield* condition.waitFor(() => items.length > 0);
 *       return items.shift();
 *     });
 *     …
 *     yield* condition.with(function* () {
 *       items.push(item);
 *       condition.notify();
 *     });
 *
 * A notification is never lost: if the task that got it is cancelled before its `wait()` returns, the next
 * waiter gets it.
 */
export class Condition extends Holdable {
  /** The lock it is acquired with. Several conditions may share one. */
  readonly lock: Lock;
  private readonly waiters = new ParkingLot();

  /** @param lock the lock to use; by default a new one */
  constructor(lock?: Lock) {
    super();
    if (lock !== undefined && !(lock instanceof Lock)) {
      throw new TypeError(`new Condition(lock): a Lock is needed, got ${describeValue(lock)}`);
    }
    this.lock = lock ?? new Lock();
  }

  /** Whether its lock is held. */
  locked(): boolean {
    return this.lock.locked();
  }

  /** Acquires its lock. Returns true. */
  override acquire(): Coroutine<boolean> {
    return this.lock.acquire();
  }

  /** @internal */
  override bodyBegins(): void {
    this.lock.bodyBegins();
  }

  /** Releases its lock. @throws RuntimeError when it is not held */
  override release(): void {
    this.lock.release();
  }

  /**
   * Releases the lock, waits until notified, acquires the lock again (also when cancelled meanwhile: the
   * error is raised with the lock held). Check afterwards what you waited for, or use {@link waitFor}:
   * another task may have been faster.
   * @returns true
   * @throws RuntimeError when the lock is not held; DeadlockError, without the lock, when that will never be
   *   free: the release that follows does nothing
   */
  *wait(): Coroutine<boolean> {
    this.requireLocked('wait');
    // Before the lock is released: a wait that is refused must leave it held.
    this.loopForWaiting('wait');
    const notification = new UntilWoken(this, this.waiters, 'wait');
    this.lock.release();
    try {
      try {
        return yield* notification;
      } finally {
        yield* this.relock();
      }
    } catch (error) {
      if (notification.woken) this.waiters.wakeOne();
      throw error;
    }
  }

  /**
   * Waits until `predicate()` is truthy, looking again after each notification.
   * @returns what the predicate returned
   * @throws RuntimeError when it has to wait and the lock is not held
   */
  *waitFor<T>(predicate: () => T): Coroutine<T> {
    checkPredicate(predicate);
    let result = predicate();
    while (!result) {
      yield* this.wait();
      result = predicate();
    }
    return result;
  }

  /**
   * Wakes up to `n` of the tasks that wait, those that have waited longest. They return when they have the
   * lock, so release it.
   * @throws RuntimeError when the lock is not held
   */
  notify(n = 1): void {
    if (typeof n !== 'number' || Number.isNaN(n)) {
      throw new TypeError(`Condition.notify(n): a number of tasks is needed, got ${describeValue(n)}`);
    }
    this.requireLocked('notify');
    for (let left = n; left > 0 && this.waiters.wakeOne() !== null; left--);
  }

  /** Wakes all tasks that wait. @throws RuntimeError when the lock is not held */
  notifyAll(): void {
    this.requireLocked('notifyAll');
    this.waiters.wakeAll();
  }

  protected override describe(): string {
    return describeState(this, this.locked() ? 'locked' : 'unlocked', this.waiters.size);
  }

  /**
   * Acquires the lock even if the task is cancelled meanwhile; then raises the latest error of `Task.cancel`.
   * A holder that waits for this task is failed, for it could not go on without the lock.
   */
  private *relock(): Coroutine<void> {
    if (this.lock.tryTake()) return;
    // A cancelled scope would end each of these waits at once: the task would spin until the lock is free. It
    // raises again at the next suspension anyway.
    const scopes = currentTask()?.scopes ?? null;
    const ignoredBefore = scopes?.ignoresScopes ?? false;
    if (scopes !== null) scopes.ignoresScopes = true;
    try {
      yield* this.acquireDespiteCancel();
    } finally {
      if (scopes !== null) scopes.ignoresScopes = ignoredBefore;
    }
  }

  private *acquireDespiteCancel(): Coroutine<void> {
    let cancelled: CancelledError | null = null;
    for (;;) {
      try {
        yield* this.lock.reacquire();
        break;
      } catch (error) {
        if (!(error instanceof CancelledError)) {
          this.lock.lose();
          throw error;
        }
        cancelled = error;
      }
    }
    if (cancelled !== null) throw cancelled;
  }

  private requireLocked(call: string): void {
    if (this.locked()) return;
    throw new RuntimeError(
      `${this.constructor.name}.${call}(): the lock is not acquired. Call it inside "yield* condition.with(…)".`,
    );
  }
}

function checkPredicate(predicate: unknown): void {
  if (typeof predicate === 'function' && !isCoroutineFunction(predicate)) return;
  throw new TypeError(
    `Condition.waitFor(predicate): a plain function is needed, got ${describeValue(predicate)}`,
  );
}
