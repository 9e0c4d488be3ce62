/**
 * All tasks of a loop and which waits for which, as plain data: what the trees, tables and diagrams of this
 * room are drawn from, and what goes to another process as JSON.
 */

import type { StackFrame } from '../coroutines/probe.ts';
import { runningLoop } from '../loop/current-loop.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import { awaitedTasks } from '../tasks/awaits.ts';
import { allTasks } from '../tasks/current-task.ts';
import type { Task } from '../tasks/task.ts';
import { userFrames, waitOf } from '../tasks/task-stack.ts';
import { idOf } from './task-ids.ts';

/** One task in a {@link TaskGraph}. */
export interface TaskGraphNode {
  /** A number that is this task's for its whole life. */
  readonly id: number;
  readonly name: string;
  /** `running`: on the stack now. `ready`: about to take a step. `waiting`: for what `waitsFor` says. */
  readonly state: 'running' | 'ready' | 'waiting';
  /** Whether it does not count for deadlocks: see `createTask`. */
  readonly daemon: boolean;
  /** The user's source, the outermost call first; empty before the first step. */
  readonly stack: readonly StackFrame[];
  /** In words: `sleep(10)`, `get() of <Queue maxsize=0>`; `null` unless it waits. */
  readonly waitsFor: string | null;
  /**
   * The tasks it waits for, by their ids: those it awaits or gathers, those of its group, the one that holds
   * its lock.
   */
  readonly awaits: readonly number[];
}

/**
 * The live tasks of a loop, oldest first, made by {@link captureTaskGraph}. Plain data: `JSON.stringify`
 * takes it as it is.
 */
export interface TaskGraph {
  readonly tasks: readonly TaskGraphNode[];
}

/** What {@link captureTaskGraph} takes. */
export interface TaskGraphOptions {
  /** How many tasks at most, the oldest; each costs some 20 µs, for its stack. Default: all. */
  readonly limit?: number | undefined;
  /** Whether to ask each task where it stands. Default: yes. */
  readonly stacks?: boolean | undefined;
}

/**
 * The tasks of a loop that have not ended, where each stands, and whom it waits for. Nothing is recorded
 * beforehand, and nothing of the program runs. {@link formatTaskGraph} draws it.
 *
 *     const { tasks } = captureTaskGraph();
 *     for (const { name, waitsFor } of tasks) print(`${name}: ${waitsFor ?? 'runs'}`);
 *
 * @param loop default: the running one
 * @throws RuntimeError outside of a running loop, without one
 */
export function captureTaskGraph(loop?: LoopCore | null, options: TaskGraphOptions = {}): TaskGraph {
  const { limit = Number.POSITIVE_INFINITY, stacks = true } = options;
  const all = [...allTasks(loop ?? runningLoop('captureTaskGraph'))];
  const shown = limit < all.length ? all.slice(0, Math.max(limit, 0)) : all;
  return { tasks: shown.map((task) => taskNode(task, stacks)) };
}

/** One task as it is now. */
export function taskNode(task: Task<unknown>, withStack: boolean): TaskGraphNode {
  const waitsFor = waitOf(task);
  return {
    id: idOf(task),
    name: task.getName(),
    state: waitsFor !== null ? 'waiting' : task.loop.currentTask === task ? 'running' : 'ready',
    daemon: task.loop.liveTasks.daemons?.tasks.has(task) ?? false,
    stack: withStack ? userFrames(task) : [],
    waitsFor,
    awaits: waitsFor === null ? [] : [...awaitedTasks(task.waitingOn)].map(idOf),
  };
}
