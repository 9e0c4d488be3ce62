/**
 * Where coroutines wait for their turn: first come, first served, even when some of them give up.
 *
 * A wait is a {@link ParkedCoroutine}: one object that is the leaf operation, its place in the queue and the
 * source of the one future it suspends on.
 *
 * | state    | entered by                          | counted as | leaves to                                               |
 * |----------|-------------------------------------|------------|---------------------------------------------------------|
 * | fresh    | construction                        | –          | ended (had at once), parked                             |
 * | parked   | `attempt` or `granted` found nothing| `parked`   | awakened (wakeOne), left (its future was cancelled)     |
 * | awakened | wakeOne                             | `awakened` | ended, or parked again in its old place                 |
 * | left     | cancellation                        | –          | ended, when its task takes its next step                |
 * | ended    | a result, an error, being closed    | –          | –                                                       |
 *
 * A cancelled wait leaves the queue at once, in constant time, so the queue never has to skip it. An
 * awakened task has been promised something that it takes only in its next step. Until then newcomers must
 * not take it: the `awakened` count prevents that. If the task is cancelled in between, `gaveUp(true)` passes
 * the promise on.
 */

import { RuntimeError } from '../base/errors.ts';
import { LeafCoroutine, PROBE, type Suspension } from '../coroutines/coroutine.ts';
import { Future, type FutureSource } from '../futures/future.ts';
import { FINISHED, PENDING } from '../futures/future-state.ts';
import type { Primitive } from './primitive.ts';

/** What a leaf operation that has ended returns. */
export type Ended<T> = IteratorReturnResult<T>;

/** The result of most waits, made once. Drivers only read it. */
export const GRANTED: Ended<boolean> = { done: true, value: true };

type Parked = ParkedCoroutine<unknown>;

/** A queue of waits. */
export class ParkingLot {
  /** How many wait to be awakened. */
  parked = 0;
  /** How many were awakened and have not taken their next step yet. */
  awakened = 0;
  private first: Parked | null = null;
  private last: Parked | null = null;
  private lastTicket = 0;

  /** How many have not yet got what they wait for. */
  get size(): number {
    return this.parked + this.awakened;
  }

  /** Wakes the task that has waited longest. Returns `null` if none waits. */
  wakeOne(): Parked | null {
    const wait = this.first;
    if (wait === null) return null;
    this.leave(wait);
    this.awakened++;
    wait.awaken();
    return wait;
  }

  /** Wakes every task that waits now. */
  wakeAll(): void {
    for (let left = this.parked; left > 0; left--) this.wakeOne();
  }

  /** @internal A new wait goes to the end; one that was awakened for nothing, back to its place. */
  join(wait: Parked): void {
    let after = this.last;
    if (wait.ticket === 0) wait.ticket = ++this.lastTicket;
    else while (after !== null && after.ticket > wait.ticket) after = after.before;
    const before = after === null ? this.first : after.after;
    wait.before = after;
    wait.after = before;
    if (after === null) this.first = wait;
    else after.after = wait;
    if (before === null) this.last = wait;
    else before.before = wait;
    this.parked++;
  }

  /** @internal */
  leave(wait: Parked): void {
    if (wait.before === null) this.first = wait.after;
    else wait.before.after = wait.after;
    if (wait.after === null) this.last = wait.before;
    else wait.after.before = wait.before;
    wait.before = null;
    wait.after = null;
    this.parked--;
  }
}

/** A leaf operation that can wait in a {@link ParkingLot}. It does nothing until it is awaited. */
export abstract class ParkedCoroutine<T, P extends Primitive = Primitive>
  extends LeafCoroutine<T>
  implements FutureSource
{
  /** @internal Neighbours in the lot. */
  before: Parked | null = null;
  /** @internal */
  after: Parked | null = null;
  /** @internal Order of arrival in the lot; 0 before it. */
  ticket = 0;
  private future: Future<void> | null = null;
  private begun = false;
  protected readonly primitive: P;
  private readonly lot: ParkingLot;
  private readonly call: string;

  /** @param call for messages: `acquire` */
  constructor(primitive: P, lot: ParkingLot, call: string) {
    super();
    this.primitive = primitive;
    this.lot = lot;
    this.call = call;
  }

  /** What can be had without waiting; `null` to wait. */
  protected abstract attempt(): Ended<T> | null;

  /**
   * Awakened: what was waited for; `null` to wait again in the old place. What it throws ends the wait. By
   * default it attempts again, for others may have been faster.
   */
  protected granted(): Ended<T> | null {
    return this.attempt();
  }

  /**
   * The wait ended without what it was for: cancelled, closed, or `granted` threw.
   * By default nothing was promised, and there is nothing to do.
   * @param _awakened it had been awakened: what it was promised is to be passed on
   */
  protected gaveUp(_awakened: boolean): void {}

  next(sent?: unknown): IteratorResult<Suspension, T> {
    const future = this.future;
    if (future === null) return this.begin();
    // A probe only looks: it must not take what an awakened task was promised.
    if (future.state === PENDING || sent === PROBE) return future.next(sent) as IteratorResult<Suspension, T>;
    this.future = null;
    if (future.state === FINISHED) return this.resume();
    this.gaveUp(false);
    throw future.failure();
  }

  override throw(error: unknown): IteratorResult<Suspension, T> {
    this.end();
    throw error;
  }

  override return(value: T): IteratorResult<Suspension, T> {
    this.end();
    return { done: true, value };
  }

  /** @internal The lot wakes it; it has left the queue. */
  awaken(): void {
    this.future?.settle(FINISHED, undefined);
  }

  /**
   * @internal Its future was cancelled: its place is free at once; the rest follows in its task's next step.
   */
  abandoned(): void {
    this.lot.leave(this);
  }

  /** @internal For messages: what completes its future. */
  override describe(): string {
    return `${this.call}() of ${this.primitive.toString()}`;
  }

  private begin(): IteratorResult<Suspension, T> {
    if (this.begun) {
      throw new RuntimeError(
        `${this.describe()} was awaited before, and can be awaited once only. Call ${this.call}() again.`,
      );
    }
    this.begun = true;
    return this.attempt() ?? this.park();
  }

  private park(): IteratorResult<Suspension, T> {
    const future = new Future<void>({ loop: this.primitive.loopForWaiting(this.call) });
    future.passedOnIfCancelled = true;
    future.source = this;
    this.future = future;
    this.lot.join(this);
    return future.next() as IteratorResult<Suspension, T>;
  }

  private resume(): IteratorResult<Suspension, T> {
    this.lot.awakened--;
    let result: Ended<T> | null;
    try {
      result = this.granted();
    } catch (error) {
      this.gaveUp(true);
      throw error;
    }
    return result ?? this.park();
  }

  /** An error is thrown into the awaiting coroutine, or it is being closed. */
  private end(): void {
    const future = this.future;
    this.begun = true;
    if (future === null) return;
    this.future = null;
    if (future.state === FINISHED) this.lot.awakened--;
    else if (future.state === PENDING) this.lot.leave(this);
    // Cancelling the future from now on must not make it leave the queue a second time.
    future.source = null;
    this.gaveUp(future.state === FINISHED);
  }
}

/** The simplest wait: it always suspends, and ends when its lot wakes it. */
export class UntilWoken extends ParkedCoroutine<boolean> {
  /** Whether it was woken, even if its task was then cancelled before it could take notice. */
  woken = false;

  override awaken(): void {
    this.woken = true;
    super.awaken();
  }

  protected attempt(): null {
    return null;
  }

  protected override granted(): Ended<boolean> {
    return GRANTED;
  }
}
