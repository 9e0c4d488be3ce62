/** Jobs of either kind, coroutine functions and plain functions, run together. */

import type { Coroutine } from '../coroutines/coroutine.ts';
import { isCoroutine } from '../coroutines/coroutine.ts';
import { gather } from '../tasks/gather.ts';
import { type AnyFunction, toCoroutine } from '../tasks/to-coroutine.ts';
import { type RunnerOptions, run } from './runner.ts';

/** A coroutine, a coroutine function, or a plain function. */
export type Job<T> = Coroutine<T> | AnyFunction<[], T>;

/**
 * Collects jobs and runs them concurrently.
 *
 *     const runner = new TaskRunner();
 *     runner.addTask(function* () { yield* sleep(10); return 'coroutine function'; });
 *     runner.addTask(() => 'plain function');
 *     runner.run();                           // ['coroutine function', 'plain function']
 */
export class TaskRunner<T = unknown> {
  private jobs: Job<T>[] = [];

  /** Adds a job for the next {@link run}. */
  addTask(job: Job<T>): void {
    this.jobs.push(job);
  }

  /**
   * Runs the jobs on a new loop until all are done; their results in the order they were added. The first
   * error ends it.
   */
  run(options?: RunnerOptions): T[] {
    const jobs = this.jobs;
    this.jobs = [];
    return run(function* (): Coroutine<T[]> {
      return yield* gather(
        jobs.map((job) =>
          isCoroutine(job) ? (job as Coroutine<T>) : toCoroutine(job as AnyFunction<[], T>)(),
        ),
      );
    }, options);
  }
}
