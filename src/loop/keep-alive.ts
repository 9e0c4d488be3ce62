/**
 * Whether a guest loop has work that must keep the Node process alive: something that will call it, not just
 * a task that waits.
 *
 * | what                                    | keeps Node alive                                          |
 * |-----------------------------------------|-----------------------------------------------------------|
 * | a callback or a task that is ready      | yes                                                       |
 * | a timer                                 | yes, until `unref()`                                      |
 * | a waiter for a descriptor               | yes, until `unref()` of its handle or server              |
 * | an idle pool of workers, idle resolver  | no; while it is asked something, yes                      |
 * | the loop's own wake-up, signals         | no                                                        |
 * | a task that waits for something else    | no: what will end its wait has to                         |
 *
 * Asked only when a guest is about to rest. Whether any descriptor is waited for is nearly always answered by
 * the one that was the answer before; it is looked for anew when nobody waits for that one any more.
 */

import type { IoTable } from './io-waiters.ts';
import type { TimerHandle } from './timer-handle.ts';
import type { Timers } from './timers/timers.ts';

/** With so many, those that are over are dropped before another is added: a blocking run never asks. */
const PRUNE_AT = 32;

export class KeepAlive {
  private readonly timers: Timers;
  private readonly io: IoTable;
  /** Timers of which nobody is to wait for the end. Those that are over are dropped when they are met. */
  private readonly unrefTimers = new Set<TimerHandle>();

  constructor(timers: Timers, io: IoTable) {
    this.timers = timers;
    this.io = io;
  }

  setTimerRef(timer: TimerHandle, isRef: boolean): void {
    if (isRef) {
      this.unrefTimers.delete(timer);
    } else if (this.timers.isPending(timer)) {
      if (this.unrefTimers.size >= PRUNE_AT) this.prune();
      this.unrefTimers.add(timer);
    }
  }

  hasTimerRef(timer: TimerHandle): boolean {
    return !this.unrefTimers.has(timer);
  }

  /** Whether a timer or a descriptor is waited for. */
  hasWork(): boolean {
    return this.hasTimers() || this.io.isWaitedFor();
  }

  private prune(): void {
    for (const timer of this.unrefTimers) if (!this.timers.isPending(timer)) this.unrefTimers.delete(timer);
  }

  private hasTimers(): boolean {
    if (this.unrefTimers.size > 0) this.prune();
    return this.timers.pendingCount > this.unrefTimers.size;
  }
}
