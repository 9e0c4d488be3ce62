/** Results in the order in which they arrive. */

import { timedOut } from '../base/errors.ts';
import { checkedTime } from '../cancellation/deadlines.ts';
import type { Awaitable, AwaitableInput, Coroutine } from '../coroutines/coroutine.ts';
import { Future, type FutureSource, type Origins } from '../futures/future.ts';
import { holdReport, noteFailure } from '../futures/unretrieved.ts';
import { runningLoop } from '../loop/current-loop.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { TimerHandle } from '../loop/timer-handle.ts';
import { futureFor } from './ensure-future.ts';
import { awaitableList } from './wait.ts';

/**
 * The iterator of {@link asCompleted}.
 *
 * | arrived         | waiters           | the next to be done                   |
 * |-----------------|-------------------|---------------------------------------|
 * | some            | none              | is taken from `arrived` when asked    |
 * | none            | some              | wakes the first waiter                |
 */
export class AsCompleted<T> implements IterableIterator<Coroutine<T>>, FutureSource {
  private readonly loop: LoopCore;
  private readonly todo: Set<Future<T>>;
  private readonly arrived: Future<T>[] = [];
  /** Those that failed, and whose error nobody could have looked at yet. */
  private readonly held = new Set<Future<T>>();
  private readonly waiters: Future<void>[] = [];
  private readonly timer: TimerHandle | null;
  private left: number;
  private readonly timeoutMs: number | null;
  private isOver = false;

  /** @internal Use {@link asCompleted}. */
  constructor(loop: LoopCore, futures: Set<Future<T>>, timeoutMs: number | null) {
    this.loop = loop;
    this.timeoutMs = timeoutMs;
    this.todo = futures;
    this.left = futures.size;
    for (const future of futures) future.addDoneCallback(this.onDone);
    this.timer =
      futures.size > 0 && timeoutMs !== null ? loop.callLater(timeoutMs, () => this.expire()) : null;
  }

  /**
   * Plain iteration: each value is a coroutine that waits for the next one to be done, and returns or raises
   * what it did.
   */
  next(): IteratorResult<Coroutine<T>> {
    if (this.left === 0) return { done: true, value: undefined };
    this.left--;
    return { done: false, value: this.nextResult() };
  }

  [Symbol.iterator](): this {
    return this;
  }

  /**
   * Iteration by future: waits for the next one to be done and returns that very task or future, or `null`
   * after the last. This is what `async for` over `asyncio.as_completed` does.
   * @throws TimeoutError when the time is up
   */
  *nextDone(): Coroutine<Future<T> | null> {
    if (this.left === 0) return null;
    this.left--;
    return yield* this.takeArrived();
  }

  /** Calls `body` with each future as it is done, one after the other. */
  *each(body: (future: Future<T>) => Coroutine<unknown>): Coroutine<void> {
    for (let future = yield* this.nextDone(); future !== null; future = yield* this.nextDone()) {
      yield* body(future);
    }
  }

  /** @internal A waiter takes itself off the list. */
  abandoned(): void {}

  /** @internal */
  describe(): string {
    return `asCompleted(), ${this.todo.size} left`;
  }

  /** @internal Any of them will do. */
  origins(): Origins {
    return { futures: this.todo, areRequired: false };
  }

  private *nextResult(): Coroutine<T> {
    const future = yield* this.takeArrived();
    return future.result();
  }

  private *takeArrived(): Coroutine<Future<T>> {
    while (this.arrived.length === 0 && !this.isOver) {
      const waiter = new Future<void>({ loop: this.loop });
      waiter.source = this;
      this.waiters.push(waiter);
      try {
        yield* waiter;
      } catch (error) {
        this.dropWaiter(waiter);
        throw error;
      }
    }
    const future = this.arrived.shift();
    if (future === undefined) throw timedOut('asCompleted', this.timeoutMs);
    if (this.held.delete(future) && future.unretrieved) noteFailure(future, true);
    return future;
  }

  private readonly onDone = (future: Future<T>): void => {
    if (!this.todo.delete(future)) return;
    if (holdReport(future)) this.held.add(future);
    this.arrived.push(future);
    if (this.todo.size === 0) this.timer?.cancel();
    this.wakeOne();
  };

  private expire(): void {
    this.isOver = true;
    for (const future of this.todo) future.removeDoneCallback(this.onDone);
    this.todo.clear();
    while (this.waiters.length > 0) this.wakeOne();
  }

  private wakeOne(): void {
    for (let waiter = this.waiters.shift(); waiter !== undefined; waiter = this.waiters.shift()) {
      if (waiter.done()) continue;
      waiter.setResult();
      return;
    }
  }

  /** A waiter is cancelled; if it had been woken, what arrived is for the next one. */
  private dropWaiter(waiter: Future<void>): void {
    const index = this.waiters.indexOf(waiter);
    if (index >= 0) this.waiters.splice(index, 1);
    else if (this.arrived.length > 0) this.wakeOne();
  }
}

/**
 * Runs awaitables concurrently and hands out their results as they arrive. `asyncio.as_completed` of CPython
 * 3.13.
 *
 *     for (const next of asCompleted([a(), b(), c()])) {
 *       const result = yield* next;
 *     }
 *     // or, to know which one it was:
 *     yield* asCompleted(tasks).each(function* (task) { … });
 *
 * @param options `timeoutMs`: for all of them together; then each await raises TimeoutError, and nothing is
 *   cancelled
 * @throws TypeError for what cannot be awaited, and for a time that is none
 */
export function asCompleted<T>(
  awaitables: Iterable<AwaitableInput<T>>,
  options?: { readonly timeoutMs?: number | null | undefined },
): AsCompleted<T> {
  const loop = runningLoop('asCompleted');
  // Before a task is made that would have no reader.
  const timeoutMs = checkedTime(options?.timeoutMs ?? null, 'asCompleted', 'timeoutMs');
  const list = awaitableList(awaitables, 'asCompleted') as Awaitable<T>[];
  const futures = new Set([...new Set(list)].map((awaitable) => futureFor('asCompleted', awaitable, loop)));
  return new AsCompleted(loop, futures, timeoutMs);
}
