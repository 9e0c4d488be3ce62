/**
 * The body of the loop, once, for every driver: a generator that hands out how long to wait and is sent how many events
 * the selector found.
 *
 *     driver                         steps                              state
 *     ------                         -----                              -----
 *     wait up to timeoutMs  <------  yield timeoutMs                    0 while something is ready, else the next timer
 *     readyCount            ------>  1 tell the waiters of each event   completes futures, queues handles
 *                                    2 queue the timers that are due
 *                                    3 run today's batch                what becomes ready now waits for the next pass
 *                                    4 end here if stop() was called
 *
 * The blocking driver answers with a real blocking wait; a guest driver answers from Node's own loop.
 */

import type { LoopCore } from './loop-core.ts';
import { runBatchTimed } from './slow-steps.ts';

/** Waits longer than this are cut: a clock that far ahead is a mistake or "for ever". asyncio's 24 hours. */
const MAX_WAIT_MS = 24 * 3600 * 1000;

export function* loopSteps(loop: LoopCore): Generator<number, void, number> {
  for (;;) {
    const readyCount = yield timeoutMs(loop);
    if (readyCount > 0) loop.io.dispatch(readyCount, loop.hooks?.selectorEvent);
    queueDueTimers(loop);
    loop.beginPass();
    if (loop.getDebug()) runBatchTimed(loop);
    else loop.ready.runBatch();
    if (loop.takeStopRequest()) return;
  }
}

/** How long the selector may sleep: not at all, until the next timer, or for ever (-1). */
function timeoutMs(loop: LoopCore): number {
  if (loop.ready.length > 0 || loop.stopRequested()) return 0;
  if (loop.timers.length === 0) return -1;
  const whenMs = loop.timers.nextWhenMs();
  if (whenMs === Number.POSITIVE_INFINITY) return -1;
  return Math.min(Math.max(whenMs - loop.time(), 0), MAX_WAIT_MS);
}

function queueDueTimers(loop: LoopCore): void {
  if (loop.timers.length === 0) return;
  const nowMs = loop.time();
  for (let timer = loop.timers.takeDue(nowMs); timer !== null; timer = loop.timers.takeDue(nowMs)) {
    loop.ready.push(timer);
  }
}
