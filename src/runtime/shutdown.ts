/** The end of a loop: nothing is left running. */

import { DeadlockError } from '../base/errors.ts';
import type { Awaitable, Coroutine } from '../coroutines/coroutine.ts';
import { isFuture } from '../futures/future.ts';
import { allTasks } from '../tasks/current-task.ts';
import type { Task } from '../tasks/task.ts';
import type { EventLoop } from './event-loop.ts';

/**
 * Tasks that end may start others, which are ended in their turn. More rounds than this are a program that
 * never ends.
 */
const MAX_ROUNDS = 100;

/**
 * Cancels every task of a loop and runs it until each has ended, also those that are made meanwhile, and
 * until no callback is ready. Reports the tasks that failed, and those that are left because each round of
 * cancelling made new ones.
 * @returns whether all have ended
 */
export function cancelAllTasks(loop: EventLoop): boolean {
  for (const ending of roundsOfEnding(loop)) loop.runUntilComplete(ending);
  return loop.liveTasks.size === 0;
}

/** The same as rounds, each to be run to its end before the next is asked for, by whichever driver. */
export function* roundsOfEnding(loop: EventLoop): Generator<Coroutine<void>, void, undefined> {
  let isTold = false;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const tasks = [...allTasks(loop)];
    if (tasks.length === 0) {
      if (loop.ready.length === 0) return;
      yield aPass();
      continue;
    }
    for (const task of tasks) task.cancel();
    yield allDone(tasks, (error) => {
      // Cancelled again in the next round; once told is enough.
      if (!isTold) reportDeadlock(loop, error);
      isTold = true;
    });
    reportFailures(loop, tasks);
  }
  const [task] = allTasks(loop);
  if (task === undefined) return;
  const count = loop.liveTasks.size;
  loop.liveTasks.areAbandoned = true;
  loop.callExceptionHandler({
    message: `run() abandoned ${count} of its tasks: after ${MAX_ROUNDS} rounds of cancelling, there are still some that do not end, or start new ones`,
    task,
  });
}

/** When it has ended, what was ready has been called. */
function* aPass(): Coroutine<void> {}

function reportDeadlock(loop: EventLoop, exception: DeadlockError): void {
  loop.callExceptionHandler({
    message: 'run() ends, and tasks that it has cancelled wait for what can never come',
    exception,
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

/**
 * Waits until every one of `tasks` is done, whatever it ends with.
 * @param onDeadlock called instead if that will never be
 */
function* allDone(
  tasks: readonly Task<unknown>[],
  onDeadlock: (error: DeadlockError) => void,
): Coroutine<void> {
  for (const task of tasks) {
    try {
      yield* task;
    } catch (error) {
      // Each is looked at afterwards.
      if (task.done() || !(error instanceof DeadlockError)) continue;
      onDeadlock(error);
      return;
    }
  }
}
