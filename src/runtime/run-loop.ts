/** Running a loop: until it is stopped, until one awaitable is done; and what may be run. */

import { RuntimeError } from '../base/errors.ts';
import {
  type Awaitable,
  type Coroutine,
  isAwaitable,
  isCoroutine,
  isCoroutineFunction,
} from '../coroutines/coroutine.ts';
import { refuseWork } from '../coroutines/coroutine-ownership.ts';
import { RunWatch } from '../debug/deadlock-watch.ts';
import { driveBlocking } from '../drivers/blocking.ts';
import { Future } from '../futures/future.ts';
import { runningLoopOrNull, setRunningLoop } from '../loop/current-loop.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import { awaitIt, futureFor } from '../tasks/ensure-future.ts';

/**
 * A coroutine, or a function that makes one; or one that returns something else to await:
 * `run(() => gather([…]))`.
 */
export type Main<T> = Coroutine<T> | (() => Awaitable<T>);

/** The implementation of `loop.runForever`. */
export function runForever(loop: LoopCore): void {
  requireNoOtherLoop(loop);
  loop.enterRun();
  try {
    callIn(loop, () => driveBlocking(loop));
  } finally {
    loop.leaveRun();
  }
}

/**
 * The implementation of `loop.runUntilComplete`; `runForever` is the loop's own, which a subclass may
 * override.
 */
export function runUntilComplete<T>(loop: LoopCore & { runForever(): void }, awaitable: Awaitable<T>): T {
  // Before a task is made of the coroutine: it must not run later, after its caller was told that it cannot.
  loop.checkCanRun();
  requireNoOtherLoop(loop);
  const future = futureFor('runUntilComplete', awaitable, loop);
  let waiting = true;
  const stop = (): void => {
    // An interrupt ends the run before its callbacks ran: those that are left must not stop the next run.
    if (waiting) loop.stop();
  };
  future.addDoneCallback(stop);
  const { wakers } = loop;
  const watchBefore = wakers.watch;
  wakers.watch = new RunWatch(loop, future);
  try {
    loop.runForever();
  } catch (error) {
    // An interrupt that the coroutine raised: its future need not report it too.
    if (future.failed() && future.value === error) future.unretrieved = false;
    throw error;
  } finally {
    waiting = false;
    wakers.watch = watchBefore;
    future.removeDoneCallback(stop);
  }
  if (future.done()) return future.result();
  throw new RuntimeError(`The event loop was stopped before ${future.describe()} was done.`);
}

/** One loop runs on a thread: another one inside it would leave the first standing still. */
function requireNoOtherLoop(loop: LoopCore): void {
  const other = runningLoopOrNull();
  if (other === null || other === loop) return;
  throw new RuntimeError(
    'run: cannot run this event loop while another loop is running on this thread. Use "yield*" inside a coroutine.',
  );
}

/** The implementation of `loop.run`. */
export function runMainOn<T>(
  loop: LoopCore & { runUntilComplete<R>(awaitable: Awaitable<R>): R },
  main: Main<T>,
): T {
  loop.checkCanRun();
  requireNoOtherLoop(loop);
  return loop.runUntilComplete(coroutineOf(loop, main, 'EventLoop.run'));
}

/**
 * The coroutine that `main` is or makes. What makes it is called as code of the loop, so that it can make
 * tasks and futures.
 * @param call the name of what the user has called
 * @throws TypeError that says what to write instead
 */
export function coroutineOf<T>(loop: LoopCore, main: Main<T>, call: string): Coroutine<T> {
  if (typeof main !== 'function') return awaited<T>(main, call, null);
  if (isCoroutineFunction(main) && main.length > 0) refuseWork(call, main);
  return awaited<T>(callIn(loop, main), call, main);
}

/** Calls `fn` as code of `loop`. */
export function callIn<R>(loop: LoopCore, fn: () => R): R {
  const previous = setRunningLoop(loop);
  try {
    return fn();
  } finally {
    setRunningLoop(previous);
  }
}

/** @param maker the function that made `value`, `null` if it was given as it is */
function awaited<T>(value: unknown, call: string, maker: (() => unknown) | null): Coroutine<T> {
  if (isCoroutine(value)) return value as Coroutine<T>;
  if (maker === null) return refuseWork(call, value);
  // A future of this loop: one that was given from outside is of another, or asks for runUntilComplete().
  return isAwaitable(value) ? awaitIt(value as Awaitable<T>) : refuseWork(call, value, maker);
}

/** A future of a loop that is done. */
export function completed(loop: LoopCore): Future<void> {
  const future = new Future<void>({ loop });
  future.setResult();
  return future;
}
