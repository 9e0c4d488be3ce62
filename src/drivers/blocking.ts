/**
 * The blocking driver: this thread sleeps in the selector's system call whenever the loop has nothing to do.
 */

import type { LoopCore } from '../loop/loop-core.ts';
import { loopSteps } from '../loop/step.ts';

/**
 * The longest single system call. V8 acts on interrupts (`worker.terminate()`, the inspector, `process.exit()` from another
 * thread) only between calls into native code: uncut, each of them would wait for the next event (measured: `terminate()`
 * during a 4 s wait took 4.06 s). Four wakes a second cost nothing that can be measured.
 */
const SLICE_MS = 250;

/** Runs the loop until `stop()`, blocking this thread. */
export function driveBlocking(loop: LoopCore): void {
  const steps = loopSteps(loop);
  const { clock } = loop;
  let step = steps.next(0);
  while (step.done !== true) {
    step = steps.next(clock === null ? waitSliced(loop, step.value) : clock.wait(loop, step.value));
  }
}

/** One wait of the loop, in slices. Returns the number of ready events, 0 when the time has passed. */
function waitSliced(loop: LoopCore, timeoutMs: number): number {
  const selector = loop.selector;
  // A simulated wait occupies no thread, and slices would hide from it that nothing can ever happen.
  if ((timeoutMs >= 0 && timeoutMs <= SLICE_MS) || selector.kind === 'simulated')
    return selector.poll(timeoutMs);
  const deadlineMs = timeoutMs < 0 ? Number.POSITIVE_INFINITY : loop.time() + timeoutMs;
  for (;;) {
    const leftMs = deadlineMs - loop.time();
    if (leftMs <= 0) return 0;
    const readyCount = selector.poll(Math.min(leftMs, SLICE_MS));
    if (readyCount > 0) return readyCount;
  }
}
