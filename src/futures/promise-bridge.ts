/**
 * Futures and Promises.
 *
 * A Promise settles in V8's microtask queue, which is drained when the stack is empty: never inside a blocking `run()`. So the
 * two meet only where one of them is done, or where Node's own loop turns. Everywhere else the answer is an error at once, with
 * the remedy; waiting would be for ever.
 */

import { RuntimeError } from '../base/errors.ts';

/** What to do instead of awaiting a Promise inside `run()`. */
export const PROMISE_REMEDY =
  'A Promise cannot settle while run() blocks this thread: await it outside of run(), or use what selectloop offers for it.';

/** True for a Promise, or anything else with a `then` that is not a future of ours. */
export function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  );
}

/**
 * The implementation of `future.then`, which `await future` calls in an async function. A future that is done answers at once;
 * a pending one refuses, because its loop cannot run until the async function's stack is gone.
 */
export function settleFromFuture<T>(
  future: { done(): boolean; result(): T; toString(): string },
  fulfil: (value: T) => unknown,
  reject: (reason: unknown) => unknown,
): void {
  if (!future.done()) {
    reject(
      new RuntimeError(
        `await ${future}: it is pending, and its loop runs only inside run(). Use "yield*" in a coroutine, or loop.runUntilComplete(future).`,
      ),
    );
    return;
  }
  let result: T;
  try {
    result = future.result();
  } catch (error) {
    reject(error);
    return;
  }
  fulfil(result);
}
