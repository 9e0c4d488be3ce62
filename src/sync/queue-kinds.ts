/** Queues that give items back in another order than they were put. */

import { describeValue } from '../coroutines/misuse.ts';
import { LifoStore } from './item-store.ts';
import { type Comparator, PriorityStore } from './priority-store.ts';
import { Queue } from './queue.ts';

/**
 * A queue that gives back the item that was put last. Otherwise it is a {@link Queue}. `asyncio.LifoQueue` of
 * CPython 3.13.
 */
export class LifoQueue<T> extends Queue<T> {
  /** @param maxsize how many items it holds at most; 0 or less: any number */
  constructor(maxsize = 0) {
    super(maxsize, new LifoStore<T>());
  }
}

/** Options of {@link PriorityQueue}. */
export interface PriorityQueueOptions<T> {
  /** Negative when `a` is to come out before `b`, as for `Array.sort`. */
  readonly compare?: Comparator<T> | undefined;
}

/**
 * A queue, lowest item first. `asyncio.PriorityQueue` of CPython 3.13.
 *
 *     const queue = new PriorityQueue<[number, string]>();
 *     queue.putNowait([2, 'later']);
 *     queue.putNowait([1, 'first']);
 *     queue.getNowait();                   // [1, 'first']
 *
 *     new PriorityQueue<Job>(0, { compare: (a, b) => a.dueMs - b.dueMs });
 *
 * Without `compare`, numbers, strings, dates, and arrays of those are compared as Python compares tuples;
 * anything else is a TypeError. Items that compare equal come out in the order in which they were put
 * (asyncio leaves that open). An error of the comparison is raised by the call that put or got, and leaves
 * the items as they were.
 */
export class PriorityQueue<T> extends Queue<T> {
  /**
   * @param maxsize how many items it holds at most; 0 or less: any number
   * @param options `compare`: the order
   */
  constructor(maxsize = 0, options?: PriorityQueueOptions<T>) {
    const compare = options?.compare ?? compareNaturally;
    if (typeof compare !== 'function') {
      throw new TypeError(
        `new PriorityQueue(maxsize, { compare }): compare must be a function, got ${describeValue(compare)}`,
      );
    }
    super(maxsize, new PriorityStore<T>(compare));
  }
}

/**
 * The order of values that have one, as Python has it. Compares two values: numbers, bigints and booleans by
 * value, strings by their UTF-16 units, dates by time, arrays item by item, the shorter first when one is the
 * beginning of the other. Items of arrays that are the same object are equal, whatever they are.
 *
 * @throws TypeError for values of different kinds, NaN, and all objects else
 */
function compareNaturally(a: unknown, b: unknown): number {
  if (isNumeric(a) && isNumeric(b)) return a < b ? -1 : a > b ? 1 : 0;
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  if (Array.isArray(a) && Array.isArray(b)) return compareArrays(a, b);
  if (isValidDate(a) && isValidDate(b)) return a.getTime() - b.getTime();
  throw new TypeError(
    `PriorityQueue: ${describeValue(a)} and ${describeValue(b)} have no order. Put arrays [priority, sequence, item] ` +
      'whose first members differ, or give the queue a { compare } function.',
  );
}

function compareArrays(a: readonly unknown[], b: readonly unknown[]): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    if (a[i] === b[i]) continue;
    const order = compareNaturally(a[i], b[i]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function isNumeric(value: unknown): value is number | bigint | boolean {
  if (typeof value === 'number') return !Number.isNaN(value);
  return typeof value === 'bigint' || typeof value === 'boolean';
}

function isValidDate(value: unknown): value is Date {
  return value instanceof Date && !Number.isNaN(value.getTime());
}
