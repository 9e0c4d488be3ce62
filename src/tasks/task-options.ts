/** How a task is made: its options, and what follows from them. */

import { type Context, snapshotContext } from '../base/context.ts';
import type { CancelNode } from '../cancellation/cancel-tree.ts';
import type { LoopCore } from '../loop/loop-core.ts';

/** Options of {@link createTask} and `new Task`. */
export interface TaskOptions {
  /** A name for messages. Default, also for `null`: `Task-1`, `Task-2`, … */
  readonly name?: string | null | undefined;
  /** The context the coroutine runs in. Default: a copy of the current one. */
  readonly context?: Context | undefined;
  /** Take the first step at once, inside the call, if the loop is running. Default: in the loop's next pass. */
  readonly eagerStart?: boolean | undefined;
  /** @internal The cancel scope it begins its life in: that of the group it belongs to. */
  readonly cancelScope?: CancelNode | null | undefined;
}

/** The options of `new Task`. */
export interface LoopTaskOptions extends TaskOptions {
  readonly loop?: LoopCore | undefined;
}

let taskCount = 0;

/** The name of a new task: a number as long as nobody has named it, nor asked. Every task counts, as in asyncio. */
export function nextName(options: TaskOptions | undefined): string | number {
  const number = ++taskCount;
  return options === undefined ? number : String(options.name ?? `Task-${number}`);
}

/** The context of a new task. */
export function contextFor(options: TaskOptions | undefined): Context {
  return options?.context ?? snapshotContext();
}
