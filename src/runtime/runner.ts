/** Several runs on one loop, with one context. */

import { requireOptions } from '../base/arguments.ts';
import { type Context, copyContext, givenContext } from '../base/context.ts';
import { CancelledError, KeyboardInterrupt, RuntimeError } from '../base/errors.ts';
import type { Awaitable, Coroutine } from '../coroutines/coroutine.ts';
import { reportLeftResources, reportLeftTasks } from '../debug/leaks.ts';
import { watchUnawaited } from '../debug/unawaited.ts';
import { runningLoopOrNull } from '../loop/current-loop.ts';
import type { LoopOptions } from '../loop/loop-options.ts';
import { Interrupts } from '../signals/interrupt.ts';
import type { Task } from '../tasks/task.ts';
import { EventLoop } from './event-loop.ts';
import { coroutineOf, type Main } from './run-loop.ts';
import { cancelAllTasks, finish } from './shutdown.ts';

/** How long the end of a run waits for calls on the default executor's threads. asyncio's 300 s. */
export const THREAD_JOIN_TIMEOUT_MS = 300_000;

/** What a {@link Runner} and {@link run} take: the loop's options, or a function that makes the loop. */
export interface RunnerOptions extends LoopOptions {
  /** Makes the loop. The other options, except `debug`, are then not used. */
  readonly loopFactory?: (() => EventLoop) | undefined;
}

/**
 * Runs several coroutines, one after the other, on the same loop and in the same context. `asyncio.Runner` of
 * CPython 3.13.
 *
 *     using runner = new Runner();
 *     const config = runner.run(loadConfig());
 *     runner.run(serve(config));
 *
 * | state       | entered by           | run, getLoop               | close            |
 * |-------------|----------------------|----------------------------|------------------|
 * | created     | construction         | make the loop              | nothing to do    |
 * | initialized | run, getLoop         | yes                        | closes the loop  |
 * | closed      | close, `using`       | RuntimeError               | nothing to do    |
 */
export class Runner {
  private readonly options: RunnerOptions;
  private loop: EventLoop | null = null;
  private context: Context | null = null;
  private closed = false;
  /** Caught, while this runs or closes. */
  private interrupts: Interrupts | null = null;

  constructor(options: RunnerOptions = {}) {
    requireOptions('Runner', 'new Runner({ debug: true })', options);
    this.options = options;
  }

  /** The loop, made on first use. @throws RuntimeError when the runner is closed */
  getLoop(): EventLoop {
    if (this.closed) throw new RuntimeError('Runner is closed');
    if (this.loop === null) {
      this.loop = this.options.loopFactory?.() ?? new EventLoop(this.options);
      if (this.options.debug !== undefined) this.loop.setDebug(this.options.debug);
      this.context = copyContext();
    }
    return this.loop;
  }

  /**
   * Runs a coroutine to its end and returns its result.
   *
   * On Ctrl-C the coroutine is cancelled, its `finally` blocks run, and then KeyboardInterrupt is thrown; a
   * second Ctrl-C kills the process.
   *
   * @param main a coroutine, or a function that makes one
   * @param options `context`: the context to run in, by default the runner's own
   * @throws what the coroutine throws; RuntimeError inside a running loop or when closed; KeyboardInterrupt
   */
  run<T>(main: Coroutine<T> | (() => Awaitable<T>), options?: { readonly context?: Context | undefined }): T {
    return this.runAs('Runner.run', main, options?.context);
  }

  private runAs<T>(call: string, main: Main<T>, given?: Context): T {
    refuseRunningLoop(call);
    const loop = this.getLoop();
    watchUnawaited(loop);
    const context = givenContext(given, call) ?? (this.context as Context);
    const coroutine = context.run(coroutineOf<T>, loop, main, call);
    const task = loop.createTask(coroutine, { context });
    return this.interruptibly(loop, (interrupts) => runInterruptibly(loop, task, interrupts));
  }

  /**
   * Cancels what is left, runs it to its end, and closes the loop. Closing twice is harmless.
   * @throws KeyboardInterrupt after a Ctrl-C, which the tasks that end do not notice; a second one kills the
   *   process
   */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    const { loop } = this;
    this.loop = null;
    if (loop === null) return;
    this.interruptibly(loop, (interrupts) => {
      try {
        const allEnded = cancelAllTasks(loop);
        finish(loop, loop.shutdownAsyncgens());
        finish(loop, loop.shutdownDefaultExecutor(THREAD_JOIN_TIMEOUT_MS));
        // What the last calls of threads have started.
        if (allEnded) cancelAllTasks(loop);
        reportLeftResources(loop);
      } finally {
        interrupts.release();
        loop.close();
      }
    });
  }

  /**
   * @internal {@link run} and {@link close}, as one run for Ctrl-C. The error of main comes before those of
   *   closing.
   * @param call the name of what the user has called
   */
  runAndClose<T>(main: Main<T>, call: string): T {
    const loop = this.getLoop();
    return this.interruptibly(loop, () => {
      let result: T;
      try {
        result = this.runAs(call, main);
      } catch (error) {
        this.closeAfter(error, loop);
        throw error;
      }
      reportLeftTasks(loop);
      this.close();
      return result;
    });
  }

  private closeAfter(error: unknown, loop: EventLoop): void {
    try {
      this.close();
    } catch (closeError) {
      if (closeError === error) return;
      loop.callExceptionHandler({ message: 'Exception while run() closed its loop', exception: closeError });
    }
  }

  /**
   * Runs `body` with Ctrl-C caught, unless it is already.
   * @throws KeyboardInterrupt after one that nothing has acted on
   */
  private interruptibly<T>(loop: EventLoop, body: (interrupts: Interrupts) => T): T {
    if (this.interrupts !== null) return body(this.interrupts);
    const interrupts = new Interrupts(loop);
    this.interrupts = interrupts;
    let result: T;
    try {
      result = body(interrupts);
    } finally {
      this.interrupts = null;
      interrupts.release();
    }
    // The program is meant, which would go on.
    if (interrupts.pending) throw interruption();
    return result;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/**
 * Runs a coroutine to its end on a new event loop, blocking this thread, and returns its result:
 * `asyncio.run` of CPython 3.13, inside Node.
 *
 *     const value = run(main());
 *
 * Whatever happens, tasks that are left are cancelled and run to their end, and the loop is closed. On Ctrl-C
 * the main task is cancelled, its `finally` blocks run, and then `run` throws KeyboardInterrupt; a second
 * Ctrl-C kills.
 *
 * @param main a coroutine, or a function that makes one or returns something to await:
 *   `run(() => gather([a(), b()]))`
 * @throws what the coroutine throws; RuntimeError inside a running loop; KeyboardInterrupt
 */
export function run<T>(main: Coroutine<T> | (() => Awaitable<T>), options?: RunnerOptions): T {
  return runAs('run', main, options);
}

/** @internal {@link run} for another function. */
export function runAs<T>(call: string, main: Main<T>, options: RunnerOptions | undefined): T {
  refuseRunningLoop(call);
  if (options !== undefined) requireOptions(call, `${call}(main, { debug: true })`, options);
  return new Runner(options).runAndClose(main, call);
}

function refuseRunningLoop(call: string): void {
  if (runningLoopOrNull() === null) return;
  throw new RuntimeError(
    `${call}() cannot be called from a running event loop. Use "yield*" to await a coroutine there.`,
  );
}

/** Runs a task with Ctrl-C bound to its cancellation. */
function runInterruptibly<T>(loop: EventLoop, task: Task<T>, interrupts: Interrupts): T {
  let interrupted = false;
  interrupts.action = () => {
    if (task.cancel()) interrupted = true;
    else if (!task.cancelled()) throw interruption();
  };
  try {
    return loop.runUntilComplete(task);
  } catch (error) {
    // Only if the cancellation that ended it was ours, and nobody else's besides.
    if (interrupted && error instanceof CancelledError && task.uncancel() === 0) throw interruption();
    throw error;
  } finally {
    interrupts.action = null;
  }
}

/** @internal */
export function interruption(): KeyboardInterrupt {
  return new KeyboardInterrupt('interrupted by Ctrl-C (SIGINT)');
}
