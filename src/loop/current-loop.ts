/** The loop that is running on this thread. A worker thread has its own copy of this module, so its own answer. */

import { RuntimeError } from '../base/errors.ts';
import type { LoopCore } from './loop-core.ts';

let running: LoopCore | null = null;

/** The running loop, or `null`. */
export function runningLoopOrNull(): LoopCore | null {
  return running;
}

/**
 * The running loop.
 * @throws RuntimeError outside of one
 */
export function runningLoop(call: string): LoopCore {
  if (running === null) throw noLoop(call);
  return running;
}

/** Sets the running loop and returns the one before. */
export function setRunningLoop(loop: LoopCore | null): LoopCore | null {
  const previous = running;
  running = loop;
  return previous;
}

/** Apart, because V8 decides by size what it compiles into a caller, and counts what never runs; so for other errors on the hot path. */
function noLoop(call: string): RuntimeError {
  return new RuntimeError(`${call}: no event loop is running. Call it inside a coroutine given to run().`);
}
