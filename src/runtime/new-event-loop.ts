/** Making a loop by a function, for what asks for one, such as `loopFactory`. */

import type { LoopOptions } from '../loop/loop-core.ts';
import { EventLoop } from './event-loop.ts';

/**
 * A new event loop. `asyncio.new_event_loop` of CPython 3.13: the same as `new EventLoop(options)`. Close it when it is done with.
 *
 *     const loop = newEventLoop();
 *     try {
 *       loop.runUntilComplete(main());
 *     } finally {
 *       loop.close();
 *     }
 */
export function newEventLoop(options?: LoopOptions): EventLoop {
  return new EventLoop(options);
}
