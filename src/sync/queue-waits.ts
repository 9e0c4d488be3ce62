/** The three ways to wait for a queue: for an item, for room, for the end of all work. */

import { type Ended, ParkedCoroutine, type ParkingLot } from './parking-lot.ts';
import type { Primitive } from './primitive.ts';

/** The result of a wait that returns nothing. Drivers only read it. */
export const NOTHING: Ended<void> = { done: true, value: undefined };

/** What the waits ask of their queue. */
export interface QueueRules<T> {
  /** What `get()` can have; `promised` when it was awakened, and an item is kept for it. */
  tryGet(promised: boolean): Ended<T> | null;
  /** Whether `put(item)` has put it; `promised` when it was awakened, and a place is kept for it. */
  tryPut(item: T, promised: boolean): Ended<void> | null;
  /** Passes on an item that was kept for a task that gave up. */
  promiseItems(): void;
  /** Passes on a place that was kept for a task that gave up. */
  promisePlaces(): void;
  /** Whether there is no unfinished work. */
  allDone(): boolean;
}

export class QueueGet<T> extends ParkedCoroutine<T, Primitive & QueueRules<T>> {
  protected attempt(): Ended<T> | null {
    return this.primitive.tryGet(false);
  }

  protected override granted(): Ended<T> | null {
    return this.primitive.tryGet(true);
  }

  protected override gaveUp(): void {
    this.primitive.promiseItems();
  }
}

export class QueuePut<T> extends ParkedCoroutine<void, Primitive & QueueRules<T>> {
  private readonly item: T;

  constructor(queue: Primitive & QueueRules<T>, putters: ParkingLot, item: T) {
    super(queue, putters, 'put');
    this.item = item;
  }

  protected attempt(): Ended<void> | null {
    return this.primitive.tryPut(this.item, false);
  }

  protected override granted(): Ended<void> | null {
    return this.primitive.tryPut(this.item, true);
  }

  protected override gaveUp(): void {
    this.primitive.promisePlaces();
  }
}

export class QueueJoin extends ParkedCoroutine<void, Primitive & QueueRules<unknown>> {
  protected attempt(): Ended<void> | null {
    return this.primitive.allDone() ? NOTHING : null;
  }

  /** Even if there is new work meanwhile. */
  protected override granted(): Ended<void> {
    return NOTHING;
  }
}
