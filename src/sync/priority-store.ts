/** A binary min-heap: the least item first, and of equal ones the one that came first. */

import type { ItemStore } from './item-store.ts';

/**
 * Negative when `a` comes before `b`, positive when after, 0 when it does not matter: what `Array.sort`
 * takes.
 */
export type Comparator<T> = (a: T, b: T) => number;

interface Entry<T> {
  readonly item: T;
  /** Order of arrival. */
  readonly sequence: number;
}

/**
 * The comparator is the user's and may throw, for items that have no order. So both operations first find the
 * way that the entries will move, comparing only, and then move them: an error leaves every item where it
 * was.
 */
export class PriorityStore<T> implements ItemStore<T> {
  private readonly heap: Entry<T>[] = [];
  private readonly compare: Comparator<T>;
  private sequence = 0;

  constructor(compare: Comparator<T>) {
    this.compare = compare;
  }

  get length(): number {
    return this.heap.length;
  }

  push(item: T): void {
    const entry = { item, sequence: this.sequence };
    const path = this.pathUp(entry);
    this.sequence++;
    let index = this.heap.length;
    for (const parentIndex of path) {
      this.heap[index] = this.heap[parentIndex] as Entry<T>;
      index = parentIndex;
    }
    this.heap[index] = entry;
  }

  take(): T {
    const heap = this.heap;
    const { item } = heap[0] as Entry<T>;
    const moved = heap[heap.length - 1] as Entry<T>;
    const path = this.pathDown(moved, heap.length - 1);
    heap.pop();
    if (heap.length === 0) return item;
    let index = 0;
    for (const childIndex of path) {
      heap[index] = heap[childIndex] as Entry<T>;
      index = childIndex;
    }
    heap[index] = moved;
    return item;
  }

  clear(): void {
    this.heap.length = 0;
  }

  peek(count: number): T[] {
    return this.heap.slice(0, count).map((entry) => entry.item);
  }

  /** The ancestors, nearest first, that `entry`, put at the end, comes before. */
  private pathUp(entry: Entry<T>): number[] {
    const path: number[] = [];
    for (let index = this.heap.length; index > 0; ) {
      index = (index - 1) >> 1;
      if (!this.isBefore(entry, this.heap[index] as Entry<T>)) break;
      path.push(index);
    }
    return path;
  }

  /**
   * The descendants, from the top, that come before `entry`, put in place of the first, in a heap of `length`
   * entries.
   */
  private pathDown(entry: Entry<T>, length: number): number[] {
    const path: number[] = [];
    for (let child = 1; child < length; child = child * 2 + 1) {
      const right = child + 1;
      if (right < length && this.isBefore(this.heap[right] as Entry<T>, this.heap[child] as Entry<T>))
        child = right;
      if (!this.isBefore(this.heap[child] as Entry<T>, entry)) break;
      path.push(child);
    }
    return path;
  }

  private isBefore(a: Entry<T>, b: Entry<T>): boolean {
    const order = this.compare(a.item, b.item);
    if (typeof order !== 'number' || Number.isNaN(order)) {
      throw new TypeError(`PriorityQueue: compare(a, b) must return a number, got ${String(order)}`);
    }
    return order < 0 || (order === 0 && a.sequence < b.sequence);
  }
}
