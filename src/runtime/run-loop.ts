/** Running a loop: until it is stopped, until one awaitable is done; and what may be run. */

import { RuntimeError } from '../base/errors.ts';
import { type Awaitable, type Coroutine, isCoroutineFunction } from '../coroutines/coroutine.ts';
import { isAsyncGenerator } from '../coroutines/misuse.ts';
import { RunWatch } from '../debug/deadlock-watch.ts';
import { driveBlocking } from '../drivers/blocking.ts';
import { Future } from '../futures/future.ts';
import { runningLoopOrNull, setRunningLoop } from '../loop/current-loop.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import { ensureFuture } from '../tasks/ensure-future.ts';

/** A coroutine, or the function that makes it. */
export type Main<T> = Coroutine<T> | (() => Coroutine<T>);

/** The implementation of `loop.runForever`. */
export function runForever(loop: LoopCore): void {
  requireNoOtherLoop(loop);
  loop.enterRun();
  const previous = setRunningLoop(loop);
  try {
    driveBlocking(loop);
  } finally {
    setRunningLoop(previous);
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
  const future = ensureFuture(awaitable, { loop });
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

/** The coroutine that `main` is or makes. @throws TypeError that says what to write instead */
export function coroutineOf<T>(main: Main<T>, call: string): Coroutine<T> {
  if (typeof main !== 'function') return main;
  if (isCoroutineFunction(main) && main.length === 0) return main();
  const made: unknown = main();
  if (typeof (made as { then?: unknown } | null)?.then === 'function') {
    throw new TypeError(
      `${call}: ${main.name || 'the function'} is async and returned a Promise, which cannot settle while run() blocks. Make it a function*.`,
    );
  }
  if (isAsyncGenerator(made)) {
    throw new TypeError(
      `${call}: ${main.name || 'the function'} is an async function*: it awaits Promises, which cannot settle while run() blocks. Make it a function*.`,
    );
  }
  return made as Coroutine<T>;
}

/** A future of a loop that is done. */
export function completed(loop: LoopCore): Future<void> {
  const future = new Future<void>({ loop });
  future.setResult();
  return future;
}
