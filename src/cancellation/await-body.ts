/** The body of a scope, a timeout, a group: what `async with` is in Python. */

import { type Awaitable, type AwaitableInput, isAwaitable } from '../coroutines/coroutine.ts';
import { describeValue, isAsyncGenerator, isThenable, PROMISE_REMEDY } from '../coroutines/misuse.ts';
import { runningLoop } from '../loop/current-loop.ts';

/**
 * Calls `body` with `around`, and returns its result, ready for `yield*`.
 * @throws TypeError, with the remedy, if it is not a body
 */
export function awaitBody<S, T>(
  body: (around: S) => AwaitableInput<T>,
  around: S,
  call: string,
): Awaitable<T> {
  checkBody(body, call);
  const made = body(around);
  if (isAwaitable(made)) return made;
  if (isThenable(made)) return awaitPromise(made as PromiseLike<T>, call);
  throw new TypeError(
    `${call}: the body must be a function* or return something to await; it returned ${describeValue(made)}.`,
  );
}

/**
 * What to await of the return value of a body that may be a plain function. `null` for a value that cannot be
 * awaited, such as the new length that `lines.push(line)` returns.
 * @throws TypeError, with the remedy, for what is asynchronous and cannot be awaited
 */
export function awaitableOf(made: unknown, call: string): Awaitable<unknown> | null {
  if (isAwaitable(made)) return made;
  if (isThenable(made)) return awaitPromise(made as PromiseLike<unknown>, call);
  if (!isAsyncGenerator(made)) return null;
  throw new TypeError(`${call}: the body must be a function*; it returned an async generator.`);
}

/** Only a guest's loop knows how to await a Promise. */
function awaitPromise<T>(promise: PromiseLike<T>, call: string): Awaitable<T> {
  const { awaitPromise: bridge } = runningLoop(call);
  if (bridge === null) {
    throw new TypeError(
      `${call}: the body must be a function*; it returned ${describeValue(promise)}. ${PROMISE_REMEDY}`,
    );
  }
  return bridge(promise) as Awaitable<T>;
}

/** Checks a body, where something is acquired for it before it is called. @throws TypeError */
export function checkBody(body: unknown, call: string): void {
  if (typeof body === 'function') return;
  const remedy = isAwaitable(body)
    ? 'Pass the function* itself, or () => work(), and not what its call returned'
    : 'Pass a function*';
  throw new TypeError(`${call}: the body must be a function, got ${describeValue(body)}. ${remedy}.`);
}
