/** How a task is made: its options, and what follows from them. */

import { type Context, snapshotContext } from '../base/context.ts';
import type { CancelNode } from '../cancellation/cancel-tree.ts';
import { runningLoopOrNull } from '../loop/current-loop.ts';
import { Daemons } from '../loop/daemons.ts';
import type { InstrumentedTask } from '../loop/instrument.ts';
import type { LiveTask } from '../loop/live-tasks.ts';
import type { LoopCore } from '../loop/loop-core.ts';

/** Options of {@link createTask} and `new Task`. */
export interface TaskOptions {
  /** A name for messages. Default, also for `null`: `Task-1`, `Task-2`, … */
  readonly name?: string | null | undefined;
  /** The context the coroutine runs in. Default: a copy of the current one. */
  readonly context?: Context | undefined;
  /**
   * Take the first step at once, inside the call, if the loop is running. Default: in the loop's next pass.
   */
  readonly eagerStart?: boolean | undefined;
  /**
   * Whether it does not count when it is asked whether the program is deadlocked: neither as one that waits,
   * nor as one that could wake others, and no more do its timers and socket calls. For heartbeats and the
   * like. A task that it starts is one, too. Default: no.
   */
  readonly daemon?: boolean | undefined;
  /** @internal The cancel scope it begins its life in: that of the group it belongs to. */
  readonly cancelScope?: CancelNode | null | undefined;
}

/** The options of `new Task`. */
export interface LoopTaskOptions extends TaskOptions {
  readonly loop?: LoopCore | undefined;
}

let taskCount = 0;

/**
 * The name of a new task: a number as long as nobody has named it, nor asked. Every task counts, as in
 * asyncio.
 */
export function nextName(options: TaskOptions | undefined): string | number {
  const number = ++taskCount;
  return options === undefined ? number : String(options.name ?? `Task-${number}`);
}

/** The context of a new task. */
export function contextFor(options: TaskOptions | undefined): Context {
  return options?.context ?? snapshotContext();
}

/** Enters a new task into its loop. */
export function enlist(
  loop: LoopCore,
  task: LiveTask & InstrumentedTask,
  options: TaskOptions | undefined,
): void {
  loop.liveTasks.add(task);
  if (loop.instruments !== null) loop.instruments.taskCreated.tell(task);
  if (options !== undefined || loop.liveTasks.daemons !== null) enlistDaemon(loop, task, options?.daemon);
}

/** Adds a task to the daemons, if it is to be one, or is not told and was started by one. */
function enlistDaemon(loop: LoopCore, task: LiveTask, isDaemon: boolean | undefined): void {
  const { liveTasks, currentTask } = loop;
  const isInherited = currentTask !== null && liveTasks.daemons?.tasks.has(currentTask) === true;
  if (!(isDaemon ?? isInherited)) return;
  liveTasks.daemons ??= new Daemons(loop.timers);
  liveTasks.daemons.tasks.add(task);
}

/** Whether a new task takes its first step at once. */
export function beginsNow(loop: LoopCore, options: TaskOptions): boolean {
  return options.eagerStart === true && runningLoopOrNull() === loop;
}
