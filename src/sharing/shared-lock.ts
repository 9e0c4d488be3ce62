/** Mutual exclusion between threads, for those that block and those that run a loop. */

import { requireTimeoutMs } from '../base/arguments.ts';
import type { Coroutine } from '../coroutines/coroutine.ts';
import { runningLoop } from '../loop/current-loop.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { TimerHandle } from '../loop/timer-handle.ts';
import { Hold, Holdable } from '../sync/holdable.ts';
import { describeState } from '../sync/primitive.ts';
import { GIVE_WAY_MS, LockWords, newLockMemory, PLAIN, REENTRANT } from './lock-words.ts';
import { LoopWaits, SharedWait, type SharedWaits } from './loop-waits.ts';
import { thisThread } from './this-thread.ts';

/** What arrives of a shared object in another thread: its memory, for the constructor there. */
export interface SharedMemory {
  /** Memory of all threads that have received it. */
  readonly memory: SharedArrayBuffer;
}

/** The tasks of one loop that wait for one lock, in the order in which they asked. */
class LockQueue implements SharedWaits {
  readonly loop: LoopCore;
  private readonly words: LockWords;
  private readonly waits = new Set<SharedWait>();
  /** When it takes the claim of another thread away. */
  private timer: TimerHandle | null = null;

  constructor(loop: LoopCore, words: LockWords) {
    this.loop = loop;
    this.words = words;
  }

  get group(): number {
    return this.words.group;
  }

  get size(): number {
    return this.waits.size;
  }

  enter(wait: SharedWait): void {
    if (this.waits.size === 0) LoopWaits.of(this.loop).add(this);
    this.waits.add(wait);
    this.words.countLoopWaiter(1);
  }

  leave(wait: SharedWait): void {
    this.words.countLoopWaiter(-1);
    this.waits.delete(wait);
    if (this.waits.size > 0) {
      this.look();
      return;
    }
    LoopWaits.of(this.loop).remove(this);
    this.timer?.cancel();
    this.timer = null;
    this.words.dropClaim();
  }

  /**
   * The first wait, which has lasted `waitedMs`, was woken in vain; or it finds a free lock that another
   * thread has a claim to.
   */
  yieldTo(waitedMs: number): void {
    const { words } = this;
    words.claimAfter(waitedMs);
    const claimant = words.claimant();
    if (claimant === 0 || claimant === thisThread() || !words.isFree()) return;
    this.timer ??= this.loop.callLater(GIVE_WAY_MS, () => {
      this.timer = null;
      words.clearClaim(claimant);
      this.look();
    });
  }

  isFirst(wait: SharedWait): boolean {
    return this.waits.values().next().value === wait;
  }

  mayChange(): boolean {
    return !this.words.isMine();
  }

  look(): void {
    if (this.words.isFree()) this.waits.values().next().value?.wake();
    else if (this.words.isAbandoned()) for (const wait of this.waits) wait.wake();
  }
}

/**
 * What {@link SharedLock} and {@link SharedRLock} have in common. Other threads get it as an argument, by
 * `workerData` or by `postMessage`: what arrives is a {@link SharedMemory}, from which the constructor there
 * makes the same lock.
 */
export abstract class SharedHoldable extends Holdable implements SharedMemory {
  /** What other threads need of it. */
  readonly memory: SharedArrayBuffer;
  // Not `private`, whose fields would be sent along.
  readonly #words: LockWords;
  #queue: LockQueue | null = null;

  /** @internal */
  constructor(kind: number, shared: SharedMemory | undefined, className: string) {
    super();
    const given = shared === undefined ? newLockMemory(kind) : (shared as SharedMemory | null)?.memory;
    this.memory = given as SharedArrayBuffer;
    // Refuses what is none.
    this.#words = new LockWords(this.memory, kind, className);
  }

  /** Whether somebody holds it. */
  locked(): boolean {
    return !this.#words.isFree();
  }

  /**
   * Waits until it is free, then holds it. Suspends the task, not the loop; tasks of one loop get it in the
   * order in which they asked; those of different threads in no order, but nobody waits for ever for one that
   * is always fastest.
   * @returns true
   * @throws AbandonedLockError if the thread that held it has ended
   */
  override *acquire(): Coroutine<boolean> {
    const words = this.#words;
    if (words.takeAgain()) return true;
    const queue = this.#queueOf(runningLoop(this.#call('acquire')));
    if (queue.size === 0 && words.tryTake()) return true;
    const wait = new SharedWait(`acquire() of ${this}`);
    const startMs = queue.loop.time();
    queue.enter(wait);
    try {
      while (!queue.isFirst(wait) || !words.tryTake()) {
        words.checkHolder(this.#call('acquire'));
        if (queue.isFirst(wait)) queue.yieldTo(queue.loop.time() - startMs);
        yield* wait.next(queue.loop);
      }
      return true;
    } finally {
      queue.leave(wait);
    }
  }

  /**
   * Blocks this thread until it is free, then holds it. For workers that run no loop, and for locks that are
   * never held for long.
   * @param timeoutMs how long at most, by default without limit
   * @returns whether it is held now: false after `timeoutMs`
   * @throws AbandonedLockError as {@link acquire}; RuntimeError if another task of this thread holds it
   */
  acquireSync(timeoutMs: number | null = null): boolean {
    const call = this.#call('acquireSync');
    requireTimeoutMs(call, timeoutMs);
    const words = this.#words;
    return words.takeAgain() || words.tryTake() || words.sleepUntilTaken(timeoutMs, call);
  }

  /**
   * As {@link acquireSync}, and returns what releases it at the end of the block.
   *
   *     using _ = lock.holdSync();
   */
  holdSync(): Hold {
    this.acquireSync();
    return new Hold(() => this.release());
  }

  /**
   * Gives it back, and wakes a waiter, in whichever thread it is.
   * @throws RuntimeError if this thread does not hold it
   */
  override release(): void {
    this.#words.release(this.#call('release'));
  }

  /**
   * Frees a lock whose holder has ended, once what it protects has been put right.
   * @returns whether there was something to free: false if its holder lives, or another thread was faster
   */
  reset(): boolean {
    return this.#words.reset();
  }

  protected override describe(): string {
    return describeState(this, this.#words.state(), this.#words.waiterCount);
  }

  #call(method: string): string {
    return `${this.constructor.name}.${method}()`;
  }

  /** The loop of this thread may be another one than last time. */
  #queueOf(loop: LoopCore): LockQueue {
    if (this.#queue?.loop !== loop) this.#queue = new LockQueue(loop, this.#words);
    return this.#queue;
  }
}

/**
 * A lock that one thread at a time can hold. `multiprocessing.Lock`, for threads, with one difference: it is
 * the thread that holds it that releases it.
 *
 *     const lock = new SharedLock();                       // here
 *     yield* work.append(lock, 'line');                    // an argument of a thread pool's call
 *
 *     export function append(shared: SharedMemory, line: string): void {
 *       using _ = new SharedLock(shared).holdSync();       // there
 *       …
 *     }
 *
 * Waiting suspends a task ({@link acquire}, `with`, `hold`) or blocks a thread ({@link acquireSync}, {@link
 * holdSync}). If the thread that holds it ends, those who wait get an AbandonedLockError instead of waiting
 * for ever.
 */
export class SharedLock extends SharedHoldable {
  /**
   * @param shared what another thread sent; by default a new lock is made
   * @throws TypeError for anything else
   */
  constructor(shared?: SharedMemory) {
    super(PLAIN, shared, 'SharedLock');
  }
}

/**
 * A {@link SharedLock} that its holder can acquire again, and releases as often. `multiprocessing.RLock`, for
 * threads. The holder is a task where a loop runs, else the thread.
 */
export class SharedRLock extends SharedHoldable {
  /**
   * @param shared what another thread sent; by default a new lock is made
   * @throws TypeError for anything else
   */
  constructor(shared?: SharedMemory) {
    super(REENTRANT, shared, 'SharedRLock');
  }
}
