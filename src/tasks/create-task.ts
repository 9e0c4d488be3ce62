/** Starting a coroutine on its own. */

import type { Coroutine } from '../coroutines/coroutine.ts';
import { runningLoop } from '../loop/current-loop.ts';
import { Task, type TaskOptions } from './task.ts';

/**
 * Runs a coroutine concurrently, as a task of the running loop. It takes its first step in the loop's next pass; the loop
 * holds it until it ends. `asyncio.create_task` of CPython 3.13.
 *
 * @param coroutine what calling a `function*` returned
 * @throws TypeError for anything else; RuntimeError outside of a running loop
 */
export function createTask<T>(coroutine: Coroutine<T>, options?: TaskOptions): Task<T> {
  return new Task(coroutine, { ...options, loop: runningLoop('createTask') });
}
