/** `run` for the main program of a process. */

import { KeyboardInterrupt } from '../base/errors.ts';
import type { Awaitable, Coroutine } from '../coroutines/coroutine.ts';
import { type RunnerOptions, runAs } from './runner.ts';

/**
 * Runs a program's main coroutine like {@link run}, and ends the process as a shell expects: after Ctrl-C
 * without a stack, with exit code 130, once everything has been cleaned up. Python's interpreter does the
 * same with the KeyboardInterrupt that leaves `asyncio.run`.
 *
 *     runMain(function* main() {
 *       using server = yield* startServer(serve, { host: '127.0.0.1', port: 8000 });
 *       yield* server.serveForever();
 *     });
 *
 * @param main a coroutine, or a function that makes one
 * @returns main's value; `undefined` after Ctrl-C, when `process.exitCode` has been set to 130
 * @throws what {@link run} throws, except KeyboardInterrupt
 */
export function runMain<T>(
  main: Coroutine<T> | (() => Awaitable<T>),
  options?: RunnerOptions,
): T | undefined {
  try {
    return runAs('runMain', main, options);
  } catch (error) {
    if (!(error instanceof KeyboardInterrupt)) throw error;
    process.exitCode = error.exitCode;
    return undefined;
  }
}
