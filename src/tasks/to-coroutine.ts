/** For APIs that take a coroutine function or a plain one. */

import { type Coroutine, isAwaitable, isCoroutineFunction } from '../coroutines/coroutine.ts';
import { describeValue, PROMISE_REMEDY } from '../coroutines/misuse.ts';
import { fromPromise } from '../futures/from-promise.ts';
import { isPromiseLike } from '../futures/promise-bridge.ts';
import { runningLoop } from '../loop/current-loop.ts';

/** A coroutine function, or a plain function. */
export type AnyFunction<A extends readonly unknown[], T> = (...args: A) => T | Coroutine<T>;

/**
 * A coroutine function that does what `fn` does: itself if it is one, else one that calls it and returns its
 * result. What a plain function returns is awaited if it can be.
 *
 *     const job = toCoroutine(callback);
 *     createTask(job());
 *
 * @throws TypeError when `fn` is no function; when called in a blocking run, if it returned a Promise
 */
export function toCoroutine<A extends readonly unknown[], T>(
  fn: AnyFunction<A, T>,
): (...args: A) => Coroutine<T> {
  if (typeof fn !== 'function')
    throw new TypeError(`toCoroutine: a function is needed, got ${describeValue(fn)}`);
  if (isCoroutineFunction(fn)) return fn as (...args: A) => Coroutine<T>;
  return function* call(...args: A): Coroutine<T> {
    const result = fn(...args);
    if (isPromiseLike(result)) {
      if (runningLoop('toCoroutine').isGuest) return (yield* fromPromise(result)) as T;
      throw new TypeError(`${fn.name || 'the function'} is async and returned a Promise. ${PROMISE_REMEDY}`);
    }
    return isCoroutineResult(result) ? yield* result : result;
  };
}

/** A string or an array is iterable too, and is a result like any other. */
function isCoroutineResult<T>(result: T | Coroutine<T>): result is Coroutine<T> {
  return isAwaitable(result) && typeof (result as { next?: unknown }).next === 'function';
}
