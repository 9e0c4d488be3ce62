/** Threads that work on shared memory, for the tests beside this file. */
import { pathToFileURL } from 'node:url';
import { type Coroutine, type ModuleCalls, ThreadPoolExecutor } from '../../../src/index.ts';
import { builtProgram } from '../../support/built-program.ts';
import { runLimited } from '../executors/fixtures.ts';

type Work = ModuleCalls<typeof import('./programs/shared-work.ts')>;

/** Runs `body` with threads that share memory with it. */
export function withThreads<T>(
  maxWorkers: number,
  body: (work: Work, pool: ThreadPoolExecutor) => Coroutine<T>,
): T {
  const url = pathToFileURL(builtProgram('test/integration/sharing/programs/shared-work.ts'));
  return runLimited(function* () {
    const pool = new ThreadPoolExecutor({ maxWorkers });
    const result = yield* body(pool.module<typeof import('./programs/shared-work.ts')>(url), pool);
    yield* pool.shutdown();
    return result;
  }, 30_000);
}

export function newWords(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(12));
}
