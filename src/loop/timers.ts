/**
 * The timers of one loop: a heap of handles, earliest first; equal times in the order they were set.
 *
 * Four children a node instead of two: half the levels, so that pushing a later deadline (the usual case) compares less
 * and a pop stays within fewer cache lines.
 *
 * Most timers are timeouts that never fire, so cancelling must be cheap: a cancelled handle stays where it is and is
 * dropped when it surfaces. When more than half of more than {@link COMPACT_ABOVE} are cancelled the heap is rebuilt without
 * them, so the memory held is at most about twice what is needed (asyncio: `_MIN_SCHEDULED_TIMER_HANDLES`, same numbers).
 */

import type { TimerHandle } from './handle.ts';

/** Below this many timers a rebuild is not worth it. Same number as asyncio's. */
const COMPACT_ABOVE = 100;
const ARITY = 4;

export class Timers {
  private heap: TimerHandle[] = [];
  private cancelledCount = 0;

  get length(): number {
    return this.heap.length;
  }

  push(timer: TimerHandle): void {
    const heap = this.heap;
    timer.inHeap = true;
    heap.push(timer);
    this.siftUp(heap.length - 1, timer);
  }

  /** A timer in the heap has been cancelled. */
  noteCancelled(): void {
    this.cancelledCount++;
    if (this.heap.length > COMPACT_ABOVE && this.cancelledCount * 2 > this.heap.length) this.compact();
  }

  /** When the next timer is due, or `Infinity`. */
  nextWhenMs(): number {
    this.dropCancelled();
    const first = this.heap[0];
    return first === undefined ? Number.POSITIVE_INFINITY : first.whenMs;
  }

  /** Takes the next timer that is due at `nowMs`, or `null`. */
  takeDue(nowMs: number): TimerHandle | null {
    this.dropCancelled();
    const first = this.heap[0];
    if (first === undefined || first.whenMs > nowMs) return null;
    return this.pop(first);
  }

  clear(): void {
    for (const timer of this.heap) timer.inHeap = false;
    this.heap = [];
    this.cancelledCount = 0;
  }

  private dropCancelled(): void {
    for (let first = this.heap[0]; first?.cancelled(); first = this.heap[0]) {
      this.cancelledCount--;
      this.pop(first);
    }
  }

  private pop(first: TimerHandle): TimerHandle {
    first.inHeap = false;
    const last = this.heap.pop();
    if (last !== undefined && last !== first) this.siftDown(0, last);
    return first;
  }

  private compact(): void {
    const kept: TimerHandle[] = [];
    for (const timer of this.heap) {
      if (timer.cancelled()) timer.inHeap = false;
      else kept.push(timer);
    }
    this.heap = kept;
    this.cancelledCount = 0;
    for (let i = (kept.length - 2) >> 2; i >= 0; i--) {
      const timer = kept[i];
      if (timer !== undefined) this.siftDown(i, timer);
    }
  }

  private siftUp(start: number, timer: TimerHandle): void {
    const heap = this.heap;
    let index = start;
    while (index > 0) {
      const parentIndex = (index - 1) >> 2;
      const parent = heap[parentIndex] as TimerHandle;
      if (!isBefore(timer, parent)) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = timer;
  }

  private siftDown(start: number, timer: TimerHandle): void {
    const heap = this.heap;
    const length = heap.length;
    let index = start;
    for (;;) {
      const firstChild = index * ARITY + 1;
      if (firstChild >= length) break;
      let least = heap[firstChild] as TimerHandle;
      let leastIndex = firstChild;
      const end = Math.min(firstChild + ARITY, length);
      for (let i = firstChild + 1; i < end; i++) {
        const child = heap[i] as TimerHandle;
        if (isBefore(child, least)) {
          least = child;
          leastIndex = i;
        }
      }
      if (!isBefore(least, timer)) break;
      heap[index] = least;
      index = leastIndex;
    }
    heap[index] = timer;
  }
}

function isBefore(a: TimerHandle, b: TimerHandle): boolean {
  return a.whenMs < b.whenMs || (a.whenMs === b.whenMs && a.sequence < b.sequence);
}
