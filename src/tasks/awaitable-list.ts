/** The first argument of gather, wait and asCompleted: several awaitables, in one iterable. */

import { type AwaitableInput, isCoroutine } from '../coroutines/coroutine.ts';
import { describeValue } from '../coroutines/misuse.ts';
import { Future } from '../futures/future.ts';

/**
 * The awaitables of an iterable, as an array.
 * @throws TypeError for a single awaitable, which is iterable too but never meant
 */
export function awaitableList(
  awaitables: Iterable<AwaitableInput<unknown>>,
  call: string,
): AwaitableInput<unknown>[] {
  if (awaitables instanceof Future || isCoroutine(awaitables)) {
    throw new TypeError(
      `${call}: a list of awaitables is needed, got ${describeValue(awaitables)}. Write ${call}([…]).`,
    );
  }
  if (typeof awaitables !== 'object' || awaitables === null || !(Symbol.iterator in awaitables)) {
    throw new TypeError(`${call}: a list of awaitables is needed, got ${describeValue(awaitables)}`);
  }
  return [...awaitables];
}
