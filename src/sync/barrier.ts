/**
 * A point that a fixed number of tasks pass together.
 *
 * | state     | entered by                                          | wait()              | those inside                          |
 * |-----------|-----------------------------------------------------|---------------------|---------------------------------------|
 * | filling   | construction; the last one inside leaves; reset     | goes inside         | wait for the others                   |
 * | draining  | the last party goes inside                          | waits at the entrance | leave, each with its index          |
 * | resetting | reset() with tasks inside                           | waits at the entrance | leave with a BrokenBarrierError     |
 * | broken    | abort(); left only by reset()                       | BrokenBarrierError  | leave with a BrokenBarrierError       |
 *
 * asyncio guards this with a lock and a condition. Nothing here suspends between two changes of state, so it
 * needs neither.
 */

import { BrokenBarrierError } from '../base/errors.ts';
import { awaitBody, checkBody } from '../cancellation/await-body.ts';
import { type AwaitableInput, type Coroutine, LeafCoroutine } from '../coroutines/coroutine.ts';
import { checkCount } from './arguments.ts';
import { type Ended, GRANTED, ParkedCoroutine, ParkingLot, UntilWoken } from './parking-lot.ts';
import { Primitive } from './primitive.ts';

type BarrierState = 'filling' | 'draining' | 'resetting' | 'broken';

/**
 * Makes tasks wait for each other: when {@link parties} tasks have called {@link wait}, all go on. Can be
 * used again and again. `asyncio.Barrier` of CPython 3.13.
 *
 *     const barrier = new Barrier(3);
 *     const index = yield* barrier.wait();
 *     if (index === 0) print('all three are here');
 *
 * One difference: the indexes of the tasks that pass together are distinct even when one that waited was
 * cancelled and replaced.
 */
export class Barrier extends Primitive {
  /** How many tasks it takes to pass. */
  readonly parties: number;
  private state: BarrierState = 'filling';
  private insideCount = 0;
  /** Indexes that were given to tasks which left while it was filling. */
  private vacated: number[] = [];
  private readonly inside = new ParkingLot();
  private readonly entrance = new ParkingLot();

  /** @param parties a whole number of at least 1. @throws RangeError for less */
  constructor(parties: number) {
    super();
    checkCount(parties, 1, 'parties', `new ${new.target.name}(parties)`);
    this.parties = parties;
  }

  /** How many tasks wait for the others; 0 while it drains, resets or is broken. */
  get nWaiting(): number {
    return this.state === 'filling' ? this.insideCount : 0;
  }

  /** Whether it was aborted. {@link reset} repairs it. */
  get broken(): boolean {
    return this.state === 'broken';
  }

  /**
   * Waits until {@link parties} tasks wait. The last one does not suspend. A task that is cancelled leaves;
   * the others go on waiting.
   * @returns a number from 0 to `parties - 1`, different for each of the tasks that pass together
   * @throws BrokenBarrierError when it is aborted, or reset while this task waits
   */
  *wait(): Coroutine<number> {
    yield* new BarrierEntrance(this, this.entrance, 'wait');
    if (this.state === 'broken') throw new BrokenBarrierError(`Barrier.wait(): ${this} was aborted`);
    const index = this.enter();
    try {
      if (this.insideCount === this.parties) this.change('draining');
      else yield* new UntilWoken(this, this.inside, 'wait');
      this.checkPassed();
      return index;
    } finally {
      this.leave(index);
    }
  }

  /**
   * Waits, then runs `body` with the index. Python's `async with barrier as index:`.
   * @returns what the body returns
   */
  *with<T>(body: (index: number) => AwaitableInput<T>): Coroutine<T> {
    checkBody(body, 'Barrier.with');
    const index = yield* this.wait();
    return yield* awaitBody(body, index, 'Barrier.with');
  }

  /** Puts it back to its first state. Tasks that wait get a BrokenBarrierError. Does not suspend. */
  reset(): Coroutine<void> {
    return new BarrierChange(() => this.change(this.insideCount > 0 ? 'resetting' : 'filling'));
  }

  /** Breaks it: tasks that wait, and those that come later, get a BrokenBarrierError. Does not suspend. */
  abort(): Coroutine<void> {
    return new BarrierChange(() => this.change('broken'));
  }

  /** @internal Whether newcomers must wait until those inside have left. */
  closed(): boolean {
    return this.state === 'draining' || this.state === 'resetting';
  }

  protected override describe(): string {
    const waiters = this.broken ? '' : `, waiters:${this.nWaiting}/${this.parties}`;
    return `${this.constructor.name} [${this.state}${waiters}]`;
  }

  /** Wakes every task that the new state concerns. */
  private change(state: BarrierState): void {
    this.state = state;
    if (state !== 'filling') this.inside.wakeAll();
    if (!this.closed()) this.entrance.wakeAll();
  }

  private enter(): number {
    const index = this.vacated.pop() ?? this.insideCount;
    this.insideCount++;
    return index;
  }

  private leave(index: number): void {
    this.insideCount--;
    if (this.state === 'filling') this.vacated.push(index);
    if (this.insideCount > 0) return;
    this.vacated = [];
    if (this.closed()) this.change('filling');
  }

  private checkPassed(): void {
    if (this.state === 'draining') return;
    throw new BrokenBarrierError(
      `Barrier.wait(): the barrier was ${this.state === 'broken' ? 'aborted' : 'reset'} while this task waited`,
    );
  }
}

/**
 * Waits for the tasks of the round before to leave; again, if others came in first and filled the barrier.
 */
class BarrierEntrance extends ParkedCoroutine<boolean, Barrier> {
  protected attempt(): Ended<boolean> | null {
    return this.primitive.closed() ? null : GRANTED;
  }
}

/** A change from outside. Like any coroutine, it does nothing until it is awaited. */
class BarrierChange extends LeafCoroutine<void> {
  private readonly change: () => void;

  constructor(change: () => void) {
    super();
    this.change = change;
  }

  next(): IteratorReturnResult<void> {
    this.change();
    return { done: true, value: undefined };
  }
}
