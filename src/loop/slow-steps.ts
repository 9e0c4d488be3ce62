/** Debug mode's batch: the same as the ready queue's, with a clock around every step. */

import { writeLine } from '../kernel/print.ts';
import type { LoopCore } from './loop-core.ts';

/**
 * Runs what is ready now, and tells of each callback or task step that held the thread for longer than
 * `loop.slowCallbackDurationMs`: nothing else could run meanwhile.
 */
export function runBatchTimed(loop: LoopCore): void {
  for (let left = loop.ready.length; left > 0; left--) {
    const runnable = loop.ready.shift();
    if (runnable === undefined) return;
    const startMs = loop.kernel.nowMs();
    runnable.runReady();
    const durationMs = loop.kernel.nowMs() - startMs;
    if (durationMs >= loop.slowCallbackDurationMs) reportSlow(loop, runnable, durationMs);
  }
}

function reportSlow(loop: LoopCore, runnable: object, durationMs: number): void {
  const hook = loop.hooks?.slowStep;
  if (hook !== undefined) hook(runnable, durationMs);
  else writeLine(loop.kernel, 2, `Executing ${runnable} took ${durationMs.toFixed(1)} ms`);
}
