/** The end of a loop: nothing is left running. */

import type { Awaitable, Coroutine } from '../coroutines/coroutine.ts';
import { isFuture } from '../futures/future.ts';
import { allTasks } from '../tasks/current-task.ts';
import type { Task } from '../tasks/task.ts';
import type { EventLoop } from './event-loop.ts';

/** Tasks that end may start others, which are ended in their turn. More rounds than this are a program that never ends. */
const MAX_ROUNDS = 100;

/**
 * Cancels every task of a loop and runs it until each has ended, also those that are made meanwhile. Reports the tasks that
 * failed, and those that are left because each round of cancelling made new ones.
 * @returns whether all have ended
 */
export function cancelAllTasks(loop: EventLoop): boolean {
  for (const ending of roundsOfEnding(loop)) loop.runUntilComplete(ending);
  return loop.liveTasks.size === 0;
}

/** The same as rounds, each to be run to its end before the next is asked for, by whichever driver. */
export function* roundsOfEnding(loop: EventLoop): Generator<Coroutine<void>, void, undefined> {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const tasks = [...allTasks(loop)];
    if (tasks.length === 0) return;
    for (const task of tasks) task.cancel();
    yield allDone(tasks);
    reportFailures(loop, tasks);
  }
  const [task] = allTasks(loop);
  if (task === undefined) return;
  const count = loop.liveTasks.size;
  loop.callExceptionHandler({
    message: `run() abandoned ${count} of its tasks: after ${MAX_ROUNDS} rounds of cancelling, tasks that end still start new ones`,
    task,
  });
}

function reportFailures(loop: EventLoop, tasks: readonly Task<unknown>[]): void {
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
