/**
 * Deadlocks, told before the wait that would never end: the rule is the table of docs/deadlocks.md.
 *
 * While a blocking run waits, no JavaScript of its thread runs but what its loop calls. So what could end the
 * wait is known, and can be counted: `loop/wakers.ts`. If that is nothing, and somebody waits, it is a
 * deadlock.
 */

import { DeadlockError } from '../base/errors.ts';
import type { Future } from '../futures/future.ts';
import { PENDING } from '../futures/future-state.ts';
import type { Daemons } from '../loop/daemons.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { ReadinessWaiter } from '../loop/readiness-waiter.ts';
import type { StallWatch } from '../loop/stall-watch.ts';
import { Task } from '../tasks/task.ts';
import { captureTaskGraph } from './task-graph.ts';
import { taskTree } from './task-text.ts';

/** How many tasks a message names, the oldest. */
const TASKS_SHOWN = 100;

/**
 * Whether nothing from outside can wake a loop that has nothing to do, and for how long it would wait at
 * most.
 */
function isStalled(loop: LoopCore, timeoutMs: number): boolean {
  const { daemons } = loop.liveTasks;
  const isExempt = daemons === null || daemons.tasks.size === 0 ? null : socketCallsOf(daemons);
  return !loop.wakers.areLeft(timeoutMs, isExempt);
}

/**
 * Tells the waiters of daemons' own socket calls. Not made, and not asked, before timers have been looked at.
 */
function socketCallsOf(daemons: Daemons): (waiter: ReadinessWaiter) => boolean {
  let theirs: Set<object> | null = null;
  return (waiter) => {
    theirs ??= sourcesOf(daemons);
    return theirs.has(waiter);
  };
}

/** What completes the futures that daemons await, those of a gather included. */
function sourcesOf(daemons: Daemons): Set<object> {
  const awaited = new Set<Future<unknown>>();
  for (const task of daemons.tasks) {
    if (task instanceof Task && task.waitingOn !== null) awaited.add(task.waitingOn);
  }
  const sources = new Set<object>();
  // Grows as it is walked.
  for (const future of awaited) {
    if (future instanceof Task) continue;
    if (future.source !== null) sources.add(future.source);
    for (const origin of future.origins()?.futures ?? []) awaited.add(origin);
  }
  return sources;
}

/** Every task, where it stands and what it waits for. */
function describeStall(loop: LoopCore): string {
  const count = loop.liveTasks.size;
  const graph = captureTaskGraph(loop, { limit: TASKS_SHOWN });
  const more = count > TASKS_SHOWN ? `\n… and ${count - TASKS_SHOWN} more` : '';
  return `${taskTree(graph)}${more}`;
}

/** A sentence for a wait that Node was perhaps to end: for a future that only the program can complete. */
function nodeHint(loop: LoopCore): string {
  const isBare = loop.liveTasks.snapshot().some((task) => {
    const awaited = task instanceof Task ? task.waitingOn : null;
    return awaited !== null && !(awaited instanceof Task) && awaited.source === null;
  });
  if (!isBare) return '';
  return " Node's own timers, Promises and callbacks stand still while run() blocks. If one of them is to complete it, use runGuest().";
}

/**
 * The watch of a blocking run: raises {@link DeadlockError} in the main coroutine, where it waits, so that
 * its `finally` blocks run. Whatever is not a task is ended by throwing it to whoever called `run`.
 */
export class RunWatch implements StallWatch {
  private readonly loop: LoopCore;
  private readonly main: Future<unknown>;

  constructor(loop: LoopCore, main: Future<unknown>) {
    this.loop = loop;
    this.main = main;
  }

  beforeIdle(timeoutMs: number): number | null {
    const { loop, main } = this;
    if (!isStalled(loop, timeoutMs)) return null;
    // What has come already, such as a Ctrl-C, is answered first.
    const readyCount = loop.selector.poll(0);
    if (readyCount > 0) return readyCount;
    const head = 'Deadlock: nothing that is left can wake any task of this loop.';
    const error = new DeadlockError('stalled', `${head}${nodeHint(loop)}\n${describeStall(loop)}`);
    if (!(main instanceof Task) || main.state !== PENDING) throw error;
    main.endWait(error);
    return 0;
  }
}

/**
 * The watch of a guest, which warns: something of Node's may wake it all the same, a timer or a server that
 * only the program knows of.
 */
export class GuestWatch implements StallWatch {
  private readonly loop: LoopCore;
  private lastTold = '';

  constructor(loop: LoopCore) {
    this.loop = loop;
  }

  beforeIdle(timeoutMs: number): number | null {
    const { loop } = this;
    const { daemons, size } = loop.liveTasks;
    const hasTasks = size > (daemons?.tasks.size ?? 0);
    if (!hasTasks || !isStalled(loop, timeoutMs)) {
      this.lastTold = '';
      return null;
    }
    const text = describeStall(loop);
    // It may rest again and again in the same place.
    if (text === this.lastTold) return null;
    this.lastTold = text;
    const head = "Nothing of this event loop's own can wake any of its tasks; Node's loop still may.";
    process.emitWarning(`${head}\n${text}`, 'DeadlockWarning');
    return null;
  }
}
