/** `run()`: the whole life of a program's loop. */

import { CancelledError, KeyboardInterrupt, RuntimeError } from '../base/errors.ts';
import type { Coroutine } from '../coroutines/coroutine.ts';
import { runningLoopOrNull } from '../loop/current-loop.ts';
import type { LoopOptions } from '../loop/loop-core.ts';
import { catchInterrupts } from '../signals/interrupt.ts';
import { allTasks } from '../tasks/current-task.ts';
import type { Task } from '../tasks/task.ts';
import { coroutineOf, EventLoop, type Main } from './event-loop.ts';

/**
 * Runs a coroutine to its end on a new event loop, blocking this thread, and returns its result: `asyncio.run` of CPython 3.13,
 * inside Node.
 *
 *     const value = run(main());
 *
 * Whatever happens, tasks that are left are cancelled and run to their end, and the loop is closed. On Ctrl-C the main task is
 * cancelled, its `finally` blocks run, and then `run` throws KeyboardInterrupt; a second Ctrl-C kills.
 *
 * @param main a coroutine, or a function that makes one
 * @throws what the coroutine throws; RuntimeError inside a running loop; KeyboardInterrupt
 */
export function run<T>(main: Main<T>, options?: LoopOptions): T {
  if (runningLoopOrNull() !== null) {
    throw new RuntimeError(
      'run() cannot be called from a running event loop. Use "yield*" to await a coroutine there.',
    );
  }
  const loop = new EventLoop(options);
  try {
    return runMain(loop, loop.createTask(coroutineOf(main, 'run'), { name: 'main' }));
  } finally {
    try {
      cancelAllTasks(loop);
    } finally {
      loop.close();
    }
  }
}

/** Runs the main task with Ctrl-C bound to its cancellation. */
function runMain<T>(loop: EventLoop, task: Task<T>): T {
  let interrupted = false;
  const restore = catchInterrupts(loop, () => {
    interrupted = true;
    if (!task.done()) task.cancel();
  });
  try {
    return loop.runUntilComplete(task);
  } catch (error) {
    if (interrupted && error instanceof CancelledError && task.uncancel() === 0) {
      throw new KeyboardInterrupt('interrupted by Ctrl-C (SIGINT)');
    }
    throw error;
  } finally {
    restore?.();
  }
}

/** Ends what is left: cancels every task and runs the loop until each has had its say. */
function cancelAllTasks(loop: EventLoop): void {
  const tasks = [...allTasks(loop)];
  if (tasks.length === 0) return;
  for (const task of tasks) task.cancel();
  loop.runUntilComplete(settled(tasks));
  for (const task of tasks) {
    if (task.cancelled()) continue;
    const exception = task.exception();
    if (exception === null) continue;
    loop.callExceptionHandler({ message: 'A task failed while run() was shutting down', exception, task });
  }
}

/** Waits until every one of `tasks` is done, whatever they end with. */
function* settled(tasks: readonly Task<unknown>[]): Coroutine<void> {
  for (const task of tasks) {
    try {
      yield* task;
    } catch {
      // Looked at one by one afterwards.
    }
  }
}
