/**
 * A first-in, first-out queue in one array: the ready queue's store.
 *
 * `Array#shift` moves every element once the array is long (V8 left-trims only up to a limit), so a queue of
 * 100,000 callbacks would cost quadratic time. The capacity is a power of two, so an index wraps with a mask.
 */
export class Ring<T> {
  private slots: (T | undefined)[];
  private mask: number;
  private head = 0;
  private count = 0;

  /** @param initialCapacity a power of two; the ring doubles when it is full and never shrinks */
  constructor(initialCapacity = 64) {
    this.slots = new Array<T | undefined>(initialCapacity).fill(undefined);
    this.mask = initialCapacity - 1;
  }

  get length(): number {
    return this.count;
  }

  push(value: T): void {
    if (this.count > this.mask) this.grow();
    this.slots[(this.head + this.count) & this.mask] = value;
    this.count++;
  }

  /** Puts an element before all others: it is the oldest from now on. */
  unshift(value: T): void {
    if (this.count > this.mask) this.grow();
    this.head = (this.head - 1) & this.mask;
    this.slots[this.head] = value;
    this.count++;
  }

  /** The oldest element, which stays; `undefined` when the ring is empty. */
  peek(): T | undefined {
    return this.count === 0 ? undefined : this.slots[this.head];
  }

  /** Takes the oldest element; `undefined` when the ring is empty. */
  shift(): T | undefined {
    if (this.count === 0) return undefined;
    const value = this.slots[this.head];
    this.slots[this.head] = undefined;
    this.head = (this.head + 1) & this.mask;
    this.count--;
    return value;
  }

  clear(): void {
    this.slots.fill(undefined);
    this.head = 0;
    this.count = 0;
  }

  private grow(): void {
    const wider = new Array<T | undefined>(this.slots.length * 2).fill(undefined);
    for (let i = 0; i < this.count; i++) wider[i] = this.slots[(this.head + i) & this.mask];
    this.slots = wider;
    this.mask = wider.length - 1;
    this.head = 0;
  }
}
