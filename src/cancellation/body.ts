/** The body of a scope, a timeout, a group: what `async with` is in Python. */

import { type Awaitable, isAwaitable } from '../coroutines/coroutine.ts';
import { describeValue } from '../coroutines/misuse.ts';

/** Calls `body` with what it runs in; what it returned, for `yield*`. @throws TypeError for what is no body, with the remedy */
export function awaitBody<S, T>(body: (around: S) => Awaitable<T>, around: S, call: string): Awaitable<T> {
  if (typeof body !== 'function') {
    throw new TypeError(
      `${call}: the body must be a function, got ${describeValue(body)}. Write function* () {…}.`,
    );
  }
  const made = body(around);
  if (isAwaitable(made)) return made;
  throw new TypeError(
    `${call}: the body must be a function* or return something to await; it returned ${describeValue(made)}.`,
  );
}
