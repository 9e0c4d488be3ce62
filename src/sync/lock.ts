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
import { breakCircles, refuseCircle } from '../tasks/await-circle.ts';
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
  /** The task that counts on holding it and does not: see {@link lose}. */
  private lostBy: object | null = null;
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
    if (this.lostBy !== null && this.takeLoss()) return;
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
    if (this.lostBy !== null) this.takeLoss();
  }

  /** @internal {@link acquire} for a task that cannot go on without: the error of a circle is another's. */
  reacquire(): Coroutine<boolean> {
    return new LockReacquire(this, this.waiters, 'acquire');
  }

  /**
   * @internal The current task goes on without it, though a {@link release} of its own is to follow: that
   *   does nothing, for it would be another's that it releases.
   */
  lose(): void {
    this.lostBy = runningLoopOrNull()?.currentTask ?? null;
  }

  /** Whether the current task is the one that lost it. It is not any more. */
  private takeLoss(): boolean {
    if (this.lostBy !== (runningLoopOrNull()?.currentTask ?? null)) return false;
    this.lostBy = null;
    return true;
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
    if (holder !== null) this.checkCircle(holder);
    return null;
  }

  protected checkCircle(holder: Task<unknown>): void {
    refuseCircle(holder, this.describe());
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

class LockReacquire extends LockAcquire {
  readonly isIndispensable = true;

  protected override checkCircle(holder: Task<unknown>): void {
    breakCircles([holder], this.describe());
  }
}
