/**
 * The timers that were set for a time before those already sorted: a heap, since they come one by one.
 *
 * Four children a node instead of two: half the levels, so that pushing a later deadline (the usual case)
 * compares less and a pop stays within fewer cache lines.
 */

import { IntVector } from '../../base/columns.ts';
import type { TimerSlots } from './timer-slots.ts';

const ARITY = 4;

export class LateTimers {
  private readonly slots: TimerSlots;
  private readonly heap = new IntVector();

  constructor(slots: TimerSlots) {
    this.slots = slots;
  }

  get length(): number {
    return this.heap.length;
  }

  /** The earliest. Only when there is one. */
  first(): number {
    return this.heap.items[0] as number;
  }

  push(slot: number): void {
    this.heap.push(slot);
    this.siftUp(this.heap.length - 1, slot);
  }

  /** Takes {@link first} out. */
  pop(): void {
    const heap = this.heap;
    const last = heap.items[--heap.length] as number;
    if (heap.length > 0) this.siftDown(0, last);
    else heap.clear();
  }

  /** Moves all of them to the end of `target`, in no order. */
  moveTo(target: IntVector): void {
    for (let i = 0; i < this.heap.length; i++) target.push(this.heap.items[i] as number);
    this.heap.clear();
  }

  /** Drops what is cancelled. */
  filter(drop: (slot: number) => void): void {
    const { heap } = this;
    this.slots.dropCancelled(heap, drop);
    for (let i = (heap.length - 2) >> 2; i >= 0; i--) this.siftDown(i, heap.items[i] as number);
  }

  clear(): void {
    this.heap.clear();
  }

  private siftUp(start: number, slot: number): void {
    const items = this.heap.items;
    let index = start;
    while (index > 0) {
      const parentIndex = (index - 1) >> 2;
      const parent = items[parentIndex] as number;
      if (!this.slots.isBefore(slot, parent)) break;
      items[index] = parent;
      index = parentIndex;
    }
    items[index] = slot;
  }

  private siftDown(start: number, slot: number): void {
    const { items, length } = this.heap;
    let index = start;
    for (;;) {
      const firstChild = index * ARITY + 1;
      if (firstChild >= length) break;
      let least = items[firstChild] as number;
      let leastIndex = firstChild;
      const end = Math.min(firstChild + ARITY, length);
      for (let i = firstChild + 1; i < end; i++) {
        const child = items[i] as number;
        if (this.slots.isBefore(child, least)) {
          least = child;
          leastIndex = i;
        }
      }
      if (!this.slots.isBefore(least, slot)) break;
      items[index] = least;
      index = leastIndex;
    }
    items[index] = slot;
  }
}
