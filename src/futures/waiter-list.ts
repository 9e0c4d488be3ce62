/** Lists of futures that wait for the same, of which each may be cancelled at any time. */

import type { Future } from './future.ts';

/** Below this nothing is dropped: most lists never have more than a few. */
const LENGTH_MIN = 16;

/**
 * Puts a future behind the others. Those that are done by now are dropped whenever the length is a power of
 * two: without that, a program that asks again and again with a timeout would never have its futures back.
 */
export function addWaiter<T>(waiters: Future<T>[], waiter: Future<T>): void {
  const { length } = waiters;
  if (length >= LENGTH_MIN && (length & (length - 1)) === 0) dropDone(waiters);
  waiters.push(waiter);
}

/** Gives all of them their result, and empties the list. */
export function wakeWaiters<T>(waiters: Future<T>[], result: T): void {
  for (const waiter of waiters.splice(0)) if (!waiter.done()) waiter.setResult(result);
}

function dropDone<T>(waiters: Future<T>[]): void {
  let kept = 0;
  for (const waiter of waiters) if (!waiter.done()) waiters[kept++] = waiter;
  waiters.length = kept;
}
