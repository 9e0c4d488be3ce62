/**
 * A number of permits.
 *
 * Invariants: the permit of an awakened waiter is already subtracted from the value. While permits are left
 * and tasks wait, at least one of them is awakened. Its next step, even if it is cancelled, awakens one more
 * for each permit left.
 */

import type { Coroutine } from '../coroutines/coroutine.ts';
import { checkCount } from './arguments.ts';
import { Holdable } from './holdable.ts';
import { type Ended, GRANTED, ParkedCoroutine, ParkingLot } from './parking-lot.ts';
import { describeState } from './primitive.ts';

/**
 * Admits a limited number of tasks at a time, in the order in which they asked. `asyncio.Semaphore` of
 * CPython 3.13.
 *
 *     const connections = new Semaphore(10);
 *     yield* connections.with(function* () {
 *       …                                  // at most ten are here
 *     });
 */
export class Semaphore extends Holdable {
  private permits: number;
  private readonly waiters = new ParkingLot();

  /**
   * @param value how many permits there are, a whole number of at least 0
   * @throws RangeError when it is negative or has a fraction
   */
  constructor(value = 1) {
    super();
    checkCount(value, 0, 'value', `new ${new.target.name}(value)`);
    this.permits = value;
  }

  /** How many permits are left, not counting those promised to tasks that have been awakened. */
  get value(): number {
    return this.permits;
  }

  /** Whether {@link acquire} would have to wait: no permit is left, or others are before the caller. */
  locked(): boolean {
    return this.permits === 0 || this.waiters.size > 0;
  }

  /** Takes a permit; waits if none is left, or if others already wait. Returns true. */
  override acquire(): Coroutine<boolean> {
    return new SemaphoreAcquire(this, this.waiters, 'acquire');
  }

  /** Gives a permit back, to the task that has waited longest if there is one. */
  override release(): void {
    this.permits++;
    this.promiseOne();
  }

  /** @internal Takes a permit if no other task is ahead of the caller. */
  tryTake(): boolean {
    if (this.locked()) return false;
    this.permits--;
    return true;
  }

  /** @internal A promised permit was not taken. */
  takeBack(): void {
    this.permits++;
  }

  /** @internal Awakens as many as there are permits for. */
  promiseAll(): void {
    while (this.permits > 0 && this.promiseOne());
  }

  protected override describe(): string {
    const state = this.locked() ? 'locked' : `unlocked, value:${this.permits}`;
    return describeState(this, state, this.waiters.size);
  }

  private promiseOne(): boolean {
    if (this.waiters.wakeOne() === null) return false;
    this.permits--;
    return true;
  }
}

/** A semaphore that refuses more releases than acquisitions. `asyncio.BoundedSemaphore` of CPython 3.13. */
export class BoundedSemaphore extends Semaphore {
  private readonly bound: number;

  /** @param value how many permits there are, a whole number of at least 0 */
  constructor(value = 1) {
    super(value);
    this.bound = value;
  }

  /** Gives a permit back. @throws RangeError when all are back already (Python's ValueError) */
  override release(): void {
    if (this.value >= this.bound) {
      throw new RangeError(`${this.constructor.name}.release(): ${this} has been released too many times`);
    }
    super.release();
  }
}

class SemaphoreAcquire extends ParkedCoroutine<boolean, Semaphore> {
  protected attempt(): Ended<boolean> | null {
    return this.primitive.tryTake() ? GRANTED : null;
  }

  protected override granted(): Ended<boolean> {
    this.primitive.promiseAll();
    return GRANTED;
  }

  protected override gaveUp(awakened: boolean): void {
    if (awakened) this.primitive.takeBack();
    this.primitive.promiseAll();
  }
}
