/** The tasks of one group, for as long as they run, and the wait for the last of them. */

import type { CancelledError } from '../base/errors.ts';
import type { Coroutine } from '../coroutines/coroutine.ts';
import { Future, type FutureObserver, type FutureSource, type Origins } from '../futures/future.ts';
import type { Runnable } from '../loop/ready-queue.ts';
import { breakCircles } from '../tasks/await-circle.ts';
import type { Task } from '../tasks/task.ts';
import { waitThrough } from './wait-through.ts';

export class GroupTasks implements FutureObserver, FutureSource {
  readonly isIndispensable = true;
  private readonly running = new Set<Task<unknown>>();
  private readonly onEnd: (task: Task<unknown>) => void;
  /** Calls of `group.start` whose task is not in the group yet. */
  private startingCount = 0;
  private allEnded: Future<void> | null = null;

  /** @param onEnd called in the pass after its end for each task that failed, and for the last one */
  constructor(onEnd: (task: Task<unknown>) => void) {
    this.onEnd = onEnd;
  }

  get size(): number {
    return this.running.size;
  }

  /** Whether there is nothing to wait for. */
  isIdle(): boolean {
    return this.running.size === 0 && this.startingCount === 0;
  }

  add(task: Task<unknown>): void {
    this.running.add(task);
    task.addObserver(this);
  }

  cancelAll(message: unknown): void {
    for (const task of this.running) task.cancel(message);
  }

  beginStart(): void {
    this.startingCount++;
  }

  endStart(): void {
    this.startingCount--;
    this.noteEnd();
  }

  /**
   * The current task is about to wait for all of them: a task that waits for it in turn is failed, for
   * neither would ever end.
   */
  breakCircles(): void {
    breakCircles(this.running, this.describe());
  }

  /** Suspends `task` until all have ended, or it is cancelled. See {@link waitThrough}. */
  *wait(task: Task<unknown>, ignoresScopes: boolean): Coroutine<CancelledError | null> {
    this.allEnded = new Future<void>({ loop: task.loop });
    this.allEnded.source = this;
    try {
      return yield* waitThrough(task, this.allEnded, ignoresScopes);
    } finally {
      this.allEnded = null;
    }
  }

  /**
   * A task has ended. The last one, and each that failed, is looked at in the next pass, so that all that
   * fail in one pass have their errors counted. Of the others nothing is asked.
   */
  futureDone(future: Future<unknown>): void {
    const task = future as Task<unknown>;
    if (this.running.size > 1 && !task.failed()) this.running.delete(task);
    else task.loop.ready.push(new TaskEnd(this, task));
  }

  /** The wait was cancelled; the waiting task learns of that by itself. */
  abandoned(): void {}

  describe(): string {
    const { size } = this.running;
    return `${size} task${size === 1 ? '' : 's'} of a group`;
  }

  /** The group ends with the last of them, also when one fails. */
  origins(): Origins {
    return { futures: this.running, areRequired: true };
  }

  /** A task's end has come up in the ready queue. */
  ended(task: Task<unknown>): void {
    this.running.delete(task);
    this.noteEnd();
    this.onEnd(task);
  }

  private noteEnd(): void {
    if (this.isIdle() && this.allEnded !== null && !this.allEnded.done()) this.allEnded.setResult();
  }
}

/** The end of a task, on its way through the ready queue. */
class TaskEnd implements Runnable {
  private readonly tasks: GroupTasks;
  private readonly task: Task<unknown>;

  constructor(tasks: GroupTasks, task: Task<unknown>) {
    this.tasks = tasks;
    this.task = task;
  }

  runReady(): void {
    this.tasks.ended(this.task);
  }
}
