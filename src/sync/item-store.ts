/** In which order a queue gives back its items. */

/** Holds the items of a queue. */
export interface ItemStore<T> {
  readonly length: number;
  /** Adds an item. What it throws leaves the store as it was. */
  push(item: T): void;
  /** Takes the next item. The store is not empty. What it throws leaves the store as it was. */
  take(): T;
  clear(): void;
  /** Up to `count` items, for descriptions. */
  peek(count: number): T[];
}

/**
 * Below this many dead slots at the front nothing is moved: moving a few items for each take would cost more
 * than it frees.
 */
const COMPACT_ABOVE = 32;

/**
 * First in, first out. Each item is moved at most once on average, so taking costs the same however many
 * there are.
 */
export class FifoStore<T> implements ItemStore<T> {
  private slots: (T | undefined)[] = [];
  private head = 0;

  get length(): number {
    return this.slots.length - this.head;
  }

  push(item: T): void {
    this.slots.push(item);
  }

  take(): T {
    // The only one, as in most queues: V8 keeps the array's memory, which it lets go of when `length` is set.
    if (this.slots.length === 1) return this.slots.pop() as T;
    const item = this.slots[this.head] as T;
    this.slots[this.head++] = undefined;
    if (this.head === this.slots.length) this.clear();
    else if (this.head > COMPACT_ABOVE && this.head * 2 > this.slots.length) this.compact();
    return item;
  }

  clear(): void {
    this.slots.length = 0;
    this.head = 0;
  }

  peek(count: number): T[] {
    return this.slots.slice(this.head, this.head + count) as T[];
  }

  private compact(): void {
    this.slots = this.slots.slice(this.head);
    this.head = 0;
  }
}

/** Last in, first out. */
export class LifoStore<T> implements ItemStore<T> {
  private readonly items: T[] = [];

  get length(): number {
    return this.items.length;
  }

  push(item: T): void {
    this.items.push(item);
  }

  take(): T {
    return this.items.pop() as T;
  }

  clear(): void {
    this.items.length = 0;
  }

  peek(count: number): T[] {
    return this.items.slice(0, count);
  }
}
