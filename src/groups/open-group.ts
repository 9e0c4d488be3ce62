/** Opening a group of tasks. */

import type { Coroutine } from '../coroutines/coroutine.ts';
import { TaskGroup, type TaskGroupBody, type TaskGroupOptions } from './task-group.ts';

/**
 * Runs `body` with a group of tasks, and ends when the body and all of them have. `asyncio.TaskGroup` of CPython 3.13.
 *
 *     const total = yield* taskGroup(function* (group) {
 *       const left = group.createTask(count('left'));
 *       const right = group.createTask(count('right'));
 *       return (yield* left) + (yield* right);
 *     });
 *
 * The first failure, of the body or a task, cancels all the others; when they have ended, the errors are raised together.
 *
 * @param body a coroutine function; it gets the {@link TaskGroup}
 * @param options `name`: for messages
 * @returns the body's value; `undefined` where `group.cancel()` cut the body short
 * @throws AggregateError with every error in `errors`, in order of occurrence, also when there is one; CancelledError when the task that
 *   called this was cancelled and nothing failed; KeyboardInterrupt as itself; RuntimeError outside of a task
 */
export function taskGroup<T>(body: TaskGroupBody<T>, options?: TaskGroupOptions): Coroutine<T> {
  return new TaskGroup(options).run(body);
}
