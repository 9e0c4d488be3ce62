/**
 * Timers that are not sorted yet: a list of them, and a rung, a stretch of time cut into equal pieces with a
 * list each.
 *
 * Both hold slots chained through `slots.next`, so that moving a timer from one to the other writes two
 * integers.
 */

import { NONE, type TimerSlots } from './timer-slots.ts';

export class SlotList {
  private readonly slots: TimerSlots;
  private head = NONE;
  private tail = NONE;

  constructor(slots: TimerSlots) {
    this.slots = slots;
  }

  append(slot: number): void {
    const next = this.slots.next;
    next[slot] = NONE;
    if (this.tail === NONE) this.head = slot;
    else next[this.tail] = slot;
    this.tail = slot;
  }

  /** Empties the list; returns its first slot, from where `next` leads through the others. */
  takeAll(): number {
    const head = this.head;
    this.head = NONE;
    this.tail = NONE;
    return head;
  }

  /** Drops what is cancelled. */
  filter(drop: (slot: number) => void): void {
    for (let slot = this.takeAll(); slot !== NONE; ) {
      const next = this.slots.next[slot] as number;
      if (this.slots.isCancelled(slot)) drop(slot);
      else this.append(slot);
      slot = next;
    }
  }
}

/**
 * About so many timers a bucket. Fewer buckets mean longer sorts, more mean more memory: 8 to 32 cost the
 * same.
 */
const TIMERS_PER_BUCKET = 16;

/**
 * Times below `current` have been taken out. Which bucket a time belongs to never decreases with the time,
 * roundings included, so all of one bucket come before all of the next.
 */
export class Rung {
  private readonly slots: TimerSlots;
  private readonly startMs: number;
  private readonly bucketsPerMs: number;
  private readonly heads: Int32Array;
  private readonly tails: Int32Array;
  private current = 0;

  /** For about `count` timers from `startMs` to `endMs`; see {@link Rung.canSplit}. */
  constructor(slots: TimerSlots, count: number, startMs: number, endMs: number) {
    const bucketCount = bucketsFor(count);
    this.slots = slots;
    this.startMs = startMs;
    this.bucketsPerMs = bucketCount / (endMs - startMs);
    this.heads = new Int32Array(bucketCount).fill(NONE);
    this.tails = new Int32Array(bucketCount).fill(NONE);
  }

  /**
   * Whether the ends of this stretch would be in different buckets; not when they are equal, or too close or
   * far for a double.
   */
  static canSplit(count: number, startMs: number, endMs: number): boolean {
    const bucketsPerMs = bucketsFor(count) / (endMs - startMs);
    return bucketsPerMs > 0 && bucketsPerMs < Number.POSITIVE_INFINITY;
  }

  /**
   * Puts the slot in its bucket, unless that has been taken: then it belongs to what comes before this rung.
   */
  add(slot: number): boolean {
    const place = Math.floor((this.slots.whenMs(slot) - this.startMs) * this.bucketsPerMs);
    // Later than the end this rung was made for: the last bucket, which is sorted like any other when it is
    // taken.
    const bucket = Math.min(place, this.heads.length - 1);
    if (bucket < this.current) return false;
    this.append(bucket, slot);
    return true;
  }

  /**
   * Empties the next bucket that is not empty, and returns its first slot as {@link SlotList.takeAll} does;
   * else `NONE`.
   */
  takeNext(): number {
    const heads = this.heads;
    while (this.current < heads.length) {
      const bucket = this.current++;
      const head = heads[bucket] as number;
      if (head !== NONE) return head;
    }
    return NONE;
  }

  /** Whether all buckets have been taken, so that nothing can be added any more. */
  isExhausted(): boolean {
    return this.current === this.heads.length;
  }

  /** Drops what is cancelled. */
  filter(drop: (slot: number) => void): void {
    for (let bucket = this.current; bucket < this.heads.length; bucket++) {
      let slot = this.heads[bucket] as number;
      this.heads[bucket] = NONE;
      this.tails[bucket] = NONE;
      while (slot !== NONE) {
        const next = this.slots.next[slot] as number;
        if (this.slots.isCancelled(slot)) drop(slot);
        else this.append(bucket, slot);
        slot = next;
      }
    }
  }

  private append(bucket: number, slot: number): void {
    const next = this.slots.next;
    const tail = this.tails[bucket] as number;
    next[slot] = NONE;
    if (tail === NONE) this.heads[bucket] = slot;
    else next[tail] = slot;
    this.tails[bucket] = slot;
  }
}

function bucketsFor(count: number): number {
  return Math.ceil(count / TIMERS_PER_BUCKET) + 1;
}
