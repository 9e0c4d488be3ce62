/**
 * Ctrl-C while a loop runs.
 *
 * Node's own signal handlers run on Node's loop, which stands still while `run()` blocks. So for the time of a run SIGINT is
 * ours: a byte in a pipe that the selector watches. The first one asks the program to stop; the system's default action is
 * back in force from then on, so a second one kills even a program that is stuck in a computation. When the run ends, whatever
 * handled SIGINT before does so again.
 */

import { nodeModules } from '../base/node-modules.ts';

import { check, EBUSY } from '../kernel/errno.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import { signalsOf } from './signal-source.ts';

/**
 * Calls `onInterrupt` in the loop at the first Ctrl-C, unless the loop has a handler of its own for SIGINT. Returns the function that
 * puts back what was there before, or `null` where interrupts are not ours to take: in a worker thread, in a simulated world or
 * time, or when another run has them. That function returns whether a Ctrl-C came too late for the loop to see: in its last step.
 */
export function catchInterrupts(loop: LoopCore, onInterrupt: () => void): (() => boolean) | null {
  if (!nodeModules.workerThreads.isMainThread || loop.kernel.name !== 'native' || loop.clock !== null)
    return null;
  const signals = signalsOf(loop);
  const result = signals.catchInterrupt(() => loop.callSoon(onInterrupt));
  if (result === -EBUSY) return null;
  check(result, 'sigaction', 'SIGINT');
  return () => signals.releaseInterrupt();
}
