/**
 * Mutual exclusion between tasks.
 *
 * | state    | waiters             | acquire()            | release()                                  |
 * |----------|---------------------|----------------------|--------------------------------------------|
 * | unlocked | none                | locked, at once      | RuntimeError                               |
 * | unlocked | the first awakened  | waits its turn       | RuntimeError                               |
 * | locked   | any, none awakened  | waits its turn       | unlocked; the first waiter is awakened     |
 *
 * Invariant: unlocked with waiters means that exactly one of them is awakened, and will lock it or pass it
 * on.
 */

import { RuntimeError } from '../base/errors.ts';
import type { Coroutine } from '../coroutines/coroutine.ts';
import type { Origins } from '../futures/future.ts';
import { runningLoopOrNull } from '../loop/current-loop.ts';
import { refuseCircle } from '../tasks/await-circle.ts';
import { Task } from '../tasks/task.ts';
import { refuseArguments } from './arguments.ts';
import { Holdable } from './holdable.ts';
import { type Ended, GRANTED, ParkedCoroutine, ParkingLot } from './parking-lot.ts';
import { describeState } from './primitive.ts';

/**
 * A lock that one task at a time can hold. Not reentrant, and not owned: any task may release it. Waiters get
 * it in the order in which they asked. `asyncio.Lock` of CPython 3.13.
 *
 *     yield* lock.with(function* () {
 *       …                                  // no other task is here meanwhile
 *     });
 */
export class Lock extends Holdable {
  private isLocked = false;
  /** The task that acquired it; `null` when it is free, or was acquired outside of a task. */
  private holder: object | null = null;
  /**
   * It is held for a body of {@link with}, which releases it: so no other task gets it before that body has
   * ended.
   */
  private isHeldForBody = false;
  private readonly waiters = new ParkingLot();

  constructor(...none: never[]) {
    super();
    refuseArguments(none, 'new Lock()');
  }

  /** Whether it is held. */
  locked(): boolean {
    return this.isLocked;
  }

  /**
   * Waits until the lock is free and this task's turn has come, then holds it. Does not suspend if it is free
   * and no task waits.
   * @returns true
   */
  override acquire(): Coroutine<boolean> {
    return new LockAcquire(this, this.waiters, 'acquire');
  }

  /**
   * Unlocks it; the task that has waited longest gets it.
   * @throws RuntimeError when it is not locked
   */
  override release(): void {
    if (!this.isLocked) {
      throw new RuntimeError(`${this.constructor.name}.release(): ${this} is not acquired`);
    }
    this.isLocked = false;
    this.holder = null;
    this.isHeldForBody = false;
    this.passOn();
  }

  /** @internal Locks it if it is free and no task is ahead of the caller. */
  tryTake(): boolean {
    if (this.isLocked || this.waiters.size > 0) return false;
    this.take();
    return true;
  }

  /** @internal The awakened waiter locks it. */
  take(): void {
    this.isLocked = true;
    this.holder = runningLoopOrNull()?.currentTask ?? null;
  }

  /**
   * @internal The task that acquired it and has not ended, for messages and call graphs: any other may
   *   release it all the same.
   */
  holdingTask(): Task<unknown> | null {
    return this.holder instanceof Task && !this.holder.done() ? this.holder : null;
  }

  /** @internal Its holder, where that one alone can release it. */
  certainHolder(): Task<unknown> | null {
    return this.isHeldForBody ? this.holdingTask() : null;
  }

  /** @internal */
  override bodyBegins(): void {
    this.isHeldForBody = true;
  }

  /** @internal Keeps the invariant: awakens one if the lock is free and none is awakened yet. */
  passOn(): void {
    if (!this.isLocked && this.waiters.awakened === 0) this.waiters.wakeOne();
  }

  protected override describe(): string {
    return describeState(this, this.isLocked ? 'locked' : 'unlocked', this.waiters.size);
  }
}

class LockAcquire extends ParkedCoroutine<boolean, Lock> {
  protected attempt(): Ended<boolean> | null {
    if (this.primitive.tryTake()) return GRANTED;
    const holder = this.primitive.certainHolder();
    if (holder !== null) refuseCircle(holder, this.describe());
    return null;
  }

  protected override granted(): Ended<boolean> {
    this.primitive.take();
    return GRANTED;
  }

  protected override gaveUp(): void {
    this.primitive.passOn();
  }

  override describe(): string {
    const holder = this.primitive.holdingTask();
    return holder === null ? super.describe() : `${super.describe()}, held by ${holder.label()}`;
  }

  origins(): Origins {
    const holder = this.primitive.holdingTask();
    return { futures: holder === null ? [] : [holder], areRequired: this.primitive.certainHolder() !== null };
  }
}
