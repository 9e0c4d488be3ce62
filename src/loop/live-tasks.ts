/**
 * The tasks of a loop that have not ended, held strongly: a task that nobody else refers to still runs to its
 * end (asyncio keeps weak references, and loses such tasks: python/cpython#117379).
 *
 * A list through the tasks themselves, since a task enters once and leaves once: two writes each, no hashing.
 */

import { rememberedOrigin } from './creation-stack.ts';
import type { Daemons } from './daemons.ts';
import type { ExceptionContext } from './exception-context.ts';

/** What the loop knows of a task. */
export interface LiveTask {
  previousLive: LiveTask | null;
  nextLive: LiveTask | null;
}

/** The loop they are of. */
interface ClosingLoop {
  readonly closeActions: (() => void)[];
  callExceptionHandler(context: ExceptionContext): void;
}

export class LiveTasks {
  /** Those that do not count when all others are deadlocked; `null` until there is one. */
  daemons: Daemons | null = null;
  /** `run()` has told that it leaves them as they are. */
  areAbandoned = false;
  private first: LiveTask | null = null;
  private count = 0;

  constructor(loop: ClosingLoop) {
    loop.closeActions.push(() => this.reportUnfinished(loop));
  }

  get size(): number {
    return this.count;
  }

  add(task: LiveTask): void {
    task.nextLive = this.first;
    if (this.first !== null) this.first.previousLive = task;
    this.first = task;
    this.count++;
  }

  remove(task: LiveTask): void {
    if (task.previousLive === null) this.first = task.nextLive;
    else task.previousLive.nextLive = task.nextLive;
    if (task.nextLive !== null) task.nextLive.previousLive = task.previousLive;
    task.previousLive = null;
    task.nextLive = null;
    this.count--;
  }

  has(task: LiveTask): boolean {
    return task === this.first || task.previousLive !== null;
  }

  /** The oldest first. */
  snapshot(): LiveTask[] {
    const tasks: LiveTask[] = [];
    for (let task = this.first; task !== null; task = task.nextLive) tasks.push(task);
    return tasks.reverse();
  }

  /** The loop closes: tells of those that have not ended, once for all. Daemons are meant to be left. */
  private reportUnfinished(loop: ClosingLoop): void {
    if (this.count === 0 || this.areAbandoned) return;
    const unfinished = this.snapshot().filter((task) => this.daemons?.tasks.has(task) !== true);
    const [task] = unfinished;
    if (task === undefined) return;
    const what = unfinished.length === 1 ? 'a task' : `${unfinished.length} tasks`;
    const sourceTraceback = rememberedOrigin(task);
    loop.callExceptionHandler({
      message: `the event loop was closed before ${what} had ended, whose finally blocks will not run`,
      task,
      ...(sourceTraceback === undefined ? {} : { sourceTraceback }),
    });
  }
}
