/** From anything that can be awaited to a future. */

import {
  type Awaitable,
  type AwaitableInput,
  type Coroutine,
  isAwaitable,
  isCoroutine,
} from '../coroutines/coroutine.ts';
import { describeValue, PROMISE_REMEDY } from '../coroutines/misuse.ts';
import { futureOfPromise } from '../futures/from-promise.ts';
import { Future } from '../futures/future.ts';
import { isPromiseLike } from '../futures/promise-bridge.ts';
import { runningLoop, runningLoopOrGuest } from '../loop/current-loop.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import { spawn } from './create-task.ts';

/** A coroutine for anything that can be awaited. */
export function* awaitIt<T>(awaitable: Awaitable<T>): Coroutine<T> {
  return yield* awaitable;
}

/**
 * A future for `awaitable`: itself if it is one, else a task that runs it; in a guest also one that a Promise
 * completes. `asyncio.ensure_future` of CPython 3.13.
 *
 * @param options `loop`: where the task runs, by default the running loop
 * @throws TypeError when it cannot be awaited; RuntimeError when it is a future of another loop
 */
export function ensureFuture<T>(
  awaitable: AwaitableInput<T>,
  options?: { readonly loop?: LoopCore | undefined },
): Future<T> {
  return futureFor('ensureFuture', awaitable, options?.loop);
}

/**
 * {@link ensureFuture} for another function.
 * @param call the name of what the user has called, for messages
 */
export function futureFor<T>(call: string, awaitable: AwaitableInput<T>, givenLoop?: LoopCore): Future<T> {
  if (awaitable instanceof Future) return ofLoop(call, awaitable as Future<T>, givenLoop);
  const loop = givenLoop ?? runningLoop(call);
  if (isCoroutine(awaitable)) return spawn(loop, awaitable as Coroutine<T>);
  if (isPromiseLike(awaitable)) return futureOfPromise(awaitable as PromiseLike<T>, loop, call);
  if (isAwaitable(awaitable)) return spawn(loop, awaitIt(awaitable));
  const remedy = typeof awaitable === 'function' ? callRemedy(awaitable) : '';
  throw new TypeError(
    `${call}: a coroutine, a task or a future is needed, got ${describeValue(awaitable)}.${remedy}`,
  );
}

function callRemedy(fn: { readonly name: string }): string {
  return ` Call it: ${fn.name || 'f'}(…).`;
}

function ofLoop<T>(call: string, future: Future<T>, loop: LoopCore | undefined): Future<T> {
  if (loop === undefined || future.loop === loop) return future;
  throw new TypeError(`${call}: ${future} belongs to a different loop`);
}

/**
 * A future for a future: itself. `asyncio.wrap_future` also takes futures of other kinds; the other kind here
 * is a Promise, which is taken in a guest, and refused where it could not settle.
 * @throws TypeError for a Promise in a blocking run, with the remedy, and for anything else that is not a
 *   future
 */
export function wrapFuture<T>(future: Future<T> | PromiseLike<T>): Future<T> {
  if (future instanceof Future) return future;
  const loop = runningLoopOrGuest();
  if (isPromiseLike(future) && loop !== null) return futureOfPromise(future, loop, 'wrapFuture');
  if (isPromiseLike(future)) throw new TypeError(`wrapFuture: got a Promise. ${PROMISE_REMEDY}`);
  throw new TypeError(`wrapFuture: a future is needed, got ${describeValue(future)}`);
}
