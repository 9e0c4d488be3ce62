/** Long work on a loop, a bit in each pass, so that the program goes on meanwhile. */

import type { LoopCore } from '../loop/loop-core.ts';

/** Half a millisecond: what a message waits for longer than without. */
const TURN_MS = 0.5;

/** Calls `each` for all items, in as many passes as it takes, and then `done`. */
export function inTurns<T>(
  loop: LoopCore,
  items: readonly T[],
  each: (item: T) => void,
  done: () => void,
): void {
  let next = 0;
  const turn = (): void => {
    const endMs = loop.kernel.nowMs() + TURN_MS;
    while (next < items.length && loop.kernel.nowMs() < endMs) each(items[next++] as T);
    if (next < items.length) loop.callSoon(turn);
    else done();
  };
  turn();
}
