/** How a task is made: its options, and what follows from them. */

import { type Context, givenContext, snapshotContext } from '../base/context.ts';
import type { CancelNode } from '../cancellation/cancel-tree.ts';
import { runningLoopOrNull } from '../loop/current-loop.ts';
import { Daemons } from '../loop/daemons.ts';
import { DAEMONS } from '../loop/extras.ts';
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
   * Whether the deadlock check ignores this task, with its timers and socket calls: it is neither counted as
   * waiting nor expected to wake others. For heartbeats and the like. Tasks that it starts are daemons too.
   * Default: false.
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
  const name = options?.name ?? null;
  return name === null ? number : String(name);
}

/** The context of a new task. */
export function contextFor(options: TaskOptions | undefined): Context {
  if (options === undefined) return snapshotContext();
  return givenContext(options.context, 'createTask') ?? snapshotContext();
}

/** Tells instruments of a new task. Adds it to the daemons, if it is to be one, or was started by one. */
export function enlist(loop: LoopCore, task: LiveTask & InstrumentedTask, options: TaskOptions): void {
  const { liveTasks, currentTask } = loop;
  loop.instruments?.taskCreated.tell(task);
  const isInherited = currentTask !== null && liveTasks.daemons?.tasks.has(currentTask) === true;
  if (!(options.daemon ?? isInherited)) return;
  liveTasks.daemons ??= new Daemons(loop.timers);
  loop.extras |= DAEMONS;
  liveTasks.daemons.tasks.add(task);
}

/** Takes a task that has ended out of its loop. */
export function delist(loop: LoopCore, task: LiveTask): void {
  loop.liveTasks.remove(task);
  if (loop.extras !== 0) loop.liveTasks.daemons?.tasks.delete(task);
}

/** Whether a new task takes its first step at once. */
export function beginsNow(loop: LoopCore, options: TaskOptions): boolean {
  return options.eagerStart === true && runningLoopOrNull() === loop;
}
