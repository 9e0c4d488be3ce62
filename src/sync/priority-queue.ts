/** A queue that gives back the least item first. */

import { describeValue } from '../coroutines/misuse.ts';
import { compareNaturally } from './natural-order.ts';
import { type Comparator, PriorityStore } from './priority-store.ts';
import { Queue } from './queue.ts';

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
 * Without `compare`, numbers, strings, dates, and arrays of those are compared as Python compares tuples; anything else is a
 * TypeError. Items that compare equal come out in the order in which they were put (asyncio leaves that open). An error of the
 * comparison goes to whoever put or got, and leaves the items as they were.
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
