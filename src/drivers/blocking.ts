/**
 * The blocking driver: this thread sleeps in the selector's system call whenever the loop has nothing to do.
 */

import { LONGEST_WAIT_MS, waitSlice } from '../kernel/waits.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import { loopSteps } from '../loop/step.ts';

/** Runs the loop until `stop()`, blocking this thread. */
export function driveBlocking(loop: LoopCore): void {
  const steps = loopSteps(loop);
  const { clock, wakers } = loop;
  let step = steps.next(0);
  while (step.done !== true) {
    const timeoutMs = step.value;
    // Most often `null`: something may come.
    const known = timeoutMs === 0 || wakers.watch === null ? null : wakers.watch.beforeIdle(timeoutMs);
    step = steps.next(known ?? (clock === null ? waitSliced(loop, timeoutMs) : clock.wait(loop, timeoutMs)));
  }
}

/** One wait of the loop, in slices. Returns the number of ready events, 0 when the time has passed. */
function waitSliced(loop: LoopCore, timeoutMs: number): number {
  const selector = loop.selector;
  const isShort = timeoutMs >= 0 && timeoutMs <= LONGEST_WAIT_MS;
  if (isShort || !selector.waitsOccupyThread) return selector.poll(timeoutMs);
  const deadlineMs = timeoutMs < 0 ? Number.POSITIVE_INFINITY : loop.time() + timeoutMs;
  for (;;) {
    const leftMs = deadlineMs - loop.time();
    if (leftMs <= 0) return 0;
    const readyCount = selector.poll(waitSlice(leftMs, true));
    if (readyCount > 0) return readyCount;
  }
}
