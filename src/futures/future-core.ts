/**
 * The inside of a future: its state, who is told when it ends, and what `yield*` does with it. `Future` is its public face.
 *
 * Awaiting a pending future suspends by yielding the future itself to the driver of the coroutine, which is resumed when it is
 * done; awaiting a done one does not suspend. The future is its own iterator, so an await allocates nothing.
 */

import { brief } from '../base/describe.ts';
import { CancelledError, RuntimeError } from '../base/errors.ts';
import { PROBE, type Suspension } from '../coroutines/coroutine.ts';
import { describeValue } from '../coroutines/misuse.ts';
import { recordProbe } from '../coroutines/probe.ts';
import { runningLoop } from '../loop/current-loop.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import { rememberOrigin } from '../loop/origin.ts';
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
  futureDone(future: FutureCore<unknown>): void;
  /** For messages: who is told. Default: the name of its class. */
  label?(): string;
}

/** @internal Who is going to complete a future: it is told when nobody wants the result any more. */
export interface FutureSource {
  /** The future was cancelled: stop working for it. */
  abandoned(future: FutureCore<unknown>): void;
  /** For messages: what will complete the future. */
  describe(): string;
}

/** @internal State, observers and the await protocol of a future. */
export abstract class FutureCore<T> implements Suspension, UnretrievedFailure {
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
  /** @internal True for a grant that its giver passes on when the awaiter is cancelled: it is not lost with the awaiter. */
  passedOnIfCancelled = false;
  /** @internal True until somebody has looked at the error of a failed future. */
  unretrieved = false;
  protected observer: FutureObserver | null = null;
  protected moreObservers: FutureObserver[] | null = null;

  /** @internal */
  constructor(options: { readonly loop?: LoopCore | undefined } | undefined, loop: LoopCore | undefined);
  /** @param options `loop`: the loop it belongs to, by default the running one */
  constructor(options?: { readonly loop?: LoopCore | undefined });
  constructor(options?: { readonly loop?: LoopCore | undefined }, loop?: LoopCore) {
    this.loop = loop ?? options?.loop ?? defaultLoop(options);
    if (this.loop.getDebug()) rememberOrigin(this, new.target);
  }

  /** @internal Whether it failed. Does not count as looking at the error. */
  failed(): boolean {
    return this.state === FAILED;
  }

  /** `yield* future` awaits it. */
  [Symbol.iterator](): Iterator<Suspension, T, unknown> {
    // The future is its own iterator: whether it is done is all the state an await has, so there is nothing to allocate.
    return this;
  }

  /**
   * @internal Iterator: suspends as long as it is pending, so a driver that has taken the suspension may resume too early without
   * harm. Whoever goes on without having taken it is no driver, but a loop or a spread, which would never end.
   */
  next(sent?: unknown): IteratorResult<Suspension, T> {
    if (sent === PROBE) {
      // In any state: whoever describes a task that is about to be resumed must not resume it.
      recordProbe();
      return { done: false, value: this };
    }
    if (this.state === FINISHED) return { done: true, value: this.value as T };
    if (this.state !== PENDING) throw this.failure();
    if (this.suspending) throw this.notAwaited();
    this.suspending = true;
    return { done: false, value: this };
  }

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

  /** @internal What messages call it: class and state, and what it waits for. */
  describe(): string {
    return `${this.constructor.name} ${[this.describeState(), ...this.describeDetails()].join(' ')}`;
  }

  /** @internal `pending`, `finished` (also when it failed), `cancelled`. */
  describeState(): string {
    if (this.state === PENDING) return 'pending';
    return this.state === CANCELLED ? 'cancelled' : 'finished';
  }

  /** @internal Result or error, who completes it, who is told: `key=value` each. */
  protected describeDetails(): string[] {
    const details: string[] = [];
    if (this.state === FINISHED) details.push(`result=${brief(this.value)}`);
    if (this.state === FAILED) details.push(`exception=${brief(this.value)}`);
    if (this.source !== null) details.push(`source=${this.source.describe()}`);
    if (this.observer !== null) details.push(`cb=[${listed(this.observers())}]`);
    return details;
  }

  private notAwaited(): RuntimeError {
    this.suspending = false;
    return new RuntimeError(
      `${this.describe()} is iterated over while it is pending. Only "yield*" in a coroutine awaits it.`,
    );
  }

  protected observers(): FutureObserver[] {
    if (this.observer === null) return [];
    return this.moreObservers === null ? [this.observer] : [this.observer, ...this.moreObservers];
  }
}

/** The running loop, for a future whose maker did not name one. */
function defaultLoop(options: unknown): LoopCore {
  // A loop itself in the place of the options would otherwise be passed over in silence.
  if (options !== undefined && (typeof options !== 'object' || options === null || 'callSoon' in options)) {
    throw new TypeError(`new Future: options are needed, got ${describeValue(options)}. Write { loop }.`);
  }
  return runningLoop('new Future()');
}

/** The first and the last observer, and how many are between. */
function listed(observers: readonly FutureObserver[]): string {
  const labels = observers.map((observer) => observer.label?.() ?? observer.constructor.name);
  const between = labels.length - 2;
  if (between > 0) labels.splice(1, between, `<${between} more>`);
  return labels.join(', ');
}
