/** Which task is running, which tasks are alive. */

import { runningLoop } from '../loop/current-loop.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import { Task } from './task.ts';

/**
 * The task whose coroutine is running now, or `null` inside a plain callback. `asyncio.current_task`.
 * @throws RuntimeError outside of a running loop
 */
export function currentTask(loop?: LoopCore | null): Task<unknown> | null {
  const task = (loop ?? runningLoop('currentTask')).currentTask;
  return task instanceof Task ? task : null;
}

/**
 * The tasks of a loop that have not ended, oldest first. `asyncio.all_tasks`.
 * @param loop default: the running one
 * @throws RuntimeError outside of a running loop, without `loop`
 */
export function allTasks(loop?: LoopCore | null): Set<Task<unknown>> {
  const tasks = new Set<Task<unknown>>();
  for (const task of (loop ?? runningLoop('allTasks')).liveTasks.snapshot()) {
    if (task instanceof Task) tasks.add(task);
  }
  return tasks;
}
