/** Timers in order, taken from the front; what comes after the last can be added. */

import { IntVector } from '../../base/columns.ts';
import { NONE, type TimerSlots } from './timer-slots.ts';

export class SortedRun {
  private readonly slots: TimerSlots;
  private readonly order = new IntVector();
  /** How many of `order` have been taken. */
  private start = 0;

  constructor(slots: TimerSlots) {
    this.slots = slots;
  }

  get length(): number {
    return this.order.length - this.start;
  }

  /** The earliest, or `NONE`. */
  first(): number {
    return this.start < this.order.length ? (this.order.items[this.start] as number) : NONE;
  }

  /** Takes {@link first} out. Only when there is one. */
  removeFirst(): void {
    this.start++;
  }

  /** Adds the slot, unless it comes before the last. */
  append(slot: number): boolean {
    const { order } = this;
    if (this.start === order.length) this.clear();
    else if (this.slots.isBefore(slot, order.items[order.length - 1] as number)) return false;
    else if (this.start * 2 > order.length) this.moveToFront();
    order.push(slot);
    return true;
  }

  /** The slots, for whoever adds some in no order; {@link sort} must follow, or {@link clear}. */
  unsorted(): IntVector {
    this.moveToFront();
    return this.order;
  }

  /** Few by insertion, which costs next to nothing where they are nearly in order. */
  sort(byInsertionUpTo: number): void {
    const { slots, order } = this;
    if (order.length <= byInsertionUpTo) sortByInsertion(slots, order);
    else order.items.subarray(0, order.length).sort((a, b) => (slots.isBefore(a, b) ? -1 : 1));
  }

  /** Drops what is cancelled. */
  filter(drop: (slot: number) => void): void {
    this.slots.dropCancelled(this.unsorted(), drop);
  }

  clear(): void {
    this.order.clear();
    this.start = 0;
  }

  private moveToFront(): void {
    const { order } = this;
    if (this.start === 0) return;
    order.items.copyWithin(0, this.start, order.length);
    order.length -= this.start;
    this.start = 0;
  }
}

function sortByInsertion(slots: TimerSlots, order: IntVector): void {
  const { items, length } = order;
  for (let i = 1; i < length; i++) {
    const slot = items[i] as number;
    let place = i;
    for (; place > 0; place--) {
      const before = items[place - 1] as number;
      if (!slots.isBefore(slot, before)) break;
      items[place] = before;
    }
    items[place] = slot;
  }
}
