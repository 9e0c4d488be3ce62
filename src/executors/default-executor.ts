/** The pool that a loop uses if it is given none: `runInExecutor(null, …)` and `toThread`. */

import { RuntimeError, timedOut } from '../base/errors.ts';
import type { Coroutine } from '../coroutines/coroutine.ts';
import { describeValue } from '../coroutines/misuse.ts';
import { Future } from '../futures/future.ts';
import { runningLoop } from '../loop/current-loop.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import { spawn } from '../tasks/create-task.ts';
import { type CallResult, Executor } from './executor.ts';
import { ThreadPoolExecutor } from './thread-pool.ts';

/** A loop's default executor; `null` until one is needed, or after {@link shutdownDefaultExecutor}. */
interface Default {
  executor: ThreadPoolExecutor | null;
  isShutDown: boolean;
}

const defaults = new WeakMap<LoopCore, Default>();

function defaultOf(loop: LoopCore): Default {
  let known = defaults.get(loop);
  if (known === undefined) {
    const made: Default = { executor: null, isShutDown: false };
    loop.closeActions.push(() => made.executor?.terminateWorkers());
    defaults.set(loop, made);
    known = made;
  }
  return known;
}

/** The implementation of `loop.runInExecutor`. */
export function runInExecutor<A extends unknown[], R>(
  loop: LoopCore,
  executor: Executor | null,
  fn: (...args: A) => R,
  args: A,
  call = 'runInExecutor',
): Future<CallResult<R>> {
  loop.checkUsable(call);
  if (typeof fn !== 'function')
    throw new TypeError(`${call}: a function is needed, got ${describeValue(fn)}`);
  if (executor !== null) {
    if (executor instanceof Executor) return executor.submit(fn, ...args);
    throw new TypeError(`${call}: an executor or null is needed, got ${describeValue(executor)}`);
  }
  const known = defaultOf(loop);
  if (known.isShutDown) throw new RuntimeError(`${call}: the default executor was shut down`);
  known.executor ??= new ThreadPoolExecutor({ name: 'selectloop' });
  return known.executor.submit(fn, ...args);
}

/** The implementation of `loop.setDefaultExecutor`. */
export function setDefaultExecutor(loop: LoopCore, executor: ThreadPoolExecutor): void {
  if (!(executor instanceof ThreadPoolExecutor)) {
    throw new TypeError(`setDefaultExecutor: a ThreadPoolExecutor is needed, got ${describeValue(executor)}`);
  }
  defaultOf(loop).executor = executor;
}

/**
 * The implementation of `loop.shutdownDefaultExecutor`. Nothing to wait for, the usual case, is done at once.
 */
export function shutdownDefaultExecutor(loop: LoopCore, timeoutMs: number | null): Future<void> {
  const known = defaultOf(loop);
  known.isShutDown = true;
  const { executor } = known;
  known.executor = null;
  if (executor === null) {
    const done = new Future<void>({ loop });
    done.setResult();
    return done;
  }
  return spawn(loop, endWithin(loop, executor, timeoutMs), { name: 'shutdownDefaultExecutor' });
}

function* endWithin(loop: LoopCore, executor: Executor, timeoutMs: number | null): Coroutine<void> {
  const done = executor.shutdown();
  const expire = (): void => {
    loop.callExceptionHandler({
      message: 'The default executor did not end in time; its threads were terminated',
      exception: timedOut('shutdownDefaultExecutor', timeoutMs, { detail: `: ${executor}` }),
    });
    executor.terminateWorkers();
  };
  const timer = timeoutMs === null ? null : loop.callLater(timeoutMs, expire);
  try {
    yield* done;
  } finally {
    timer?.cancel();
  }
}

/**
 * Calls `fn(...args)` on a thread of the loop's default executor. `asyncio.to_thread` of CPython 3.13.
 *
 *     const fib = yield* toThread((n: number) => {
 *       const f = (k: number): number => (k < 2 ? k : f(k - 1) + f(k - 2));
 *       return f(n);
 *     }, 40);
 *
 * The function is sent as source text, so it sees its parameters and globals only; for one that needs imports
 * or its file's variables use {@link Executor.module}. Cancelling drops the result; the thread goes on.
 *
 * @throws TypeError for what cannot be sent; ReferenceError, from the thread, that names a variable it does
 * not see
 */
export function toThread<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Future<CallResult<R>> {
  return runInExecutor(runningLoop('toThread'), null, fn, args, 'toThread');
}
