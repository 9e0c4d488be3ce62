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
  /** Passes on an item that was kept for somebody. */
  promiseItems(): void;
  /** Passes on a place that was kept for somebody. */
  promisePlaces(): void;
  /** Whether there is no unfinished work. */
  allDone(): boolean;
}

export class QueueGet<T> extends ParkedCoroutine<T> {
  private readonly queue: QueueRules<T>;

  constructor(queue: Primitive & QueueRules<T>, getters: ParkingLot) {
    super(queue, getters);
    this.queue = queue;
  }

  protected attempt(): Ended<T> | null {
    return this.queue.tryGet(false);
  }

  protected granted(): Ended<T> | null {
    return this.queue.tryGet(true);
  }

  protected gaveUp(): void {
    this.queue.promiseItems();
  }

  protected call(): string {
    return 'get';
  }
}

export class QueuePut<T> extends ParkedCoroutine<void> {
  private readonly queue: QueueRules<T>;
  private readonly item: T;

  constructor(queue: Primitive & QueueRules<T>, putters: ParkingLot, item: T) {
    super(queue, putters);
    this.queue = queue;
    this.item = item;
  }

  protected attempt(): Ended<void> | null {
    return this.queue.tryPut(this.item, false);
  }

  protected granted(): Ended<void> | null {
    return this.queue.tryPut(this.item, true);
  }

  protected gaveUp(): void {
    this.queue.promisePlaces();
  }

  protected call(): string {
    return 'put';
  }
}

export class QueueJoin extends ParkedCoroutine<void> {
  private readonly queue: QueueRules<unknown>;

  constructor(queue: Primitive & QueueRules<unknown>, joiners: ParkingLot) {
    super(queue, joiners);
    this.queue = queue;
  }

  protected attempt(): Ended<void> | null {
    return this.queue.allDone() ? NOTHING : null;
  }

  protected granted(): Ended<void> {
    return NOTHING;
  }

  protected gaveUp(): void {}

  protected call(): string {
    return 'join';
  }
}
