/**
 * A limit on how many borrowers are at work at once, which knows who they are.
 *
 * A token is lent when a waiter is awakened, not when it takes its next step: so no other task can come in
 * between, and `statistics()` never shows a token that is neither free nor lent. Invariant: while borrowers
 * wait, no token is free.
 */

import { RuntimeError } from '../base/errors.ts';
import type { Coroutine } from '../coroutines/coroutine.ts';
import { currentTask } from '../tasks/current-task.ts';
import { checkCount } from './arguments.ts';
import { Hold, Holdable } from './holdable.ts';
import { type Ended, GRANTED, ParkedCoroutine, ParkingLot } from './parking-lot.ts';
import { describeState } from './primitive.ts';

/** What {@link CapacityLimiter.statistics} returns. */
export interface CapacityLimiterStatistics {
  readonly borrowedTokens: number;
  readonly totalTokens: number;
  /** Who holds a token: tasks, or what was given to `acquireOnBehalfOf`. */
  readonly borrowers: readonly unknown[];
  readonly tasksWaiting: number;
}

/**
 * Lends a limited number of tokens, at most one to each borrower, in the order in which they asked. The total
 * can be changed at any time. `trio.CapacityLimiter` and `anyio.CapacityLimiter`; asyncio has nothing like
 * it.
 *
 *     const limiter = new CapacityLimiter(10);
 *     yield* limiter.with(function* () {
 *       …                                  // this task holds a token
 *     });
 *
 * Unlike a semaphore it refuses the mistakes that make one leak: a borrower that takes a second token, and a
 * release by one that holds none.
 */
export class CapacityLimiter extends Holdable {
  private total: number;
  private readonly borrowers = new Set<unknown>();
  private readonly waiting = new Set<unknown>();
  private readonly waiters = new ParkingLot();

  /** @param totalTokens how many tokens there are: a whole number of at least 0, or Infinity */
  constructor(totalTokens: number) {
    super();
    checkCount(totalTokens, 0, 'totalTokens', 'new CapacityLimiter(totalTokens)');
    this.total = totalTokens;
  }

  /**
   * How many tokens there are. Raising it lends the new ones to waiting borrowers; lowering it below what is
   * lent takes nothing away, but nothing more is lent until enough have come back.
   */
  get totalTokens(): number {
    return this.total;
  }

  set totalTokens(totalTokens: number) {
    checkCount(totalTokens, 0, 'totalTokens', 'CapacityLimiter.totalTokens');
    this.total = totalTokens;
    this.lendAll();
  }

  /** How many tokens are lent. */
  get borrowedTokens(): number {
    return this.borrowers.size;
  }

  /** How many tokens are free; 0 also when more are lent than there are now. */
  get availableTokens(): number {
    return Math.max(this.total - this.borrowers.size, 0);
  }

  /**
   * Borrows a token for the current task; waits when none is free. Returns true.
   * @throws RuntimeError when the task holds one already
   */
  override acquire(): Coroutine<boolean> {
    return new Borrowing(this, this.waiters, null);
  }

  /**
   * Borrows a token for `borrower`, which can be anything: an object, a string. Returns true.
   * @throws RuntimeError if it already holds or awaits one
   */
  acquireOnBehalfOf(borrower: unknown): Coroutine<boolean> {
    return new Borrowing(this, this.waiters, { borrower });
  }

  /**
   * Borrows a token for the current task if one is free. Returns whether it did.
   * @throws RuntimeError when it holds one already
   */
  tryAcquire(): boolean {
    return this.tryAcquireOnBehalfOf(taskOf('tryAcquire'));
  }

  /**
   * Borrows a token for `borrower` if one is free. Returns whether it did.
   * @throws RuntimeError when it holds one already
   */
  tryAcquireOnBehalfOf(borrower: unknown): boolean {
    this.checkBorrower(borrower);
    // While others wait there is no free token, so this overtakes nobody.
    if (this.borrowers.size >= this.total) return false;
    this.borrowers.add(borrower);
    return true;
  }

  /** Gives back the current task's token. @throws RuntimeError when it holds none */
  override release(): void {
    this.releaseOnBehalfOf(taskOf('release'));
  }

  /** Gives back the token of `borrower`. @throws RuntimeError when it holds none */
  releaseOnBehalfOf(borrower: unknown): void {
    if (!this.borrowers.delete(borrower)) {
      throw new RuntimeError(`${this}: release by ${String(borrower)}, which holds none of its tokens`);
    }
    this.lendAll();
  }

  /** Like {@link acquire}; what it returns gives back this task's token, whichever task disposes of it. */
  override *hold(): Coroutine<Hold> {
    const borrower = taskOf('hold');
    yield* this.acquireOnBehalfOf(borrower);
    return new Hold(() => this.releaseOnBehalfOf(borrower));
  }

  /** The current state. */
  statistics(): CapacityLimiterStatistics {
    return Object.freeze({
      borrowedTokens: this.borrowers.size,
      totalTokens: this.total,
      borrowers: Object.freeze([...this.borrowers]),
      tasksWaiting: this.waiters.parked,
    });
  }

  /** @internal A borrower is going to wait. Refused here on another loop, before the borrower is noted. */
  noteWaiting(borrower: unknown): void {
    this.loopForWaiting('acquire');
    this.waiting.add(borrower);
  }

  /** @internal A borrower is awakened. */
  lend(borrower: unknown): void {
    this.waiting.delete(borrower);
    this.borrowers.add(borrower);
  }

  /** @internal A borrower waits no longer, and did not use the token if it was lent one. */
  gaveUp(borrower: unknown, lent: boolean): void {
    // Others may give it back for the borrower before that is resumed.
    if (lent && this.borrowers.has(borrower)) this.releaseOnBehalfOf(borrower);
    else this.waiting.delete(borrower);
  }

  protected override describe(): string {
    const state = `${this.borrowers.size}/${this.total} borrowed`;
    return describeState(this, state, this.waiters.parked);
  }

  private lendAll(): void {
    while (this.borrowers.size < this.total && this.waiters.wakeOne() !== null);
  }

  private checkBorrower(borrower: unknown): void {
    const holds = this.borrowers.has(borrower);
    if (!holds && !this.waiting.has(borrower)) return;
    throw new RuntimeError(
      `${this}: ${String(borrower)} ${holds ? 'already holds' : 'already waits for'} one of its tokens`,
    );
  }
}

function taskOf(method: string): object {
  const task = currentTask();
  if (task !== null) return task;
  throw new RuntimeError(
    `CapacityLimiter.${method}(): no task is running. In a callback use ${method}OnBehalfOf(borrower).`,
  );
}

class Borrowing extends ParkedCoroutine<boolean, CapacityLimiter> {
  /** Known from the first step on. */
  private borrower: unknown = null;
  private readonly given: { readonly borrower: unknown } | null;

  constructor(limiter: CapacityLimiter, waiters: ParkingLot, given: { readonly borrower: unknown } | null) {
    super(limiter, waiters, given === null ? 'acquire' : 'acquireOnBehalfOf');
    this.given = given;
  }

  override awaken(): void {
    this.primitive.lend(this.borrower);
    super.awaken();
  }

  protected attempt(): Ended<boolean> | null {
    this.borrower = this.given === null ? taskOf('acquire') : this.given.borrower;
    if (this.primitive.tryAcquireOnBehalfOf(this.borrower)) return GRANTED;
    this.primitive.noteWaiting(this.borrower);
    return null;
  }

  protected override granted(): Ended<boolean> {
    return GRANTED;
  }

  protected override gaveUp(awakened: boolean): void {
    this.primitive.gaveUp(this.borrower, awakened);
  }
}
