/**
 * A result to come.
 *
 * | state     | value                | entered by                                   | leaves to                        |
 * |-----------|----------------------|----------------------------------------------|----------------------------------|
 * | pending   | –                    | construction                                 | finished, failed, cancelled      |
 * | finished  | the result           | setResult                                    | –                                |
 * | failed    | the error            | setException                                 | –                                |
 * | cancelled | the cancel message   | cancel (true the first time, false after)    | –                                |
 *
 * Leaving `pending` schedules every callback once, in the order they were added, through the loop: never inline, so whoever
 * completes a future is not re-entered.
 */

import { type Context, snapshotContext } from '../base/context.ts';
import { InvalidStateError } from '../base/errors.ts';
import { type CallOptions, checkCallback } from '../loop/call-options.ts';
import type { Callback } from '../loop/handle.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import { CANCELLED, FAILED, FINISHED, FutureCore, type FutureObserver, PENDING } from './future-core.ts';
import { settleFromFuture } from './promise-bridge.ts';

/**
 * A result that does not exist yet. `asyncio.Future` of CPython 3.13; `yield* future` awaits it.
 *
 *     const reply = loop.createFuture<string>();
 *     loop.callLater(10, () => reply.setResult('done'));
 *     const text = yield* reply;       // 'done'
 */
export class Future<T> extends FutureCore<T> {
  /** Whether there is a result, an error, or a cancellation. */
  done(): boolean {
    return this.state !== PENDING;
  }

  /** Whether it was cancelled. */
  cancelled(): boolean {
    return this.state === CANCELLED;
  }

  /**
   * The result.
   * @throws what the future failed with; CancelledError; InvalidStateError while it is pending
   */
  result(): T {
    if (this.state === FINISHED) return this.value as T;
    if (this.state === FAILED) {
      this.unretrieved = false;
      throw this.value;
    }
    if (this.state === CANCELLED) throw this.cancelledError();
    throw new InvalidStateError(`${this.describe()}: result() before it is done. Await it with "yield*".`);
  }

  /**
   * The error it failed with, or `null` when it has a result.
   * @throws CancelledError; InvalidStateError while it is pending
   */
  exception(): unknown {
    if (this.state === FINISHED) return null;
    if (this.state === FAILED) {
      this.unretrieved = false;
      return this.value;
    }
    if (this.state === CANCELLED) throw this.cancelledError();
    throw new InvalidStateError(`${this.describe()}: exception() before it is done`);
  }

  /** Completes it with a result. @throws InvalidStateError when it is done already */
  setResult(result: T): void {
    this.requirePending('setResult');
    this.settle(FINISHED, result);
  }

  /**
   * Completes it with an error (or an error class, which is constructed).
   * @throws InvalidStateError when it is done already; TypeError for null and undefined, which {@link exception} could not tell
   */
  setException(exception: unknown): void {
    this.requirePending('setException');
    if (exception === null || exception === undefined) {
      throw new TypeError(`setException: an error is needed, got ${exception}`);
    }
    this.fail(isErrorClass(exception) ? new exception() : exception);
  }

  /**
   * Cancels it: awaiters get a CancelledError that carries `message` as its `reason`.
   * @returns false when it was done already: then nothing happens, but that an error it failed with counts as looked at
   */
  cancel(message?: unknown): boolean {
    if (this.state !== PENDING) {
      this.unretrieved = false;
      return false;
    }
    this.settleCancelled(message);
    return true;
  }

  /**
   * Calls `callback(future)` through the loop when this future is done; soon, if it is already.
   * @param options `context`: the context to run in, by default a copy of the current one
   */
  addDoneCallback(callback: (future: this) => unknown, options?: CallOptions): void {
    // Now, while whoever is at fault is on the stack: setResult() must not fail for it.
    checkCallback(callback, 'addDoneCallback');
    this.addObserver(new CallbackObserver(callback, options?.context ?? snapshotContext()));
  }

  /** Takes off every registration of `callback`. Returns how many there were. */
  removeDoneCallback(callback: (future: this) => unknown): number {
    const before = this.observers();
    const kept = before.filter((one) => !(one instanceof CallbackObserver && one.callback === callback));
    this.observer = kept[0] ?? null;
    this.moreObservers = kept.length > 1 ? kept.slice(1) : null;
    return before.length - kept.length;
  }

  /** The loop it belongs to. */
  getLoop(): LoopCore {
    return this.loop;
  }

  override toString(): string {
    return `<${this.describe()}>`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  /**
   * `await future` in an async function: gives the result of a future that is done; for a pending one it rejects, with what to
   * write instead. Inside a coroutine use `yield*`.
   */
  // biome-ignore lint/suspicious/noThenProperty: without it, `await future` would silently give the future itself.
  then<R1 = T, R2 = never>(
    onFulfilled?: ((value: T) => R1 | PromiseLike<R1>) | null,
    onRejected?: ((reason: unknown) => R2 | PromiseLike<R2>) | null,
  ): Promise<R1 | R2> {
    return new Promise<T>((fulfil, reject) => settleFromFuture(this, fulfil, reject)).then(
      onFulfilled,
      onRejected,
    );
  }

  private requirePending(call: string): void {
    if (this.state !== PENDING) throw this.alreadyDone(call);
  }

  private alreadyDone(call: string): InvalidStateError {
    return new InvalidStateError(`${this.describe()}: ${call}() on a future that is already done`);
  }
}

/** One `addDoneCallback`. */
class CallbackObserver implements FutureObserver {
  readonly callback: Callback;
  private readonly context: Context;

  constructor(callback: Callback, context: Context) {
    this.callback = callback;
    this.context = context;
  }

  futureDone(future: FutureCore<unknown>): void {
    future.loop.callSoon(this.callback as (done: FutureCore<unknown>) => unknown, future, {
      context: this.context,
    });
  }

  label(): string {
    return `${this.callback.name || '(anonymous)'}()`;
  }
}

/** True for a {@link Future} (and so for a Task). `asyncio.isfuture`. */
export function isFuture(value: unknown): value is Future<unknown> {
  return value instanceof Future;
}

function isErrorClass(value: unknown): value is new () => Error {
  return typeof value === 'function' && (value === Error || value.prototype instanceof Error);
}
