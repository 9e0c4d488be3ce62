/**
 * What a loop knows of each timer that waits: one slot a timer, in a few arrays that all timers share.
 *
 * A million timers as a million objects cost more in garbage collection than in everything else: whatever
 * survives is copied twice before it is old. So what waits is numbers in typed arrays, which the collector
 * does not look at, and two references that the caller has anyway. The {@link TimerHandle} that `callLater`
 * returns is not referred to from here, as long as all it has to say is a callback and a context: a caller
 * that drops it leaves garbage that dies young, which is free.
 *
 * | a slot is   | `work`             | `next`                                 |
 * |-------------|--------------------|----------------------------------------|
 * | free        | null               | the next free slot                     |
 * | waiting     | callback or handle | the next in its list ({@link SlotList})|
 * | cancelled   | null               | as before: still in its list           |
 * | due         | callback or handle, null once cancelled | {@link DUE}       |
 *
 * Slots are used again, sequence numbers never: a handle owns its slot as long as the slot bears the handle's
 * number.
 */

import { type IntVector, RefColumn, widened } from '../../base/columns.ts';
import type { Context } from '../../base/context.ts';
import type { Callback } from '../handle.ts';
import type { TimerHandle } from '../timer-handle.ts';

/** No slot: the end of a list. */
export const NONE = -1;
/** In `next`: taken out of the queue, about to run. */
export const DUE = -2;

const INITIAL_SLOTS = 64;
/** More slots than this are given back once no timer is left. 40 bytes each: below, not worth the work. */
const KEPT_SLOTS = 4096;
/** In the place of a sequence number: what fresh memory says, too. Timers count from 1. */
const NOBODY = 0;

/**
 * What runs when the time has come: a plain callback, or a handle where there are arguments or an origin
 * besides.
 */
export type TimerWork = Callback | TimerHandle;

export class TimerSlots {
  next = new Int32Array(INITIAL_SLOTS);
  /**
   * Two a slot, side by side, since memory is what a million timers wait for: when it is due; its sequence
   * number.
   */
  private keys = new Float64Array(2 * INITIAL_SLOTS);
  /** Two a slot: its work; what a plain callback runs in, while a handle knows its own. */
  private readonly references = new RefColumn<TimerWork | Context>();
  private usedCount = 0;
  private takenCount = 0;
  private firstFree = NONE;

  take(whenMs: number, sequence: number, work: TimerWork, context: Context): number {
    const slot = this.unusedSlot();
    this.takenCount++;
    this.keys[2 * slot] = whenMs;
    this.keys[2 * slot + 1] = sequence;
    this.next[slot] = NONE;
    this.references.setPair(2 * slot, work, context);
    return slot;
  }

  release(slot: number): void {
    this.references.setPair(2 * slot, null, null);
    this.keys[2 * slot + 1] = NOBODY;
    this.next[slot] = this.firstFree;
    this.firstFree = slot;
    if (--this.takenCount === 0) this.startOver();
  }

  /** Takes every slot from whoever owns it. */
  clear(): void {
    this.references.clear();
    this.keys.fill(NOBODY);
    this.startOver();
  }

  whenMs(slot: number): number {
    return this.keys[2 * slot] as number;
  }

  /** What is to run, `null` once it is cancelled. */
  work(slot: number): TimerWork | null {
    return this.references.get(2 * slot) as TimerWork | null;
  }

  /** The handles that are to run, where they are kept whole. */
  handles(): TimerHandle[] {
    const handles: TimerHandle[] = [];
    for (let slot = 0; slot < this.usedCount; slot++) {
      const work = this.work(slot);
      if (work !== null && typeof work !== 'function') handles.push(work);
    }
    return handles;
  }

  /** What a plain callback is to run in. */
  context(slot: number): Context {
    return this.references.get(2 * slot + 1) as Context;
  }

  /** The handle is to run, which knows more than its callback. */
  keepHandle(timer: TimerHandle): void {
    this.references.setPair(2 * timer.slot, timer, null);
  }

  /** Lets go of what was to run. The slot stays where it is. */
  cancel(slot: number): void {
    this.references.setPair(2 * slot, null, null);
  }

  /** Drops from `order` what is cancelled; the others keep theirs. */
  dropCancelled(order: IntVector, drop: (slot: number) => void): void {
    const { length } = order;
    order.length = 0;
    for (let i = 0; i < length; i++) {
      const slot = order.items[i] as number;
      if (this.isCancelled(slot)) drop(slot);
      else order.push(slot);
    }
  }

  isCancelled(slot: number): boolean {
    return this.references.get(2 * slot) === null;
  }

  /** Whether `timer` waits here, or is due and has not begun to run. */
  isOwner(timer: TimerHandle): boolean {
    return timer.slot !== NONE && this.keys[2 * timer.slot + 1] === timer.sequence;
  }

  /** By time, equal times in order of setting. */
  isBefore(a: number, b: number): boolean {
    const aMs = this.keys[2 * a] as number;
    const bMs = this.keys[2 * b] as number;
    return aMs < bMs || (aMs === bMs && (this.keys[2 * a + 1] as number) < (this.keys[2 * b + 1] as number));
  }

  private unusedSlot(): number {
    const slot = this.firstFree;
    if (slot !== NONE) {
      this.firstFree = this.next[slot] as number;
      return slot;
    }
    if (this.usedCount === this.next.length) {
      this.keys = widened(this.keys);
      this.next = widened(this.next);
    }
    return this.usedCount++;
  }

  /**
   * No slot is taken any more: the next ones lie side by side again, in arrays that are not larger than
   * usual.
   */
  private startOver(): void {
    if (this.usedCount > KEPT_SLOTS) {
      this.keys = new Float64Array(2 * INITIAL_SLOTS);
      this.next = new Int32Array(INITIAL_SLOTS);
      this.references.clear();
    }
    this.usedCount = 0;
    this.takenCount = 0;
    this.firstFree = NONE;
  }
}
