/** Functions on threads. */

import { availableParallelism } from 'node:os';
import { Executor, type ExecutorOptions } from './executor.ts';
import { crewOptions } from './executor-options.ts';
import { threadSource } from './thread-program.ts';
import { type ThreadOptions, type ThreadProgram, ThreadWorker } from './thread-worker.ts';

/** Options of a {@link ThreadPoolExecutor}. */
export interface ThreadPoolOptions extends ExecutorOptions, ThreadOptions {}

const PROGRAM: ThreadProgram = { source: threadSource };

/** CPython 3.13's default: some of the threads may be waiting for a file or a lock rather than computing. */
function defaultThreadCount(): number {
  return Math.min(32, availableParallelism() + 4);
}

/**
 * Calls functions on threads of this process. `concurrent.futures.ThreadPoolExecutor` of CPython 3.13, except
 * that each thread really runs in parallel, with variables and modules of its own.
 *
 *     using pool = new ThreadPoolExecutor({ maxWorkers: 4 });
 *     const work = pool.module<typeof import('./work.ts')>(new URL('./work.ts', import.meta.url));
 *     const digests = yield* gather(passwords.map((password) => work.hash(password)));
 *
 * Works while this thread is blocked in `select()`. Between calls a thread sleeps, and so do timers and I/O
 * that a call left behind; a call that returns a Promise keeps them going until it is settled. Output of the
 * threads appears at once.
 */
export class ThreadPoolExecutor extends Executor {
  /** @throws TypeError, RangeError for options that are not right */
  constructor(options: ThreadPoolOptions = {}) {
    super(
      crewOptions('ThreadPoolExecutor', options, defaultThreadCount(), (name, listener) => {
        return new ThreadWorker(name, listener, options, PROGRAM);
      }),
    );
  }
}
