/**
 * `run()` inside Node's own loop: a coroutine to its end, as a Promise.
 *
 * | the run ends with                          | by                                             | the Promise                     |
 * |--------------------------------------------|------------------------------------------------|---------------------------------|
 * | main's result or error                     | main                                           | fulfilled or rejected with it   |
 * | the signal's reason                        | `signal`, and main ended by that cancellation  | rejected with it                |
 * | KeyboardInterrupt                          | Ctrl-C with `interrupts: true`, likewise, or too late for main | rejected with it |
 * | an error that ends any run                 | a task or callback that threw an interrupt     | rejected with it                |
 *
 * Whatever it is, tasks that are left are cancelled and run to their end, and the loop is closed, before the
 * Promise settles. An error of that is reported where there is one already.
 */

import { requireOptions } from '../base/arguments.ts';
import { type Context, copyContext, givenContext } from '../base/context.ts';
import { CancelledError } from '../base/errors.ts';
import { type Awaitable, type Coroutine, isCoroutineFunction } from '../coroutines/coroutine.ts';
import { describeValue } from '../coroutines/misuse.ts';
import { reportLeftResources, reportLeftTasks } from '../debug/leaks.ts';
import { watchUnawaited } from '../debug/unawaited.ts';
import { fromPromise } from '../futures/from-promise.ts';
import type { Future } from '../futures/future.ts';
import { isPromiseLike } from '../futures/promise-bridge.ts';
import { Interrupts } from '../signals/interrupt.ts';
import type { Task } from '../tasks/task.ts';
import type { Attachment } from './attachment.ts';
import { EventLoop } from './event-loop.ts';
import { callIn, coroutineOf, type Main } from './run-loop.ts';
import { interruption, type RunnerOptions, THREAD_JOIN_TIMEOUT_MS } from './runner.ts';
import { roundsOfEnding } from './shutdown.ts';

/** A coroutine, the function that makes it, or an async function. */
export type GuestMain<T> = Main<T> | (() => PromiseLike<T>);

/** What {@link runGuest} takes. */
export interface GuestOptions extends RunnerOptions {
  /** Cancels main when it aborts; the Promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Whether Ctrl-C is main's cancellation, as in `run()`. Default: no, Node's own handlers rule. */
  readonly interrupts?: boolean | undefined;
  /**
   * Whether to warn (`process.emitWarning`, `DeadlockWarning`) when tasks wait and nothing of the loop's own
   * can wake them: no timer, no descriptor, no worker, no Promise of `fromPromise`. Something else of Node's
   * may do so all the same, which is why this is no error, as it is in `run()`. Default: false.
   */
  readonly warnOnDeadlock?: boolean | undefined;
  /** The context main runs in. Default: a copy of the current one. */
  readonly context?: Context | undefined;
}

/** Who cancelled main, and what the run then ends with. */
interface Canceller {
  cancelled: { readonly reason: unknown } | null;
}

/**
 * Runs a coroutine to its end on a new event loop that is a guest of Node's own: this thread is not blocked,
 * Promises settle, and Node's timers, `fetch`, database drivers and servers go on beside it.
 *
 *     const rows = await runGuest(function* () {
 *       using server = yield* startServer(serve, { port: 8000 });
 *       const page = yield* fromPromise(fetch('http://localhost:8000/'));
 *       …
 *     });
 *
 * @param main a coroutine, a function that makes one, or an async function
 * @param options `signal` cancels main; `interrupts: true` gives it Ctrl-C; else as for `run()`
 * @returns main's result. Rejects with what main throws, the signal's reason, or KeyboardInterrupt
 */
export async function runGuest<T>(main: GuestMain<T>, options: GuestOptions = {}): Promise<T> {
  requireOptions('runGuest', 'runGuest(main, { signal })', options);
  requireSignal(options.signal);
  options.signal?.throwIfAborted();
  const loop = options.loopFactory?.() ?? new EventLoop(options);
  if (options.debug !== undefined) loop.setDebug(options.debug);
  const attachment = attachNew(loop, options);
  const interrupts = options.interrupts === true ? new Interrupts(loop) : null;
  let result: T;
  try {
    result = await attachedRun(attachment, loop, main, options, interrupts);
  } catch (error) {
    await closeAfter(error, loop, interrupts);
    throw error;
  }
  await close(loop, interrupts);
  // The program is meant, which would go on.
  if (interrupts?.pending === true) throw interruption();
  return result;
}

/** Attaches a loop that nothing is left of if it cannot be a guest. */
function attachNew(loop: EventLoop, options: GuestOptions): Attachment {
  try {
    return loop.attach({ warnOnDeadlock: options.warnOnDeadlock });
  } catch (error) {
    loop.close();
    throw error;
  }
}

function requireSignal(signal: unknown): void {
  if (signal === undefined || signal === null) return;
  // Not `instanceof`: each realm, such as that of a test runner, may have an AbortSignal of its own.
  if (typeof (signal as Partial<AbortSignal>).throwIfAborted === 'function') return;
  throw new TypeError(
    `runGuest: an AbortSignal was expected as signal, got ${describeValue(signal)}. Write { signal: controller.signal }.`,
  );
}

async function attachedRun<T>(
  attachment: Attachment,
  loop: EventLoop,
  main: GuestMain<T>,
  options: GuestOptions,
  interrupts: Interrupts | null,
): Promise<T> {
  watchUnawaited(loop);
  const canceller: Canceller = { cancelled: null };
  let release = noValue;
  try {
    const context = givenContext(options.context, 'runGuest') ?? copyContext();
    const task = loop.createTask(context.run(guestCoroutine<T>, loop, main), { context });
    release = bindCancellation(task, options.signal, interrupts, canceller);
    await Promise.race([attachment.ended, task.then(noValue, noValue)]);
    const result = endOf(task, canceller);
    reportLeftTasks(loop);
    return result;
  } finally {
    release();
    attachment.detach();
  }
}

function noValue(): void {}

/** Main's result, or what the run ends with. */
function endOf<T>(task: Task<T>, { cancelled }: Canceller): T {
  // Only if the cancellation that ended it was ours, and nobody else's besides.
  if (cancelled !== null && task.cancelled() && task.uncancel() === 0) throw cancelled.reason;
  if (!task.done()) throw new CancelledError('the event loop was stopped before main was done');
  return task.result();
}

/** Lets the signal and Ctrl-C cancel main. Returns the function that ends this. */
function bindCancellation(
  task: Task<unknown>,
  signal: AbortSignal | undefined,
  interrupts: Interrupts | null,
  canceller: Canceller,
): () => void {
  const onAbort = (): void => {
    if (task.cancel(signal?.reason)) canceller.cancelled ??= { reason: signal?.reason };
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  // By the function that made main.
  if (signal?.aborted === true) onAbort();
  if (interrupts !== null) {
    interrupts.action = () => {
      if (task.cancel()) canceller.cancelled ??= { reason: interruption() };
      else if (!task.cancelled()) interrupts.pending = true;
    };
  }
  return () => {
    signal?.removeEventListener('abort', onAbort);
    if (interrupts !== null) interrupts.action = null;
  };
}

/** Ends what is left, and closes the loop. */
async function close(loop: EventLoop, interrupts: Interrupts | null): Promise<void> {
  try {
    await endAttached(loop);
  } finally {
    interrupts?.release();
    loop.close();
  }
}

/** {@link close} after an error, which comes before those of closing. */
async function closeAfter(error: unknown, loop: EventLoop, interrupts: Interrupts | null): Promise<void> {
  try {
    await close(loop, interrupts);
  } catch (closeError) {
    if (closeError === error) return;
    const message = 'Exception while runGuest() closed its loop';
    loop.callExceptionHandler({ message, exception: closeError });
  }
}

/** Cancels what is left on a loop and runs it to its end, as a guest. */
async function endAttached(loop: EventLoop): Promise<void> {
  const allEnded = await endTasks(loop);
  await finish(loop, loop.shutdownAsyncgens());
  await finish(loop, loop.shutdownDefaultExecutor(THREAD_JOIN_TIMEOUT_MS));
  // What the last calls of threads have started.
  if (allEnded) await endTasks(loop);
  reportLeftResources(loop);
}

/** `cancelAllTasks` of a guest. */
async function endTasks(loop: EventLoop): Promise<boolean> {
  for (const ending of roundsOfEnding(loop)) await finish(loop, loop.createTask(ending));
  return loop.liveTasks.size === 0;
}

/** `runUntilComplete` of a guest; that what is left calls stop() only ends an attachment. */
async function finish(loop: EventLoop, last: Future<void>): Promise<void> {
  while (!last.done()) {
    const attachment = loop.attach();
    try {
      await Promise.race([attachment.ended, last.then(noValue, noValue)]);
    } finally {
      attachment.detach();
    }
  }
  last.result();
}

function guestCoroutine<T>(loop: EventLoop, main: GuestMain<T>): Coroutine<T> {
  if (isPromiseLike(main)) return awaitPromise(loop, main as PromiseLike<T>);
  if (typeof main !== 'function' || isCoroutineFunction(main)) {
    return coroutineOf<T>(loop, main as Main<T>, 'runGuest');
  }
  const made = callIn(loop, main as () => Awaitable<T> | PromiseLike<T>);
  return isPromiseLike(made) ? awaitPromise(loop, made) : coroutineOf<T>(loop, () => made, 'runGuest');
}

/** Asks the Promise now, not in main's first step: Node ends a process for an error that nobody asks for. */
function awaitPromise<T>(loop: EventLoop, promise: PromiseLike<T>): Coroutine<T> {
  return callIn(loop, () => fromPromise(promise));
}
