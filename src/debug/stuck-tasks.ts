/** Tasks that have not moved for long. */

import type { Coroutine } from '../coroutines/coroutine.ts';
import { formatFrame } from '../coroutines/probe.ts';
import { runningLoop } from '../loop/current-loop.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import { spawn } from '../tasks/create-task.ts';
import { allTasks } from '../tasks/current-task.ts';
import type { Instrument } from '../tasks/instrument.ts';
import { sleep } from '../tasks/sleep.ts';
import type { Task } from '../tasks/task.ts';
import { userFrames, waitOf } from '../tasks/task-stack.ts';

/** What {@link watchStuckTasks} takes. */
export interface StuckTasksOptions {
  /** A task that has not taken a step for so long is stuck. */
  readonly stuckAfterMs: number;
  /** Default: the running loop. */
  readonly loop?: LoopCore | undefined;
  /** Which tasks to look at, such as none that accepts connections. Default: all but daemons. */
  readonly filter?: ((task: Task<unknown>) => boolean) | undefined;
}

/**
 * Reports each task that has not taken a step for `stuckAfterMs` to the loop's exception handler: once, with
 * its stack, and again only after it has moved. A task that waits for something that seldom comes is reported
 * too; `filter` leaves it out.
 *
 *     const filter = (task: Task<unknown>) => task.getName() !== 'acceptor';
 *     const stop = watchStuckTasks({ stuckAfterMs: 30_000, filter });
 *
 * A daemon task does the looking, so it hides no deadlock and ends with the run. It costs a look at the clock
 * for each step.
 *
 * @returns a function that ends this
 * @throws RangeError for a time that is not positive; RuntimeError outside of a running loop, without one
 */
export function watchStuckTasks(options: StuckTasksOptions): () => void {
  const { stuckAfterMs, filter = () => true } = options;
  if (!(stuckAfterMs > 0))
    throw new RangeError(`watchStuckTasks: stuckAfterMs must be positive, got ${stuckAfterMs}`);
  const loop = options.loop ?? runningLoop('watchStuckTasks');
  const movedMs = new Map<Task<unknown>, number>();
  const reported = new Set<Task<unknown>>();
  const noteMove = (task: Task<unknown>): void => {
    movedMs.set(task, loop.time());
    reported.delete(task);
  };
  const instrument: Instrument = {
    taskSuspended: noteMove,
    taskDone(task) {
      movedMs.delete(task);
      reported.delete(task);
    },
  };
  const look = (): void => {
    const nowMs = loop.time();
    for (const task of allTasks(loop)) {
      const sinceMs = movedMs.get(task);
      // One that was there before: counts from now on.
      if (sinceMs === undefined) movedMs.set(task, nowMs);
      else if (nowMs - sinceMs >= stuckAfterMs && !reported.has(task) && isWatched(loop, task, filter)) {
        reported.add(task);
        reportStuck(loop, task, nowMs - sinceMs);
      }
    }
  };
  loop.addInstrument(instrument);
  look();
  const watcher = spawn(loop, lookEvery(stuckAfterMs / 2, look), { name: 'watchStuckTasks', daemon: true });
  return () => {
    loop.removeInstrument(instrument);
    watcher.cancel();
  };
}

function* lookEvery(everyMs: number, look: () => void): Coroutine<void> {
  for (;;) {
    yield* sleep(everyMs);
    look();
  }
}

function isWatched(loop: LoopCore, task: Task<unknown>, filter: (task: Task<unknown>) => boolean): boolean {
  return loop.liveTasks.daemons?.tasks.has(task) !== true && filter(task);
}

function reportStuck(loop: LoopCore, task: Task<unknown>, durationMs: number): void {
  const wait = waitOf(task);
  const stack = userFrames(task).map(formatFrame).toReversed();
  const head = `Task '${task.getName()}' has not moved for ${(durationMs / 1000).toFixed(1)} s`;
  const message = [`${head}${wait === null ? '' : `: it waits for ${wait}`}`, ...stack].join('\n');
  loop.callExceptionHandler({ message, task });
}
