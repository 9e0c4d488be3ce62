/**
 * Programs of this repository as `build-programs.ts` has built them, for plain Node. Programs import this
 * too.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Worker, type WorkerOptions } from 'node:worker_threads';

/**
 * The built file of a source file.
 * @param path relative to the root of the checkout, such as `examples/echo/server.ts`
 * @returns an absolute path
 */
export function builtProgram(path: string): string {
  const folder = process.env.SELECTLOOP_TEST_PROGRAMS;
  if (folder === undefined)
    throw new Error('the tests’ programs are built when the suite starts: run it with vitest');
  const built = join(folder, path.replace(/\.ts$/, '.js'));
  if (!existsSync(built))
    throw new Error(
      `${path} was not built: test/support/build-programs.ts takes examples/, src/ and folders called programs/`,
    );
  return built;
}

/** Starts a program in a worker thread of this process. Whoever starts it ends it. */
export function startBuiltWorker(path: string, options?: WorkerOptions): Worker {
  return new Worker(builtProgram(path), options);
}
