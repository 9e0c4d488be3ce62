/**
 * Futures and Promises.
 *
 * A Promise settles in V8's microtask queue, which is drained when the stack is empty: never inside a
 * blocking `run()`, and after each turn of a guest. So in a guest each can stand for the other; in a blocking
 * run the answer is an error at once, with the remedy, since waiting would be for ever.
 */

import { RuntimeError } from '../base/errors.ts';
import { PROMISE_REMEDY } from '../coroutines/misuse.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import { FINISHED, PENDING } from './future-state.ts';

/** True for a Promise, or anything else with a `then` that is not a future of ours. */
export function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  );
}

/** @throws TypeError in a loop that blocks its thread: no Promise would settle there */
export function requirePromises(loop: LoopCore, call: string): void {
  if (loop.isGuest) return;
  throw new TypeError(`${call}: got a Promise. ${PROMISE_REMEDY}`);
}

/** What is needed of a future here. */
interface SettlingFuture {
  readonly state: number;
  readonly value: unknown;
  readonly loop: LoopCore;
  failure(): unknown;
  describe(): string;
  addObserver(observer: { futureDone(future: SettlingFuture): void; label(): string }): void;
}

/**
 * Settles a Promise when a future is done. It only schedules: what awaits the Promise runs as a microtask.
 */
class PromiseObserver {
  private readonly fulfil: (value: unknown) => unknown;
  private readonly reject: (reason: unknown) => unknown;

  constructor(fulfil: (value: unknown) => unknown, reject: (reason: unknown) => unknown) {
    this.fulfil = fulfil;
    this.reject = reject;
  }

  futureDone(future: SettlingFuture): void {
    if (future.state === FINISHED) this.fulfil(future.value);
    // Looks at the error: from now on the Promise's reader has it.
    else this.reject(future.failure());
  }

  label(): string {
    return 'await';
  }
}

/**
 * The implementation of `future.then`, which `await future` calls in an async function. A future that is done
 * answers at once, one of a guest when it is; a pending one of a loop that blocks refuses, because that loop
 * cannot run until the async function's stack is gone.
 */
export function settleFromFuture(
  future: SettlingFuture,
  fulfil: (value: unknown) => unknown,
  reject: (reason: unknown) => unknown,
): void {
  if (future.state === PENDING && !future.loop.isGuest) {
    reject(
      new RuntimeError(
        `await <${future.describe()}>: it is pending, and its loop runs only inside run(). Use "yield*" in a coroutine, loop.runUntilComplete(future), or runGuest().`,
      ),
    );
  } else {
    future.addObserver(new PromiseObserver(fulfil, reject));
  }
}
