/**
 * asyncio's timeout: cancels the task once when the time has passed, and makes that cancellation a
 * TimeoutError.
 *
 * | state    | entered by                     | expired() | reschedule() | at the end of the body                                     |
 * |----------|--------------------------------|-----------|--------------|------------------------------------------------------------|
 * | created  | construction                   | false     | refused      | –                                                          |
 * | active   | run(body)                      | false     | yes          | finished; result or error as they are                      |
 * | expiring | the time passed: task.cancel() | true      | refused      | expired; a CancelledError becomes TimeoutError, see below  |
 * | expired  | the end of the body            | true      | refused      | –                                                          |
 * | finished | the end of the body            | false     | refused      | –                                                          |
 *
 * At the end of an expiring body the timeout takes its own request back. The CancelledError is its own, and
 * becomes a TimeoutError with that as its cause, only if no request of another was raised inside the body, or
 * is still to be; otherwise the CancelledError goes on. (A request made before the body began may be raised
 * inside of it; one made in its clean-up, after it.) So of nested timeouts that expire together the outermost
 * one raises. The error of a cancelled scope is never a timeout's own.
 */

import { CancelledError, RuntimeError, type TimeoutError, timedOut } from '../base/errors.ts';
import { awaitBody } from '../cancellation/await-body.ts';
import type { CancelNode } from '../cancellation/cancel-tree.ts';
import { checkedTime } from '../cancellation/deadlines.ts';
import { ScopeCancelledError } from '../cancellation/scope-cancelled-error.ts';
import { type AwaitableInput, type Coroutine, isAwaitable } from '../coroutines/coroutine.ts';
import { Future } from '../futures/future.ts';
import { runningLoop } from '../loop/current-loop.ts';
import type { Handle } from '../loop/handle.ts';
import type { CancelRequest } from './cancel-requests.ts';
import { currentTask } from './current-task.ts';
import { futureFor } from './ensure-future.ts';
import type { Task } from './task.ts';

/** The body of a {@link timeout}: gets the Timeout, to ask and to reschedule. */
export type TimeoutBody<T> = (timeout: Timeout) => AwaitableInput<T>;

type TimeoutState = 'created' | 'active' | 'expiring' | 'expired' | 'finished';

/**
 * One use of {@link timeout} or {@link timeoutAt}, which make it and hand it to the body. `asyncio.Timeout`
 * of CPython 3.13.
 */
export class Timeout {
  private state: TimeoutState = 'created';
  private whenMs: number | null;
  private task: Task<unknown> | null = null;
  private handle: Handle | null = null;
  /** The scope the task was in when the body began: a shield further in keeps the timeout's request out. */
  private origin: CancelNode | null = null;
  /** Its request, once the time has passed. */
  private request: CancelRequest | null = null;
  /** How many requests of others had been raised in the task when the body began. */
  private raisedBefore = 0;
  /** For the message of its error. */
  private readonly call: string;
  private readonly limitMs: number | null;

  /** @param whenMs when it expires, on the clock of `loop.time()`; `null` for never */
  constructor(whenMs: number | null);
  /** @internal For a call with a limit of its own. */
  constructor(whenMs: number | null, call: string, limitMs: number | null);
  constructor(whenMs: number | null, call = 'timeout', limitMs: number | null = null) {
    this.whenMs = checkedTime(whenMs, 'Timeout', 'whenMs');
    this.call = call;
    this.limitMs = limitMs;
  }

  /** When it expires, on the clock of `loop.time()`; `null` for never. */
  when(): number | null {
    return this.whenMs;
  }

  /** Whether the time has passed before the body ended. */
  expired(): boolean {
    return this.state === 'expiring' || this.state === 'expired';
  }

  /**
   * Moves the end, on the clock of `loop.time()`; a time that has passed expires in the next pass, `null` is
   * never.
   * @throws RuntimeError before the body has begun, or when it has ended or the time has passed
   */
  reschedule(whenMs: number | null): void {
    const moved = checkedTime(whenMs, 'reschedule', 'whenMs');
    if (this.state === 'created') {
      throw new RuntimeError('reschedule: this Timeout has not been entered: its body does not run yet');
    }
    if (this.state !== 'active')
      throw new RuntimeError(`reschedule: too late, this Timeout is ${this.state}`);
    this.arm(moved);
  }

  /**
   * Runs `body` within this timeout; once for each.
   * @throws TimeoutError when the time passed and that ended the body; what the body throws; RuntimeError
   *   when it was used before
   */
  *run<T>(body: TimeoutBody<T>): Coroutine<T> {
    this.enter();
    try {
      const result = yield* awaitBody(body, this, this.call);
      this.finish();
      return result;
    } catch (error) {
      throw this.finish() && isDirectCancel(error) ? this.timeoutError(error) : error;
    } finally {
      // Reached unfinished only when the coroutine is closed from outside.
      this.finish();
    }
  }

  toString(): string {
    if (this.state !== 'active') return `<Timeout [${this.state}]>`;
    return `<Timeout [active] when=${this.whenMs === null ? 'null' : this.whenMs.toFixed(3)}>`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  private enter(): void {
    if (this.state !== 'created') {
      throw new RuntimeError(`${this}: this Timeout has already been entered. Make a new one for each use.`);
    }
    const task = currentTask(runningLoop(this.call));
    if (task === null) throw new RuntimeError(`${this.call}: use it inside a task, not in a plain callback`);
    this.state = 'active';
    this.task = task;
    this.origin = task.scopes?.innermost ?? null;
    this.raisedBefore = task.requests?.raisedCount ?? 0;
    this.arm(this.whenMs);
  }

  private arm(whenMs: number | null): void {
    this.whenMs = whenMs;
    this.disarm();
    if (whenMs === null) return;
    const task = this.task as Task<unknown>;
    const { loop } = task;
    task.rareState().deadlineCount++;
    const expire = (): void => this.expire();
    this.handle = whenMs <= loop.time() ? loop.callSoon(expire) : loop.callAt(whenMs, expire);
  }

  private disarm(): void {
    if (this.handle === null) return;
    this.handle.cancel();
    this.handle = null;
    (this.task as Task<unknown>).rareState().deadlineCount--;
  }

  private expire(): void {
    this.disarm();
    this.state = 'expiring';
    this.request = this.task?.cancelFrom(this.origin) ?? null;
  }

  /**
   * The body has ended. Returns whether a CancelledError that ended it is this timeout's own. The second
   * time, false.
   */
  private finish(): boolean {
    this.disarm();
    const task = this.task as Task<unknown>;
    if (this.state === 'active') this.state = 'finished';
    if (this.state !== 'expiring') return false;
    this.state = 'expired';
    return this.request !== null && task.cancelRequests().takeBack(this.request) <= this.raisedBefore;
  }

  private timeoutError(cause: CancelledError): TimeoutError {
    return timedOut(this.call, this.limitMs, { cause });
  }
}

/**
 * Runs `body`, and cancels it if it has not ended after `delayMs` milliseconds. `asyncio.timeout` of CPython
 * 3.13.
 *
 *     const page = yield* timeout(5000, () => fetchPage(url));
 *
 * Inside the body the end shows as one CancelledError, where it is suspended. A body that handles that and
 * goes on is not asked again; `failAfter` asks at every suspension.
 *
 * @param delayMs milliseconds from when it is awaited; `null` for no limit; 0 or less ends the body at its
 *   first suspension
 * @param body a coroutine function; it gets the {@link Timeout}, which can be rescheduled
 * @returns the body's result
 * @throws TimeoutError when the time passed and ended the body; what the body throws; RuntimeError outside of
 *   a task
 */
export function timeout<T>(delayMs: number | null, body: TimeoutBody<T>): Coroutine<T> {
  return withinDelay(checkedTime(delayMs, 'timeout', 'delayMs'), body, 'timeout');
}

/**
 * A coroutine, so that the time begins with its first step, and it can be made before there is a loop:
 * `run(timeout(…))`.
 */
function* withinDelay<T>(delayMs: number | null, body: TimeoutBody<T>, call: string): Coroutine<T> {
  const whenMs = delayMs === null ? null : runningLoop(call).time() + delayMs;
  return yield* new Timeout(whenMs, call, delayMs).run(body);
}

/** Like {@link timeout}, until a time on the clock of `loop.time()`. `asyncio.timeout_at` of CPython 3.13. */
export function timeoutAt<T>(whenMs: number | null, body: TimeoutBody<T>): Coroutine<T> {
  return new Timeout(whenMs, 'timeoutAt', null).run(body);
}

function isDirectCancel(error: unknown): error is CancelledError {
  return error instanceof CancelledError && !(error instanceof ScopeCancelledError);
}

/**
 * Awaits `awaitable` for at most `timeoutMs` milliseconds; when the time is up it is cancelled, and its end
 * is waited for. `asyncio.wait_for` of CPython 3.13.
 *
 *     const reply = yield* waitFor(loop.sockRecv(sock), 500);
 *
 * @param timeoutMs `null` or left out for no limit; 0 or less: only what is done already
 * @throws TimeoutError when the time is up; what the awaitable throws, also while it is being cancelled
 */
export function* waitFor<T>(awaitable: AwaitableInput<T>, timeoutMs?: number | null): Coroutine<T> {
  if (typeof timeoutMs === 'number' && timeoutMs <= 0) {
    return yield* onlyIfDone(futureFor('waitFor', awaitable), timeoutMs);
  }
  const limitMs = checkedTime(timeoutMs ?? null, 'waitFor', 'timeoutMs');
  // What is no coroutine and no future needs one, or is refused.
  const body = isAwaitable(awaitable) ? () => awaitable : () => futureFor('waitFor', awaitable);
  return yield* withinDelay(limitMs, body, 'waitFor');
}

/** For a limit that has passed already: a coroutine must not even begin, so this is no matter of a timer. */
function* onlyIfDone<T>(future: Future<T>, timeoutMs: number): Coroutine<T> {
  if (future.done()) return future.result();
  yield* cancelAndWait(future);
  try {
    return future.result();
  } catch (error) {
    if (!(error instanceof CancelledError)) throw error;
    throw timedOut('waitFor', timeoutMs, { cause: error });
  }
}

/**
 * Cancels a future and waits until it is done. Not by awaiting it: our own cancellation must not be taken for
 * its.
 */
function* cancelAndWait(future: Future<unknown>): Coroutine<void> {
  const ended = new Future<void>({ loop: future.loop });
  // A cancel that comes together with it is raised at once: the TimeoutError would hide it.
  ended.passedOnIfCancelled = true;
  const release = (): void => {
    if (!ended.done()) ended.setResult();
  };
  future.addDoneCallback(release);
  try {
    future.cancel();
    yield* ended;
  } finally {
    future.removeDoneCallback(release);
  }
}
