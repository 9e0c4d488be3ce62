/** The end of a loop: nothing is left running. */

import type { Awaitable, Coroutine } from '../coroutines/coroutine.ts';
import { isFuture } from '../futures/future.ts';
import { allTasks } from '../tasks/current-task.ts';
import type { Task } from '../tasks/task.ts';
import type { EventLoop } from './event-loop.ts';

/** Cancels every task of a loop and runs it until each has had its say; reports those that failed instead. */
export function cancelAllTasks(loop: EventLoop): void {
  const tasks = [...allTasks(loop)];
  if (tasks.length === 0) return;
  for (const task of tasks) task.cancel();
  loop.runUntilComplete(allDone(tasks));
  for (const task of tasks) {
    if (!task.failed()) continue;
    loop.callExceptionHandler({
      message: 'unhandled exception during run() shutdown',
      exception: task.exception(),
      task,
    });
  }
}

/** Runs a loop until `last` is done; not at all if it is already, the usual case. */
export function finish(loop: EventLoop, last: Awaitable<unknown>): void {
  if (isFuture(last) && last.done()) last.result();
  else loop.runUntilComplete(last);
}

/** Waits until every one of `tasks` is done, whatever it ends with. */
function* allDone(tasks: readonly Task<unknown>[]): Coroutine<void> {
  for (const task of tasks) {
    try {
      yield* task;
    } catch {
      // Each is looked at afterwards.
    }
  }
}
