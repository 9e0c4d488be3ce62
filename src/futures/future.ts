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
 * Leaving `pending` schedules every callback once, in the order they were added, through the loop: never
 * inline, so the code that completes a future is not re-entered.
 *
 * Awaiting a pending future suspends by yielding the future itself to the driver of the coroutine, which is
 * resumed when it is done; awaiting a done one does not suspend. The future is its own iterator, so an await
 * allocates nothing.
 */

import { type Context, givenContext, snapshotContext } from '../base/context.ts';
import { CancelledError, InvalidStateError, RuntimeError } from '../base/errors.ts';
import { PROBE, type Suspension } from '../coroutines/coroutine.ts';
import { describeValue } from '../coroutines/misuse.ts';
import { recordProbe } from '../coroutines/probe.ts';
import { type CallOptions, checkCallback } from '../loop/call-options.ts';
import { rememberOrigin } from '../loop/creation-stack.ts';
import { runningLoop } from '../loop/current-loop.ts';
import type { Callback } from '../loop/handle.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import { CANCELLED, FAILED, FINISHED, listLabels, outcomeOf, PENDING, stateWord } from './future-state.ts';
import { settleFromFuture } from './promise-bridge.ts';
import { noteFailure, type UnretrievedFailure } from './unretrieved.ts';

/** Is notified when a future is done: the entry of a callback, or a task that awaits the future. */
export interface FutureObserver {
  /** The future is done. Must only schedule, never run user code. */
  futureDone(future: Future<unknown>): void;
  /** Its name in messages. Default: the name of its class. */
  label?(): string;
}

/** What a future's result comes of, where that is known. */
export interface Origins {
  /** Tasks and futures; a task that has to let go of something, such as the holder of a lock. */
  readonly futures: Iterable<Future<unknown>>;
  /** Whether all of them have to end before the result is there, whatever else happens. */
  readonly areRequired: boolean;
}

/** The producer of a future's result. It is notified when the result is no longer wanted. */
export interface FutureSource {
  /** The future was cancelled: stop working for it. */
  abandoned(future: Future<unknown>): void;
  /** For messages: what will complete the future. */
  describe(): string;
  /**
   * For call graphs: what has to happen first. Asked only then, and by whoever is about to wait in a circle.
   */
  origins?(): Origins;
  /** Whoever waits for it must not go on without: of a circle, another task is told, if there is one. */
  readonly isIndispensable?: boolean;
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
  /** @internal Of the types only: see {@link Suspension}. */
  declare readonly 'yield needs its star: write yield*': true;
  /** @internal See {@link Suspension}: tells a `yield*` of this future from a bare `yield`. */
  suspending = false;
  /** @internal The producer of the result, if it is known. */
  source: FutureSource | null = null;
  /** @internal True for a grant (of a lock, a queue) that is passed on if the awaiter is cancelled. */
  passedOnIfCancelled = false;
  /** @internal True until the error of a failed future is retrieved. */
  unretrieved = false;
  private observer: FutureObserver | null = null;
  private moreObservers: FutureObserver[] | null = null;

  /** @internal */
  constructor(options: { readonly loop?: LoopCore | undefined } | undefined, loop: LoopCore | undefined);
  /** @param options `loop`: the loop it belongs to, by default the running one */
  constructor(options?: { readonly loop?: LoopCore | undefined });
  constructor(options?: { readonly loop?: LoopCore | undefined }, loop?: LoopCore) {
    this.loop = loop ?? options?.loop ?? defaultLoop(options);
    if (this.loop.getDebug()) rememberOrigin(this, new.target);
  }

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
    if (this.state !== PENDING) throw this.failure();
    throw new InvalidStateError(`${this.describe()}: result() before it is done. Await it with "yield*".`);
  }

  /**
   * The error it failed with, or `null` when it has a result.
   * @throws CancelledError; InvalidStateError while it is pending
   */
  exception(): unknown {
    if (this.state === FINISHED) return null;
    if (this.state === FAILED) return this.failure();
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
   * @throws InvalidStateError when it is done already; TypeError for null and undefined, which
   *   `exception()` could not tell
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
   * @returns false if it was done already; then an error it failed with counts as retrieved
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
    // Now, while the caller at fault is on the stack: setResult() must not fail for it.
    checkCallback(callback, 'addDoneCallback', this.loop);
    this.addObserver(
      new CallbackObserver(callback, givenContext(options?.context, 'addDoneCallback') ?? snapshotContext()),
    );
  }

  /** Takes off every registration of `callback`. Returns how many there were. */
  removeDoneCallback(callback: (future: this) => unknown): number {
    return this.dropObservers((one) => one instanceof CallbackObserver && one.callback === callback);
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

  /**
   * `await future` in an async function: gives the result of a future that is done; for a pending one it
   * rejects, with what to write instead. Inside a coroutine use `yield*`.
   */
  // biome-ignore lint/suspicious/noThenProperty: without it, `await future` would silently give the future itself.
  then<R1 = T, R2 = never>(
    onFulfilled?: ((value: T) => R1 | PromiseLike<R1>) | null,
    onRejected?: ((reason: unknown) => R2 | PromiseLike<R2>) | null,
  ): Promise<R1 | R2> {
    return new Promise<T>((fulfil, reject) =>
      settleFromFuture(this, (value) => fulfil(value as T), reject),
    ).then(onFulfilled, onRejected);
  }

  private requirePending(call: string): void {
    if (this.state === PENDING) return;
    throw new InvalidStateError(`${this.describe()}: ${call}() on a future that is already done`);
  }

  /** @internal Whether it failed. Does not count as retrieving the error. */
  failed(): boolean {
    return this.state === FAILED;
  }

  /** `yield* future` awaits it. */
  [Symbol.iterator](): Iterator<Suspension, T, unknown> {
    // The future is its own iterator: whether it is done is all the state an await has, so there is nothing
    // to allocate.
    return this;
  }

  /**
   * @internal Iterator: suspends as long as it is pending, so a driver that has taken the suspension may
   * resume too early without harm. A caller that resumes without having taken it is not a driver but a `for`
   * loop or a spread, which would never end.
   */
  next(sent?: unknown): IteratorResult<Suspension, T> {
    if (sent === PROBE) {
      // In any state: describing a task that is about to be resumed must not resume it.
      recordProbe();
      return { done: false, value: this };
    }
    if (this.state === FINISHED) return { done: true, value: this.value as T };
    if (this.state !== PENDING) throw this.failure();
    if (this.suspending) throw this.notAwaited();
    this.beforeWait();
    this.suspending = true;
    return { done: false, value: this };
  }

  /** A coroutine is about to wait for it. Throws if that could never end. */
  protected beforeWait(): void {}

  /** @internal Iterator: an error thrown into the awaiting coroutine goes straight through. */
  throw(error: unknown): IteratorResult<Suspension, T> {
    this.suspending = false;
    throw error;
  }

  /** @internal Iterator: the awaiting coroutine is being closed. */
  return(value: T): IteratorResult<Suspension, T> {
    this.suspending = false;
    return { done: true, value };
  }

  /** @internal Adds an observer; if the future is done, notifies it at once (which only schedules). */
  addObserver(observer: FutureObserver): void {
    if (this.state !== PENDING) observer.futureDone(this);
    else if (this.observer === null) this.observer = observer;
    else if (this.moreObservers === null) this.moreObservers = [observer];
    else this.moreObservers.push(observer);
  }

  /** @internal */
  removeObserver(observer: FutureObserver): void {
    this.dropObservers((one) => one === observer);
  }

  private dropObservers(isDropped: (one: FutureObserver) => boolean): number {
    const before = this.observers();
    const kept = before.filter((one) => !isDropped(one));
    this.observer = kept[0] ?? null;
    this.moreObservers = kept.length > 1 ? kept.slice(1) : null;
    return before.length - kept.length;
  }

  /** @internal The number of observers, for messages. */
  observerCount(): number {
    return (this.observer === null ? 0 : 1) + (this.moreObservers?.length ?? 0);
  }

  /** @internal Completes a future that the caller knows to be pending. */
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
    if (more !== null) this.tell(more);
  }

  private tell(observers: readonly FutureObserver[]): void {
    for (const one of observers) one.futureDone(this);
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

  /** @internal What it comes of; `null` where that is not known, as of most. */
  origins(): Origins | null {
    return this.source?.origins?.() ?? null;
  }

  /** @internal What those who wait for it wait for, in words: `sleep(10)`, `get() of <Queue …>`. */
  describeAwaited(): string {
    return this.source?.describe() ?? `a ${this.constructor.name} that nobody has completed`;
  }

  /** @internal What messages call it: class and state, and what it waits for. */
  describe(): string {
    return `${this.constructor.name} ${[this.describeState(), ...this.describeDetails()].join(' ')}`;
  }

  /** @internal `pending`, `finished` (also when it failed), `cancelled`. */
  describeState(): string {
    return stateWord(this.state);
  }

  /** @internal Result or error, producer, observers: `key=value` each. */
  protected describeDetails(): string[] {
    const details = outcomeOf(this.state, this.value);
    if (this.source !== null) details.push(`source=${this.source.describe()}`);
    if (this.observer !== null) details.push(`cb=[${listLabels(this.observers())}]`);
    return details;
  }

  private notAwaited(): RuntimeError {
    this.suspending = false;
    return new RuntimeError(
      `${this.describe()} is iterated over while it is pending. Only "yield*" in a coroutine awaits it.`,
    );
  }

  private observers(): FutureObserver[] {
    if (this.observer === null) return [];
    return this.moreObservers === null ? [this.observer] : [this.observer, ...this.moreObservers];
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

/** The running loop, for a future made without naming one. */
function defaultLoop(options: unknown): LoopCore {
  // A loop itself in the place of the options would otherwise be passed over in silence.
  if (options !== undefined && (typeof options !== 'object' || options === null || 'callSoon' in options)) {
    throw new TypeError(`new Future: options are needed, got ${describeValue(options)}. Write { loop }.`);
  }
  return runningLoop('new Future()');
}
