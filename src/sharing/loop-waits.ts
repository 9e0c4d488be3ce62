/**
 * Waits of a loop's tasks for changes of shared memory. One wake-up for each loop, opened by its first wait:
 * whoever changes the memory wakes the group that it has joined (native/wakeup/wake-groups.h).
 */

import { Future, type FutureSource } from '../futures/future.ts';
import { FINISHED, PENDING } from '../futures/future-state.ts';
import type { Wakeup } from '../kernel/kernel.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { ReadinessWaiter } from '../loop/readiness-waiter.ts';

/** A queue of tasks that wait for the same thing. */
export interface SharedWaits {
  readonly group: number;
  /** Whether it can change without a task of this thread doing it. */
  mayChange(): boolean;
  /** The memory may have changed. Must not run user code. */
  look(): void;
}

const waitsOfLoops = new WeakMap<LoopCore, LoopWaits>();

/** What the tasks of one loop wait for. */
export class LoopWaits implements ReadinessWaiter {
  readonly persistent = true;
  private readonly loop: LoopCore;
  private readonly wakeup: Wakeup;
  private readonly waiting = new Set<SharedWaits>();

  /** That of `loop`. @throws OSError EMFILE */
  static of(loop: LoopCore): LoopWaits {
    let waits = waitsOfLoops.get(loop);
    if (waits === undefined) {
      waits = new LoopWaits(loop);
      waitsOfLoops.set(loop, waits);
    }
    return waits;
  }

  private constructor(loop: LoopCore) {
    this.loop = loop;
    this.wakeup = loop.kernel.openWakeup();
    loop.closeActions.push(() => this.wakeup.close());
  }

  /** From now on `waits` are told of changes. */
  add(waits: SharedWaits): void {
    const { io, kernel } = this.loop;
    if (this.waiting.size === 0) io.setReader(io.slotOfFd(this.wakeup.fd), this);
    this.waiting.add(waits);
    kernel.groups.join(waits.group, this.wakeup);
  }

  remove(waits: SharedWaits): void {
    const { io, kernel } = this.loop;
    this.waiting.delete(waits);
    kernel.groups.leave(waits.group, this.wakeup);
    const slot = io.findFd(this.wakeup.fd);
    // Nobody to be told: so it is no reason for Node to stay when the loop is its guest.
    if (this.waiting.size === 0 && slot?.reader === this) io.clearReader(slot);
  }

  /** What only tasks of this thread can change is not waited for from outside: see docs/deadlocks.md. */
  get mayWake(): boolean {
    for (const waits of this.waiting) if (waits.mayChange()) return true;
    return false;
  }

  ready(): void {
    // Drained before looking: a wake that comes meanwhile makes the descriptor readable again.
    this.wakeup.drain();
    for (const waits of this.waiting) waits.look();
  }

  closed(): void {}

  describe(): string {
    return `shared memory, for ${this.waiting.size} locks`;
  }
}

/** One task's wait, of which a queue has many. */
export class SharedWait implements FutureSource {
  private future: Future<void> | null = null;
  private readonly what: string;

  /** @param what for messages: what it waits for */
  constructor(what: string) {
    this.what = what;
  }

  /** What to await: done at the next {@link wake}. */
  next(loop: LoopCore): Future<void> {
    const future = new Future<void>({ loop });
    future.source = this;
    // Whoever is woken takes nothing before it runs; cancelled, it has the next one woken.
    future.passedOnIfCancelled = true;
    this.future = future;
    return future;
  }

  wake(): void {
    if (this.future?.state === PENDING) this.future.settle(FINISHED, undefined);
  }

  abandoned(): void {}

  describe(): string {
    return this.what;
  }
}
