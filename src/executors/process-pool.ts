/** Functions in processes. */

import { availableParallelism } from 'node:os';
import { Executor, type ExecutorOptions } from './executor.ts';
import { crewOptions } from './executor-options.ts';
import { ProcessWorker, type WorkerProcessOptions } from './process-worker.ts';

/** Options of a {@link ProcessPoolExecutor}. */
export interface ProcessPoolOptions extends ExecutorOptions, WorkerProcessOptions {}

/**
 * Calls functions in processes of their own: what takes one down, in native code too, takes down nothing
 * else. `concurrent.futures.ProcessPoolExecutor` of CPython 3.13; by default as many processes as the machine
 * runs in parallel.
 *
 *     using pool = new ProcessPoolExecutor();
 *     const work = pool.module<typeof import('./work.ts')>(new URL('./work.ts', import.meta.url));
 *     const digests = yield* pool.map(work.hash, passwords, { chunkSize: 16 });
 *
 * Used as a {@link ThreadPoolExecutor}, with two differences: nothing is shared or moved, everything is
 * copied (`node:v8` serializes it); and Ctrl-C does not reach the processes, which end when this one does.
 */
export class ProcessPoolExecutor extends Executor {
  /** @throws TypeError, RangeError for options that are not right */
  constructor(options: ProcessPoolOptions = {}) {
    super(
      crewOptions('ProcessPoolExecutor', options, availableParallelism(), (name, listener) => {
        return new ProcessWorker(name, listener, options);
      }),
    );
  }
}
