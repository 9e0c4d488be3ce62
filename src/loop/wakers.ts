/**
 * Whether anything outside of a loop's own tasks can still make it go on, once nothing is ready: the first
 * half of the rule by which deadlocks are told (docs/deadlocks.md has it as a table).
 *
 * Everything from outside comes as a descriptor that becomes readable or writable: a peer's bytes, a worker's
 * answer, a child's end, a signal, another thread's word. So the possible wakers are the waiters in the
 * loop's table of descriptors that may bring something ({@link ReadinessWaiter.mayWake}), and the timers.
 *
 * Asked before each wait without end, which in a server is each wait. It is nearly always answered by the
 * waiter that was the answer before; all are looked at only when that one is gone.
 */

import type { Daemons } from './daemons.ts';
import type { IoSlot } from './io-slot.ts';
import type { ReadinessWaiter } from './readiness-waiter.ts';
import type { StallWatch } from './stall-watch.ts';

/** What is needed of a loop. */
interface WokenLoop {
  readonly io: { readonly slots: ReadonlyMap<number, IoSlot> };
  readonly liveTasks: { readonly daemons: Daemons | null };
}

export class Wakers {
  /** Who is asked before a wait; `null` where nobody looks for deadlocks. */
  watch: StallWatch | null = null;
  /** Promises that will complete a future of this loop, in a guest. */
  pendingPromiseCount = 0;
  private readonly loop: WokenLoop;
  private witness: IoSlot | null = null;

  constructor(loop: WokenLoop) {
    this.loop = loop;
  }

  /**
   * Whether the wait that is about to begin can end with something to do.
   * @param timeoutMs how long it would be at most; negative: no timer is set
   * @param isExempt whether a waiter does not count, because a daemon waits for it
   */
  areLeft(timeoutMs: number, isExempt: ((waiter: ReadinessWaiter) => boolean) | null): boolean {
    const { daemons } = this.loop.liveTasks;
    if (this.pendingPromiseCount > 0) return true;
    if (timeoutMs >= 0 && (daemons === null || !daemons.haveAllTimers())) return true;
    if (isExempt === null && this.witness !== null && mayWake(this.witness, null)) return true;
    this.witness = this.find(isExempt);
    return this.witness !== null;
  }

  private find(isExempt: ((waiter: ReadinessWaiter) => boolean) | null): IoSlot | null {
    for (const slot of this.loop.io.slots.values()) if (mayWake(slot, isExempt)) return slot;
    return null;
  }
}

function mayWake(
  { reader, writer }: IoSlot,
  isExempt: ((waiter: ReadinessWaiter) => boolean) | null,
): boolean {
  return counts(reader, isExempt) || counts(writer, isExempt);
}

function counts(
  waiter: ReadinessWaiter | null,
  isExempt: ((waiter: ReadinessWaiter) => boolean) | null,
): boolean {
  if (waiter === null || waiter.mayWake === false) return false;
  return isExempt === null || !isExempt(waiter);
}
