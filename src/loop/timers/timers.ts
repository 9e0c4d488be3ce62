/**
 * The timers of one loop, earliest first; equal times in the order they were set.
 *
 * A ladder queue (Tang, Goh, Thng, "Ladder queue: an O(1) priority queue structure for large-scale discrete
 * event simulation", ACM TOMACS 15(3), 2005): nothing is sorted before it has to be, and then only a few
 * timers at a time. Unlike the calendar queue (Brown, CACM 31(10), 1988), whose days all have one length, it
 * cuts time finer where timers are dense.
 *
 *     set   ──>  top      not sorted; everything not before `topFromMs`
 *                 │       when the rest is empty, all at once:
 *                 v
 *                rungs    equal stretches of time, not sorted; the last rung divides a bucket of the one above it
 *                 │       when the bottom is empty, the next bucket of the last rung: if it is too large, another rung
 *                 v
 *     take  <──  bottom   run: sorted; grows at its end only.   late: a heap of what was set for a time before the run's end
 *
 * Invariant: all of the bottom come before all of the last rung, these before all of the rung above, and
 * those before all of the top. Where a new timer belongs therefore follows from its time alone, and ties are
 * decided in the bottom, by sequence numbers.
 *
 * One delay set again and again, the usual case, arrives in order: then the top becomes the run after one
 * look at each. Few timers never see a rung: up to {@link SORTED_AT_ONCE} go from the top to the run by
 * insertion.
 *
 * Most timers are timeouts that never fire, so cancelling must be cheap: a cancelled one stays where it is
 * and is dropped when it is met. When more than half of all are cancelled, and more than
 * {@link MAX_IDLE_CANCELLED}, all of those are dropped. Looked at whenever their share grows, when one is
 * cancelled and when others come due, this holds at any time: at most as many are cancelled as wait, or that
 * number. (asyncio: the same share.)
 */

import type { ReadyQueue } from '../ready-queue.ts';
import type { TimerHandle, TimerOwner } from '../timer-handle.ts';
import { DueTimers } from './due-timers.ts';
import { LateTimers } from './late-timers.ts';
import { SortedRun } from './sorted-run.ts';
import { Rung, SlotList } from './timer-rung.ts';
import { DUE, NONE, TimerSlots } from './timer-slots.ts';

/** This many cancelled timers are not worth looking for: half of asyncio's `_MIN_SCHEDULED_TIMER_HANDLES`. */
const MAX_IDLE_CANCELLED = 50;
/**
 * So many are sorted by insertion; more are divided first. The paper's threshold is 50; 32 to 128 cost the
 * same here.
 */
const SORTED_AT_ONCE = 64;
/**
 * The paper's limit. Each divides by the number of its buckets: only times that double precision hardly tells
 * apart need more.
 */
const MAX_RUNGS = 8;

export class Timers {
  private readonly slots = new TimerSlots();
  private readonly due: DueTimers;
  private readonly top = new SlotList(this.slots);
  /** What comes at this time or later belongs to the top. */
  private topFromMs = Number.NEGATIVE_INFINITY;
  /** The widest first. */
  private readonly rungs: Rung[] = [];
  private readonly run = new SortedRun(this.slots);
  private readonly late = new LateTimers(this.slots);
  private lastSequence = 0;
  private count = 0;
  private cancelledCount = 0;

  /** @param ready where timers go when they are due */
  constructor(ready: ReadyQueue, owner: TimerOwner) {
    this.due = new DueTimers(this.slots, ready, owner);
  }

  /** How many wait, cancelled ones that were not met yet included; not those that are due. */
  get length(): number {
    return this.count;
  }

  /** How many wait, cancelled ones left out. */
  get pendingCount(): number {
    return this.count - this.cancelledCount;
  }

  /** Whether a timer waits: it is neither cancelled nor due. */
  isPending(timer: TimerHandle): boolean {
    const { slots } = this;
    return slots.isOwner(timer) && !slots.isCancelled(timer.slot) && slots.next[timer.slot] !== DUE;
  }

  /** Those that wait and whose handles are known: in debug mode, all of them. */
  pendingHandles(): TimerHandle[] {
    return this.slots.handles().filter((timer) => this.isPending(timer));
  }

  set(timer: TimerHandle): void {
    const sequence = ++this.lastSequence;
    const slot = this.slots.take(timer.whenMs, sequence, timer.work(), timer.context);
    timer.sequence = sequence;
    timer.slot = slot;
    this.count++;
    if (timer.whenMs !== Number.POSITIVE_INFINITY) this.place(slot, timer.whenMs);
  }

  /** A timer has been cancelled, which may have been taken out before. */
  noteCancelled(timer: TimerHandle): void {
    const { slots } = this;
    const { slot } = timer;
    if (!slots.isOwner(timer) || slots.isCancelled(slot)) return;
    slots.cancel(slot);
    if (slots.next[slot] === DUE) return;
    this.cancelledCount++;
    if (timer.whenMs === Number.POSITIVE_INFINITY) {
      this.drop(slot);
    } else if (this.count === 1 && this.run.first() === slot) {
      // One timeout at a time, set and cancelled: the run is empty again.
      this.run.removeFirst();
      this.drop(slot);
    }
    this.compactIfWorthIt();
  }

  /** A timer has changed in a way that only the handle knows of: that is what must run. */
  noteChanged(timer: TimerHandle): void {
    if (this.slots.isOwner(timer) && !this.slots.isCancelled(timer.slot)) this.slots.keepHandle(timer);
  }

  /** When the next timer is due, or `Infinity`. */
  nextWhenMs(): number {
    const slot = this.first();
    return slot === NONE ? Number.POSITIVE_INFINITY : this.slots.whenMs(slot);
  }

  /** Puts the timers that are due at `nowMs` in the ready queue, in order. Returns how many. */
  queueDue(nowMs: number): number {
    const { slots, due } = this;
    let dueCount = 0;
    for (let slot = this.first(); slot !== NONE; slot = this.first()) {
      if (slots.whenMs(slot) > nowMs) break;
      this.removeFirst(slot);
      this.count--;
      due.add(slot);
      dueCount++;
    }
    due.queue();
    // Those that were due are no longer among those that wait.
    if (dueCount > 0) this.compactIfWorthIt();
    return dueCount;
  }

  clear(): void {
    this.due.clear();
    this.slots.clear();
    this.top.takeAll();
    this.rungs.length = 0;
    this.run.clear();
    this.late.clear();
    this.topFromMs = Number.NEGATIVE_INFINITY;
    this.count = 0;
    this.cancelledCount = 0;
  }

  private compactIfWorthIt(): void {
    const { cancelledCount } = this;
    if (cancelledCount > MAX_IDLE_CANCELLED && cancelledCount * 2 > this.count) this.compact();
  }

  private place(slot: number, whenMs: number): void {
    if (this.count === 1) this.placeAlone(slot, whenMs);
    else if (whenMs >= this.topFromMs) this.top.append(slot);
    else this.placeBelowTop(slot);
  }

  /** The only one there is: no need to look for it later. */
  private placeAlone(slot: number, whenMs: number): void {
    // Setting the length of an array calls into the engine: more than all the rest here.
    if (this.rungs.length > 0) this.rungs.length = 0;
    this.run.append(slot);
    this.topFromMs = whenMs;
  }

  private placeBelowTop(slot: number): void {
    const { run, late } = this;
    for (const rung of this.rungs) if (rung.add(slot)) return;
    if (run.append(slot)) return;
    late.push(slot);
    // As many as an eighth of the run, so that dividing a long run again is paid for by those who came.
    if (late.length > SORTED_AT_ONCE && late.length * 8 > run.length) this.divideBottom();
  }

  /** The earliest that is not cancelled, left where it is; else `NONE`. */
  private first(): number {
    while (this.count > 0) {
      const slot = this.firstOfBottom();
      if (slot === NONE) {
        if (!this.refill()) return NONE;
      } else if (this.slots.isCancelled(slot)) {
        this.removeFirst(slot);
        this.drop(slot);
      } else {
        return slot;
      }
    }
    return NONE;
  }

  private firstOfBottom(): number {
    const inRun = this.run.first();
    if (this.late.length === 0) return inRun;
    const late = this.late.first();
    return inRun === NONE || this.slots.isBefore(late, inRun) ? late : inRun;
  }

  /** Takes what {@link first} has found out of the bottom. */
  private removeFirst(slot: number): void {
    if (slot === this.run.first()) this.run.removeFirst();
    else this.late.pop();
  }

  /**
   * The bottom is empty: gets more. False when there is nothing; else it may be that all there was is
   * cancelled.
   */
  private refill(): boolean {
    const rung = this.rungs.at(-1);
    if (rung !== undefined) {
      const head = rung.takeNext();
      if (rung.isExhausted()) this.rungs.pop();
      this.load(head);
      return true;
    }
    const head = this.top.takeAll();
    this.topFromMs = this.load(head);
    return head !== NONE;
  }

  /** Makes a list the run, or the next rung. Returns its latest time, `-Infinity` for none. */
  private load(head: number): number {
    this.run.clear();
    const order = this.run.unsorted();
    for (let slot = head; slot !== NONE; ) {
      const next = this.slots.next[slot] as number;
      if (this.slots.isCancelled(slot)) this.drop(slot);
      else order.push(slot);
      slot = next;
    }
    return this.arrange();
  }

  /** What is in the run, in no order, gets sorted or becomes the next rung. Returns its latest time. */
  private arrange(): number {
    const { slots, run } = this;
    const { items, length } = run.unsorted();
    let isSorted = true;
    let startMs = Number.POSITIVE_INFINITY;
    let endMs = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < length; i++) {
      const slot = items[i] as number;
      const whenMs = slots.whenMs(slot);
      if (whenMs < startMs) startMs = whenMs;
      if (whenMs > endMs) endMs = whenMs;
      else if (isSorted && i > 0) isSorted = slots.isBefore(items[i - 1] as number, slot);
    }
    if (isSorted) return endMs;
    const isLong = length > SORTED_AT_ONCE && this.rungs.length < MAX_RUNGS;
    if (isLong && Rung.canSplit(length, startMs, endMs)) {
      const rung = new Rung(slots, length, startMs, endMs);
      for (let i = 0; i < length; i++) rung.add(items[i] as number);
      this.rungs.push(rung);
      run.clear();
    } else {
      run.sort(SORTED_AT_ONCE);
    }
    return endMs;
  }

  /**
   * So much came late that the bottom is not small any more: it becomes another rung, or, where there is
   * none, part of the top.
   */
  private divideBottom(): void {
    const { run, top } = this;
    if (this.rungs.length === MAX_RUNGS) return;
    const order = run.unsorted();
    this.late.moveTo(order);
    if (this.rungs.length > 0) {
      this.arrange();
    } else {
      for (let i = 0; i < order.length; i++) top.append(order.items[i] as number);
      run.clear();
      this.topFromMs = Number.NEGATIVE_INFINITY;
    }
  }

  /** Forgets a cancelled timer that is in no list any more. */
  private readonly drop = (slot: number): void => {
    this.slots.release(slot);
    this.count--;
    this.cancelledCount--;
  };

  /** Drops all that is cancelled, and leaves the others where they are. */
  private compact(): void {
    this.run.filter(this.drop);
    this.late.filter(this.drop);
    for (const rung of this.rungs) rung.filter(this.drop);
    this.top.filter(this.drop);
  }
}
