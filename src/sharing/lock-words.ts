/**
 * A lock as words of shared memory, and what every thread does with them.
 *
 * | holder word | its thread  | tryTake                            | wait                              |
 * |-------------|-------------|------------------------------------|-----------------------------------|
 * | 0           | –           | holder is this thread              | over at once                      |
 * | n           | lives       | false; true for the re-entrant holder | until release                  |
 * | n           | has ended   | false                              | AbandonedLockError                |
 *
 * NOBODY STARVES. A thread that releases it and takes it again at once is faster than any that it woke. So
 * whoever has waited for {@link CLAIM_AFTER_MS} puts its number into `WANTED`, and the others leave a free
 * lock to it. Not for ever, since it may be busy, or wait for something that they hold: after
 * {@link GIVE_WAY_MS} they take the claim away.
 *
 * NO WAKE IS LOST. A waiter counts itself first (`SLEEPERS`, `LOOP_WAITERS` and the group) and looks at the
 * holder after; who releases clears the holder first and looks at the counts after. Atomics are sequentially
 * consistent, so one of the two sees the other. A thread that is terminated in between leaves a count that is
 * too high, which costs a wake for nothing, or has not woken those it should have: they look again when its
 * end wakes all groups, and sleepers after each slice.
 */

import { AbandonedLockError, RuntimeError } from '../base/errors.ts';
import { defaultKernel } from '../kernel/default-kernel.ts';
import { sendHeld } from '../kernel/held-sends.ts';
import { nameOfThread, thisTask, thisThread } from './this-thread.ts';

/** Says that the memory is a lock, and of which kind. */
const KIND = 0;
/** The number of the thread that holds it. Sleepers sleep on this word. */
const HOLDER = 1;
/**
 * Of a re-entrant lock: the holder's task, and how many times it holds it. Only the holder's thread looks.
 */
const TASK = 2;
const DEPTH = 3;
/** How many threads sleep, and how many tasks wait in loops. */
const SLEEPERS = 4;
const LOOP_WAITERS = 5;
/** The group of wake-ups of those loops: see native/wakeup/wake-groups.h. */
const GROUP = 6;
/** The number of a thread that has waited long. */
const WANTED = 7;
/** Bytes of a lock; 8-byte numbers may follow. */
export const LOCK_BYTE_COUNT = 32;

/** Values of the word {@link KIND}: text, low byte first, so that other memory is not taken for a lock. */
export const PLAIN = 0x6b_63_6f_6c;
export const REENTRANT = 0x6b_6c_2b_72;

/** V8 ends or interrupts a thread only between its waits; and the end of a holder is looked for as often. */
const SLICE_MS = 250;
/** As Go's mutexes do. */
const CLAIM_AFTER_MS = 1;
/** More than a thread takes to wake up on a machine that is not overloaded. */
export const GIVE_WAY_MS = 5;

/** Memory for a lock, and for `byteCount` bytes behind it. */
export function newLockMemory(kind: number, byteCount = 0): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(LOCK_BYTE_COUNT + byteCount);
  const words = new Int32Array(memory);
  words[GROUP] = defaultKernel().groups.open();
  words[KIND] = kind;
  return memory;
}

export class LockWords {
  private readonly words: Int32Array;
  private readonly isReentrant: boolean;

  /** @throws TypeError for memory that is no lock of this kind */
  constructor(memory: SharedArrayBuffer, kind: number, className: string) {
    const isShared = memory instanceof SharedArrayBuffer && memory.byteLength >= LOCK_BYTE_COUNT;
    const words = isShared ? new Int32Array(memory, 0, LOCK_BYTE_COUNT / 4) : new Int32Array(1);
    if (words[KIND] !== kind) {
      throw new TypeError(`new ${className}(): what was received is no ${className} of another thread`);
    }
    this.words = words;
    this.isReentrant = kind === REENTRANT;
  }

  get group(): number {
    return this.words[GROUP] as number;
  }

  /** How many threads and tasks wait. */
  get waiterCount(): number {
    return Atomics.load(this.words, SLEEPERS) + Atomics.load(this.words, LOOP_WAITERS);
  }

  isFree(): boolean {
    return Atomics.load(this.words, HOLDER) === 0;
  }

  /** Whether this thread holds it. */
  isMine(): boolean {
    return Atomics.load(this.words, HOLDER) === thisThread();
  }

  /** Whether its holder has ended. */
  isAbandoned(): boolean {
    const holder = Atomics.load(this.words, HOLDER);
    return holder !== 0 && !defaultKernel().groups.isThreadAlive(holder);
  }

  /** Takes it again for a task that holds it: re-entrant locks only. */
  takeAgain(): boolean {
    const { words } = this;
    if (!this.isReentrant || !this.isMine() || words[TASK] !== thisTask()) return false;
    words[DEPTH] = (words[DEPTH] as number) + 1;
    return true;
  }

  /** Takes it if it is free, and no other thread that lives has a claim to it. */
  tryTake(): boolean {
    const { words } = this;
    const thread = thisThread();
    const wanted = Atomics.load(words, WANTED);
    if (wanted !== 0 && wanted !== thread && defaultKernel().groups.isThreadAlive(wanted)) return false;
    if (Atomics.compareExchange(words, HOLDER, 0, thread) !== 0) return false;
    words[TASK] = this.isReentrant ? thisTask() : 0;
    words[DEPTH] = 1;
    if (wanted !== 0) this.clearClaim(wanted);
    return true;
  }

  /** This thread waits since `waitedMs`: has it a claim now? */
  claimAfter(waitedMs: number): void {
    if (waitedMs >= CLAIM_AFTER_MS) Atomics.compareExchange(this.words, WANTED, 0, thisThread());
  }

  /** This thread does not wait any more. */
  dropClaim(): void {
    if (this.clearClaim(thisThread()) && this.isFree()) this.wakeWaiters();
  }

  /** The thread that has a claim, 0 if none has. */
  claimant(): number {
    return Atomics.load(this.words, WANTED);
  }

  /** Takes a claim away that was not made use of. Returns whether it was still there. */
  clearClaim(thread: number): boolean {
    if (Atomics.compareExchange(this.words, WANTED, thread, 0) !== thread) return false;
    Atomics.notify(this.words, WANTED);
    return true;
  }

  /**
   * Sleeps until it is free, and takes it.
   * @returns false after `timeoutMs`
   * @throws AbandonedLockError; RuntimeError if this thread holds it, and could never release it
   */
  sleepUntilTaken(timeoutMs: number | null, call: string): boolean {
    if (this.isMine()) {
      throw new RuntimeError(
        `${call}: another task of this thread holds the lock, and cannot release it while this call blocks. ` +
          'Await acquire() instead.',
      );
    }
    sendHeld();
    const kernel = defaultKernel();
    const { words } = this;
    const startMs = kernel.nowMs();
    const deadlineMs = timeoutMs === null ? Number.POSITIVE_INFINITY : startMs + timeoutMs;
    Atomics.add(words, SLEEPERS, 1);
    try {
      for (;;) {
        if (this.tryTake()) return true;
        this.checkHolder(call);
        const nowMs = kernel.nowMs();
        if (nowMs >= deadlineMs) return false;
        this.claimAfter(nowMs - startMs);
        const holder = Atomics.load(words, HOLDER);
        if (holder !== 0) Atomics.wait(words, HOLDER, holder, Math.min(deadlineMs - nowMs, SLICE_MS));
        else this.giveWay();
      }
    } finally {
      Atomics.sub(words, SLEEPERS, 1);
      this.dropClaim();
    }
  }

  /** Sleeps while the lock is free and another thread has a claim to it. */
  private giveWay(): void {
    const claimant = this.claimant();
    if (claimant === 0 || claimant === thisThread()) return;
    if (Atomics.wait(this.words, WANTED, claimant, GIVE_WAY_MS) === 'timed-out') this.clearClaim(claimant);
  }

  /** A task begins to wait in a loop, whose wake-up has joined the group; or has ended its wait. */
  countLoopWaiter(change: 1 | -1): void {
    Atomics.add(this.words, LOOP_WAITERS, change);
  }

  /** @throws AbandonedLockError if its holder has ended */
  checkHolder(call: string): void {
    if (!this.isAbandoned()) return;
    throw new AbandonedLockError(
      `${call}: ${nameOfThread(Atomics.load(this.words, HOLDER))} ended while it held the lock, so what the ` +
        'lock protects may be half changed. Put that right, then call reset().',
    );
  }

  /** Gives it back, as often as it was taken. @throws RuntimeError if it is not the caller's */
  release(call: string): void {
    const { words } = this;
    if (!this.isMine())
      throw new RuntimeError(`${call}: this thread does not hold the lock; ${this.state()}`);
    if (this.isReentrant && words[TASK] !== thisTask()) {
      throw new RuntimeError(`${call}: another task of this thread holds the lock`);
    }
    const depth = (words[DEPTH] as number) - 1;
    words[DEPTH] = depth;
    if (depth > 0) return;
    Atomics.store(words, HOLDER, 0);
    this.wakeWaiters();
  }

  /** Frees a lock whose holder has ended. Returns whether it was so. */
  reset(): boolean {
    const holder = Atomics.load(this.words, HOLDER);
    if (!this.isAbandoned()) return false;
    // Another thread may have done it meanwhile, and a third one may hold it by now.
    if (Atomics.compareExchange(this.words, HOLDER, holder, 0) !== holder) return false;
    this.wakeWaiters();
    return true;
  }

  /** Who holds it, for messages. */
  state(): string {
    const holder = Atomics.load(this.words, HOLDER);
    if (holder === 0) return 'free';
    return `${this.isAbandoned() ? 'abandoned' : 'held'} by ${nameOfThread(holder)}`;
  }

  private wakeWaiters(): void {
    const { words } = this;
    // Where one has a claim, all: the one that would be woken may be another.
    const count = Atomics.load(words, WANTED) === 0 ? 1 : Number.POSITIVE_INFINITY;
    if (Atomics.load(words, SLEEPERS) > 0) Atomics.notify(words, HOLDER, count);
    if (Atomics.load(words, LOOP_WAITERS) > 0) defaultKernel().groups.wake(this.group);
  }
}
