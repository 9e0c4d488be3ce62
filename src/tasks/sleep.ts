/** Waiting for time to pass. */

import { CHECKPOINT, LeafCoroutine, PROBE, type Suspension } from '../coroutines/coroutine.ts';
import { describeValue } from '../coroutines/misuse.ts';
import { recordProbe } from '../coroutines/probe.ts';
import { Future, type FutureSource } from '../futures/future.ts';
import { runningLoop } from '../loop/current-loop.ts';
import type { TimerHandle } from '../loop/timer-handle.ts';

const SUSPENDED: IteratorResult<Suspension, never> = { done: false, value: CHECKPOINT };

/** `sleep(0)`: one suspension, and on in the next pass. */
class YieldOnce<T> extends LeafCoroutine<T> {
  private readonly result: T;
  private suspended = false;

  constructor(result: T) {
    super();
    this.result = result;
  }

  next(sent?: unknown): IteratorResult<Suspension, T> {
    if (sent === PROBE) recordProbe();
    else if (this.suspended) return { done: true, value: this.result };
    this.suspended = true;
    return SUSPENDED;
  }

  override describe(): string {
    return 'sleep(0)';
  }
}

/**
 * `sleep(ms)`: a future that a timer completes. The timer starts when the sleep is first awaited, and ends
 * with it.
 */
class Sleep<T> extends LeafCoroutine<T> implements FutureSource {
  private readonly delayMs: number;
  private readonly result: T;
  private future: Future<T> | null = null;
  private timer: TimerHandle | null = null;

  constructor(delayMs: number, result: T) {
    super();
    this.delayMs = delayMs;
    this.result = result;
  }

  next(sent?: unknown): IteratorResult<Suspension, T> {
    this.future ??= this.start();
    return this.future.next(sent);
  }

  override throw(error: unknown): never {
    this.timer?.cancel();
    throw error;
  }

  override return(value: T): IteratorResult<Suspension, T> {
    this.timer?.cancel();
    return { done: true, value };
  }

  abandoned(): void {
    this.timer?.cancel();
  }

  override describe(): string {
    return `sleep(${this.delayMs})`;
  }

  private start(): Future<T> {
    const loop = runningLoop('sleep');
    const future = new Future<T>({ loop });
    future.source = this;
    this.timer = loop.callLater(this.delayMs, () => {
      if (!future.done()) future.setResult(this.result);
    });
    return future;
  }
}

/**
 * Suspends until `loop.time()` has reached `whenMs`. Returns at once, after one suspension, when it has.
 *
 * @param whenMs milliseconds on the clock of the running loop
 * @throws RuntimeError outside of a running loop
 */
export function sleepUntil(whenMs: number): LeafCoroutine<void> {
  return sleep(whenMs - runningLoop('sleepUntil').time());
}

/**
 * Suspends the current task for `delayMs` milliseconds, never less; `sleep(0)` lets every other ready task
 * run once. `asyncio.sleep` of CPython 3.13.
 *
 *     yield* sleep(0.5);      // half a millisecond
 *
 * @param delayMs milliseconds, with fractions; 0 or negative suspends exactly once
 * @returns what is awaited; it returns `result`, where one is given
 * @throws TypeError when `delayMs` is not a number; RangeError for NaN
 */
export function sleep(delayMs: number): LeafCoroutine<void>;
export function sleep<T>(delayMs: number, result: T): LeafCoroutine<T>;
export function sleep<T>(delayMs: number, result?: T): LeafCoroutine<T | undefined> {
  if (typeof delayMs !== 'number') {
    throw new TypeError(`sleep: delayMs must be a number of milliseconds, got ${describeValue(delayMs)}`);
  }
  if (Number.isNaN(delayMs)) throw new RangeError('sleep: delayMs must be a number of milliseconds, got NaN');
  return delayMs > 0 ? new Sleep(delayMs, result) : new YieldOnce(result);
}
