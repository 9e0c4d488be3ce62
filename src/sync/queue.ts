/**
 * Items handed from tasks to tasks.
 *
 * Awakening a task that waits in `get()` promises it an item, one that waits in `put()` a free place; neither
 * is taken out of the store before the task takes its next step, so a cancellation loses nothing. Two
 * invariants make it fair and lossless:
 *
 *  - a task that calls `get()` while others wait, awakened or not, waits behind them; likewise for `put()`;
 *  - while there are items promised to no task and tasks that wait for one, a task is awakened, and its next
 *    step promises the rest to others; likewise for free places.
 *
 * `getNowait` and `putNowait` cannot wait, so they take what is there, promised or not. A task that was
 * promised it waits again, in its old place.
 */

import { inspect } from 'node:util';
import { QueueEmpty, QueueFull, QueueShutDown } from '../base/errors.ts';
import { awaitBody, checkBody } from '../cancellation/await-body.ts';
import type { AwaitableInput, Coroutine } from '../coroutines/coroutine.ts';
import { describeValue } from '../coroutines/misuse.ts';
import { FifoStore, type ItemStore } from './item-store.ts';
import { type Ended, ParkingLot } from './parking-lot.ts';
import { Primitive } from './primitive.ts';
import { NOTHING, QueueGet, QueueJoin, QueuePut, type QueueRules } from './queue-waits.ts';

/** How many items a description lists. */
const ITEMS_SHOWN = 10;

/**
 * A queue, first in, first out. `asyncio.Queue` of CPython 3.13.
 *
 *     const queue = new Queue<Job>(100);
 *     createTask(queue.each(function* (job) {
 *       yield* work(job);
 *     }));
 *     yield* queue.put(job);
 *     …
 *     queue.shutdown();          // each() ends when the rest is done
 *     yield* queue.join();
 */
export class Queue<T> extends Primitive implements QueueRules<T> {
  /** How many items it holds at most; 0 or less: any number. */
  readonly maxsize: number;
  private readonly store: ItemStore<T>;
  private readonly getters = new ParkingLot();
  private readonly putters = new ParkingLot();
  private readonly joiners = new ParkingLot();
  private unfinishedCount = 0;
  private isShutDown = false;

  /**
   * @param maxsize how many items it holds at most; 0 or less: any number
   * @param store for subclasses: the order in which items come out
   */
  constructor(maxsize = 0, store: ItemStore<T> = new FifoStore<T>()) {
    super();
    if (typeof maxsize !== 'number' || Number.isNaN(maxsize)) {
      throw new TypeError(`new Queue(maxsize): a number of items is needed, got ${describeValue(maxsize)}`);
    }
    this.maxsize = maxsize;
    this.store = store;
  }

  /** How many items are in the queue. */
  qsize(): number {
    return this.store.length;
  }

  /** Whether there is nothing in the queue. */
  empty(): boolean {
    return this.store.length === 0;
  }

  /** Whether there are {@link maxsize} items in the queue. Never, when that is 0 or less. */
  full(): boolean {
    return !this.hasRoom(0);
  }

  /**
   * Puts an item; waits while the queue is full, or others wait to put. Does not suspend otherwise.
   * @throws QueueShutDown when the queue is shut down, also while waiting
   */
  put(item: T): Coroutine<void> {
    return new QueuePut(this, this.putters, item);
  }

  /**
   * Puts an item at once.
   * @throws QueueFull when there is no room; QueueShutDown
   */
  putNowait(item: T): void {
    if (this.isShutDown) throw this.shutDownError('putNowait');
    if (this.full()) throw new QueueFull(`${this.constructor.name}.putNowait(): ${this} is full`);
    this.add(item);
  }

  /**
   * Takes the next item; waits while the queue is empty, or others wait to get. Does not suspend otherwise.
   * @throws QueueShutDown when the queue is shut down and empty, also while waiting
   */
  get(): Coroutine<T> {
    return new QueueGet(this, this.getters, 'get');
  }

  /**
   * Takes the next item at once.
   * @throws QueueEmpty if the queue is empty; QueueShutDown if it will stay so
   */
  getNowait(): T {
    if (this.store.length > 0) return this.take();
    if (this.isShutDown) throw this.shutDownError('getNowait');
    throw new QueueEmpty(`${this.constructor.name}.getNowait(): ${this} is empty`);
  }

  /**
   * Runs `body(item)` for one item after the other until the queue is shut down and empty. An item counts as
   * done ({@link taskDone}) when its body has ended, however it ended; what a body throws ends the loop.
   *
   * This stands in for Python's `while True: item = await queue.get()`: JavaScript's `for…of` cannot suspend.
   * To stop earlier, write such a loop with {@link get} yourself. Several tasks may do this on one queue.
   *
   *     yield* queue.each(function* (job) {
   *       yield* work(job);
   *     });
   */
  *each(body: (item: T) => AwaitableInput<unknown>): Coroutine<void> {
    const call = `${this.constructor.name}.each`;
    checkBody(body, call);
    for (;;) {
      const next = yield* this.getUnlessShutDown();
      if (next === null) return;
      try {
        yield* awaitBody(body, next.value, call);
      } finally {
        this.taskDone();
      }
    }
  }

  /**
   * Says that the work on an item taken from the queue is done; once for each.
   * @throws RangeError when called more often than items were put (Python's ValueError)
   */
  taskDone(): void {
    if (this.unfinishedCount <= 0) {
      throw new RangeError(
        `${this.constructor.name}.taskDone(): ${this} has no unfinished task; called too many times`,
      );
    }
    this.unfinishedCount--;
    this.wakeJoiners();
  }

  /** Waits until the work on every item that was put is done. Does not suspend when it is. */
  join(): Coroutine<void> {
    return new QueueJoin(this, this.joiners, 'join');
  }

  /**
   * Ends the queue: putting raises QueueShutDown from now on, getting does so once the queue is empty. Every
   * waiting task is woken.
   *
   * @param immediate true to drop the items that are left, each as if it were done. `{ immediate }` is
   *   understood too.
   */
  shutdown(immediate: boolean | { readonly immediate?: boolean | undefined } = false): void {
    this.isShutDown = true;
    if (typeof immediate === 'object' ? immediate.immediate === true : immediate) this.dropItems();
    this.getters.wakeAll();
    this.putters.wakeAll();
  }

  /** @internal What `get()` can have. `promised`: the caller was awakened, the item is kept for it. */
  tryGet(promised: boolean): Ended<T> | null {
    // After the shutdown no task may wait, so newcomers take what is there, as in CPython.
    if (!promised && !this.isShutDown && this.getters.size > 0) return null;
    if (this.store.length === 0) {
      if (this.isShutDown) throw this.shutDownError('get');
      return null;
    }
    const item = this.take();
    if (promised) this.promiseItems();
    return { done: true, value: item };
  }

  /** @internal Whether `put(item)` could put it. */
  tryPut(item: T, promised: boolean): Ended<void> | null {
    if (this.isShutDown) throw this.shutDownError('put');
    if (!promised && this.putters.size > 0) return null;
    if (!this.hasRoom(0)) return null;
    this.add(item);
    if (promised) this.promisePlaces();
    return NOTHING;
  }

  /** @internal Keeps the second invariant, for items. */
  promiseItems(): void {
    while (this.store.length > this.getters.awakened && this.getters.wakeOne() !== null);
  }

  /** @internal Keeps the second invariant, for free places. */
  promisePlaces(): void {
    while (this.hasRoom(this.putters.awakened) && this.putters.wakeOne() !== null);
  }

  /** @internal */
  allDone(): boolean {
    return this.unfinishedCount === 0;
  }

  protected override describe(): string {
    const parts = [this.constructor.name, `maxsize=${this.maxsize}`];
    if (this.store.length > 0) parts.push(`_queue=[${this.itemsText()}]`);
    if (this.getters.parked > 0) parts.push(`_getters[${this.getters.parked}]`);
    if (this.putters.parked > 0) parts.push(`_putters[${this.putters.parked}]`);
    if (this.unfinishedCount > 0) parts.push(`tasks=${this.unfinishedCount}`);
    if (this.isShutDown) parts.push('shutdown');
    return parts.join(' ');
  }

  private itemsText(): string {
    const shown = this.store
      .peek(ITEMS_SHOWN)
      .map((item) => inspect(item, { depth: 0, breakLength: Infinity }));
    return shown.join(', ') + (this.store.length > shown.length ? ', …' : '');
  }

  private hasRoom(promisedPlaces: number): boolean {
    return this.maxsize <= 0 || this.store.length + promisedPlaces < this.maxsize;
  }

  private add(item: T): void {
    this.store.push(item);
    this.unfinishedCount++;
    this.promiseItems();
  }

  private take(): T {
    const item = this.store.take();
    this.promisePlaces();
    return item;
  }

  private *getUnlessShutDown(): Coroutine<{ value: T } | null> {
    try {
      return { value: yield* this.get() };
    } catch (error) {
      if (error instanceof QueueShutDown) return null;
      throw error;
    }
  }

  private dropItems(): void {
    this.unfinishedCount = Math.max(this.unfinishedCount - this.store.length, 0);
    this.store.clear();
    this.wakeJoiners();
  }

  private wakeJoiners(): void {
    if (this.unfinishedCount === 0) this.joiners.wakeAll();
  }

  private shutDownError(method: string): QueueShutDown {
    return new QueueShutDown(`${this.constructor.name}.${method}(): ${this} is shut down`);
  }
}
