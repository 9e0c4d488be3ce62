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
 * completes a future is not re-entered. Awaiting a pending future suspends by yielding the future itself to the driver of
 * the coroutine, which is resumed when it is done; awaiting a done one does not suspend.
 */

import { type Context, copyContext } from '../base/context.ts';
import { brief } from '../base/describe.ts';
import { CancelledError, InvalidStateError } from '../base/errors.ts';
import { PROBE, type Suspension } from '../coroutines/coroutine.ts';
import { recordProbe } from '../coroutines/probe.ts';
import type { CallOptions } from '../loop/call-options.ts';
import { runningLoop } from '../loop/current-loop.ts';
import type { Callback } from '../loop/handle.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import { originOf } from '../loop/origin.ts';
import { noteFailure, type UnretrievedFailure } from './unretrieved.ts';

/** @internal Plain numbers, not a union of strings: this is compared several times for each message. */
export const PENDING = 0;
/** @internal */
export const CANCELLED = 1;
/** @internal */
export const FINISHED = 2;
/** @internal */
export const FAILED = 3;

/** @internal Whoever is told first-hand that a future is done: a callback's entry, or a task that awaits it. */
export interface FutureObserver {
  /** The future is done. Must only schedule, never run user code. */
  futureDone(future: Future<unknown>): void;
}

/** @internal Who is going to complete a future: it is told when nobody wants the result any more. */
export interface FutureSource {
  /** The future was cancelled: stop working for it. */
  abandoned(future: Future<unknown>): void;
  /** For messages: what will complete the future. */
  describe(): string;
}

/**
 * A result that does not exist yet. `asyncio.Future` of CPython 3.13; `yield* future` awaits it.
 *
 *     const reply = loop.createFuture<string>();
 *     loop.callLater(10, () => reply.setResult('done'));
 *     const text = yield* reply;       // 'done'
 */
export class Future<T> implements Suspension, UnretrievedFailure {
  /** @internal */
  readonly loop: LoopCore;
  /** @internal */
  state = PENDING;
  /** @internal Result, error or cancel message, by state. */
  value: unknown = undefined;
  /** @internal See {@link Suspension}: tells a `yield*` of this future from a bare `yield`. */
  suspending = false;
  /** @internal Who completes this future, where that is known. */
  source: FutureSource | null = null;
  /** @internal True until somebody has looked at the error of a failed future. */
  unretrieved = false;
  /** @internal Where it was made, in debug mode. */
  readonly origin: string | undefined;
  private observer: FutureObserver | null = null;
  private moreObservers: FutureObserver[] | null = null;

  /** @param options `loop`: the loop it belongs to, by default the running one */
  constructor(options?: { readonly loop?: LoopCore | undefined }) {
    this.loop = options?.loop ?? runningLoop('new Future()');
    this.origin = originOf(this.loop.getDebug(), Future);
  }

  /** Whether there is a result, an error, or a cancellation. */
  done(): boolean {
    return this.state !== PENDING;
  }

  /** Whether it was cancelled. */
  cancelled(): boolean {
    return this.state === CANCELLED;
  }

  /** @internal Whether it failed. Does not count as looking at the error. */
  failed(): boolean {
    return this.state === FAILED;
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
   * @throws InvalidStateError when it is done already
   */
  setException(exception: unknown): void {
    this.requirePending('setException');
    this.fail(isErrorClass(exception) ? new exception() : exception);
  }

  /**
   * Cancels it: awaiters get a CancelledError that carries `message` as its `reason`.
   * @returns false when it was done already, and nothing happens
   */
  cancel(message?: unknown): boolean {
    if (this.state !== PENDING) return false;
    this.settleCancelled(message);
    return true;
  }

  /**
   * Calls `callback(future)` through the loop when this future is done; soon, if it is already.
   * @param options `context`: the context to run in, by default a copy of the current one
   */
  addDoneCallback(callback: (future: this) => unknown, options?: CallOptions): void {
    if (typeof callback !== 'function') {
      throw new TypeError(`${this.describe()}: addDoneCallback needs a function, got ${typeof callback}`);
    }
    this.addObserver(new CallbackObserver(callback as Callback, options?.context ?? copyContext()));
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

  toString(): string {
    return `<${this.describe()}>`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  /** `yield* future` awaits it. */
  [Symbol.iterator](): Iterator<Suspension, T, unknown> {
    // The future is its own iterator: whether it is done is all the state an await has, so there is nothing to allocate.
    return this as unknown as Iterator<Suspension, T, unknown>;
  }

  /** @internal Iterator: suspends as long as it is pending, so a driver may resume too early without harm. */
  next(sent?: unknown): IteratorResult<Suspension, T> {
    if (this.state === FINISHED) return { done: true, value: this.value as T };
    if (this.state !== PENDING) throw this.failure();
    if (sent === PROBE) recordProbe();
    this.suspending = true;
    return { done: false, value: this };
  }

  /** @internal Iterator: an error thrown into the awaiting coroutine goes straight through. */
  throw(error: unknown): IteratorResult<Suspension, T> {
    throw error;
  }

  /** @internal Iterator: the awaiting coroutine is being closed. */
  return(value: T): IteratorResult<Suspension, T> {
    return { done: true, value };
  }

  /** @internal Adds whoever is to be told; if the future is done, tells at once (which only schedules). */
  addObserver(observer: FutureObserver): void {
    if (this.state !== PENDING) observer.futureDone(this);
    else if (this.observer === null) this.observer = observer;
    else if (this.moreObservers === null) this.moreObservers = [observer];
    else this.moreObservers.push(observer);
  }

  /** @internal */
  removeObserver(observer: FutureObserver): void {
    const kept = this.observers().filter((one) => one !== observer);
    this.observer = kept[0] ?? null;
    this.moreObservers = kept.length > 1 ? kept.slice(1) : null;
  }

  /** @internal How many wait for it, for messages. */
  observerCount(): number {
    return (this.observer === null ? 0 : 1) + (this.moreObservers?.length ?? 0);
  }

  /** @internal Completes without the check: for those who know that it is pending. */
  settle(state: number, value: unknown): void {
    this.state = state;
    this.value = value;
    this.source = null;
    const first = this.observer;
    if (first === null) return;
    const more = this.moreObservers;
    this.observer = null;
    this.moreObservers = null;
    first.futureDone(this);
    if (more !== null) for (const one of more) one.futureDone(this);
  }

  /** @internal */
  fail(error: unknown): void {
    this.unretrieved = true;
    this.settle(FAILED, error);
    noteFailure(this, false);
  }

  /** @internal */
  settleCancelled(message: unknown): void {
    const source = this.source;
    this.settle(CANCELLED, message);
    source?.abandoned(this);
  }

  /** @internal What awaiting a failed or cancelled future raises. */
  failure(): unknown {
    if (this.state === CANCELLED) return this.cancelledError();
    this.unretrieved = false;
    return this.value;
  }

  /** @internal */
  protected cancelledError(): CancelledError {
    return new CancelledError(this.value);
  }

  /** @internal What messages call it: class and state, and what it waits for. */
  describe(): string {
    return `Future ${this.describeState()}`;
  }

  /** @internal */
  describeState(): string {
    if (this.state === PENDING)
      return this.source === null ? 'pending' : `pending: ${this.source.describe()}`;
    if (this.state === CANCELLED) return 'cancelled';
    return this.state === FINISHED ? `finished: ${brief(this.value)}` : `failed: ${brief(this.value)}`;
  }

  private observers(): FutureObserver[] {
    if (this.observer === null) return [];
    return this.moreObservers === null ? [this.observer] : [this.observer, ...this.moreObservers];
  }

  private requirePending(call: string): void {
    if (this.state === PENDING) return;
    throw new InvalidStateError(`${this.describe()}: ${call}() on a future that is already done`);
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

  futureDone(future: Future<unknown>): void {
    future.loop.callSoon(this.callback as (done: Future<unknown>) => unknown, future, {
      context: this.context,
    });
  }
}

/** True for a {@link Future} (and so for a Task). `asyncio.isfuture`. */
export function isFuture(value: unknown): value is Future<unknown> {
  return value instanceof Future;
}

function isErrorClass(value: unknown): value is new () => Error {
  return typeof value === 'function' && (value === Error || value.prototype instanceof Error);
}
