/**
 * What a loop knows of each timer that waits, in columns: one slot a timer, one array a property.
 *
 * A million timers as a million objects cost more in garbage collection than in everything else: whatever survives is copied twice
 * before it is old. So what waits is numbers in typed arrays, which the collector does not look at, and two references that the
 * caller has anyway. The {@link TimerHandle} that `callLater` returns is not referred to from here, as long as all it has to say is
 * a callback and a context: a caller that drops it leaves garbage that dies young, which is free.
 *
 * | a slot is   | `work`             | `next`                                 |
 * |-------------|--------------------|----------------------------------------|
 * | free        | null               | the next free slot                     |
 * | waiting     | callback or handle | the next in its list ({@link SlotList})|
 * | cancelled   | null               | as before: still in its list           |
 * | due         | callback or handle, null once cancelled | {@link DUE}       |
 *
 * Slots are used again, sequence numbers never: a handle owns its slot as long as the slot bears the handle's number.
 */

import type { Context } from '../base/context.ts';
import { widened } from '../base/int-vector.ts';
import { RefColumn } from '../base/ref-column.ts';
import type { Callback, TimerHandle } from './handle.ts';

/** No slot: the end of a list. */
export const NONE = -1;
/** In `next`: taken out of the queue, about to run. */
export const DUE = -2;

const INITIAL_SLOTS = 64;
/** More slots than this are given back once no timer is left. 40 bytes each: below, not worth the work. */
const KEPT_SLOTS = 4096;
const NOBODY = -1;

/** What runs when the time has come: a plain callback, or a handle where there are arguments or an origin besides. */
export type TimerWork = Callback | TimerHandle;

export class TimerSlots {
  whenMs = new Float64Array(INITIAL_SLOTS);
  /** Order of setting, and whom the slot belongs to. Doubles: 2^53 timers do not wrap around. */
  sequence = new Float64Array(INITIAL_SLOTS);
  next = new Int32Array(INITIAL_SLOTS);
  readonly work = new RefColumn<TimerWork>();
  /** What a plain callback runs in; a handle knows its own. */
  readonly contexts = new RefColumn<Context>();
  private usedCount = 0;
  private takenCount = 0;
  private firstFree = NONE;

  take(whenMs: number, sequence: number, work: TimerWork, context: Context): number {
    const slot = this.unusedSlot();
    this.takenCount++;
    this.whenMs[slot] = whenMs;
    this.sequence[slot] = sequence;
    this.next[slot] = NONE;
    this.work.set(slot, work);
    this.contexts.set(slot, context);
    return slot;
  }

  release(slot: number): void {
    this.work.set(slot, null);
    this.contexts.set(slot, null);
    this.sequence[slot] = NOBODY;
    this.next[slot] = this.firstFree;
    this.firstFree = slot;
    if (--this.takenCount === 0) this.startOver();
  }

  /** Takes every slot from whoever owns it. */
  clear(): void {
    this.work.clear();
    this.contexts.clear();
    this.sequence.fill(NOBODY);
    this.startOver();
  }

  /** Whether `timer` waits here, or is due and has not begun to run. */
  isOwner(timer: TimerHandle): boolean {
    return timer.slot !== NONE && this.sequence[timer.slot] === timer.sequence;
  }

  isCancelled(slot: number): boolean {
    return this.work.get(slot) === null;
  }

  /** By time, equal times in order of setting. */
  isBefore(a: number, b: number): boolean {
    const aMs = this.whenMs[a] as number;
    const bMs = this.whenMs[b] as number;
    return aMs < bMs || (aMs === bMs && (this.sequence[a] as number) < (this.sequence[b] as number));
  }

  private unusedSlot(): number {
    const slot = this.firstFree;
    if (slot !== NONE) {
      this.firstFree = this.next[slot] as number;
      return slot;
    }
    if (this.usedCount === this.next.length) {
      this.whenMs = widened(this.whenMs);
      this.sequence = widened(this.sequence);
      this.next = widened(this.next);
    }
    return this.usedCount++;
  }

  /** No slot is taken any more: the next ones lie side by side again, in arrays that are not larger than usual. */
  private startOver(): void {
    if (this.usedCount > KEPT_SLOTS) {
      this.whenMs = new Float64Array(INITIAL_SLOTS);
      this.sequence = new Float64Array(INITIAL_SLOTS);
      this.next = new Int32Array(INITIAL_SLOTS);
      this.work.clear();
      this.contexts.clear();
    }
    this.usedCount = 0;
    this.takenCount = 0;
    this.firstFree = NONE;
  }
}
