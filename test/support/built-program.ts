/**
 * Programs of this repository as `build-programs.ts` has built them, for plain Node. Programs import this
 * too.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Worker, type WorkerOptions } from 'node:worker_threads';

/** In the run's folder: the tsconfig that tells tsx that 'selectloop' is the package as it was built. */
export const BUILT_PACKAGE = 'built-package.json';

/** The folder of this run of the suite. */
function builtFolder(): string {
  const folder = process.env.SELECTLOOP_TEST_PROGRAMS;
  if (folder === undefined)
    throw new Error('the tests’ programs are built when the suite starts: run it with vitest');
  return folder;
}

/** What has tsx load a program's own files alone, as in a project that has installed us. */
export function builtPackageEnv(): Record<string, string> {
  return { TSX_TSCONFIG_PATH: join(builtFolder(), BUILT_PACKAGE) };
}

/**
 * The built file of a source file.
 * @param path relative to the root of the checkout, such as `examples/echo/server.ts`
 * @returns an absolute path
 */
export function builtProgram(path: string): string {
  const built = join(builtFolder(), path.replace(/\.ts$/, '.js'));
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
