/** A loop on a thread of its own, as its starter sees it. */

import { requireOptions } from '../base/arguments.ts';
import { BrokenExecutorError, CancelledError, RuntimeError } from '../base/errors.ts';
import { packageFolder } from '../base/package-files.ts';
import type { Coroutine } from '../coroutines/coroutine.ts';
import { EXITING, FAILURE, REPORT, RESULT, STARTED, type WorkerMessage } from '../executors/messages.ts';
import { moduleUrl } from '../executors/module-calls.ts';
import { movedIn } from '../executors/moving.ts';
import { endWithLoop, forgetPool } from '../executors/pools-of-loop.ts';
import { type ThreadOptions, ThreadWorker } from '../executors/thread-worker.ts';
import { decodeError, type ErrorClass } from '../executors/transported-errors.ts';
import { Future } from '../futures/future.ts';
import { FINISHED, PENDING } from '../futures/future-state.ts';
import { addWaiter } from '../futures/waiter-list.ts';
import { defaultKernel } from '../kernel/default-kernel.ts';
import type { WakeHandle } from '../kernel/kernel.ts';
import { runningLoop } from '../loop/current-loop.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import { loopThreadSource } from './loop-thread-program.ts';
import { meetProgram } from './serve-thread.ts';

// In a thread whose module imports this package, this copy of it serves the module.
meetProgram();

/** Options of a {@link LoopThread}. */
export interface LoopThreadOptions extends ThreadOptions {
  /** A name for messages. Default: `LoopThread-1` and so on. */
  readonly name?: string | undefined;
  /** Classes of your own that errors from the thread are made instances of, by name. */
  readonly errorClasses?: readonly ErrorClass[] | undefined;
}

/** The names of a module's functions. */
type CallName<M> = {
  [K in keyof M]: M[K] extends (...args: never[]) => unknown ? K : never;
}[keyof M] &
  string;

type CallArguments<F> = F extends (...args: infer A) => unknown ? A : never;
type CallReturn<F> = F extends (...args: never[]) => infer R
  ? R extends Coroutine<infer T>
    ? T
    : Awaited<R>
  : never;

/** How long the end of a thread that was killed is waited for. */
const KILL_TIMEOUT_MS = 5000;

let threadCount = 0;

/**
 * A thread with an event loop of its own, which calls functions of a module when it is asked to.
 *
 *     const thread = new LoopThread<typeof import('./crawler.ts')>(new URL('./crawler.ts', import.meta.url));
 *     const pages = yield* thread.call('crawl', 'https://example.org');
 *     yield* thread.stop();
 *
 * The module's functions run as tasks of the thread's loop, coroutine functions and plain ones; many at a
 * time. Arguments and results are copied, as by a {@link ThreadPoolExecutor}.
 *
 * | state    | entered by                          | call                 | stop                        |
 * |----------|-------------------------------------|----------------------|-----------------------------|
 * | starting | construction                        | waits for its loop   | when its loop has begun     |
 * | running  | its loop's first pass               | a task there         | cancels its tasks           |
 * | stopping | stop                                | RuntimeError         | waits for the same end      |
 * | ended    | stop; an error; `process.exit`; …   | BrokenExecutorError  | nothing to wait for         |
 *
 * It ends with the loop that it was started from. An error that ends it fails the calls it had with
 * BrokenExecutorError, and is reported to that loop's exception handler unless somebody awaits {@link join}.
 */
export class LoopThread<M extends object = Record<string, (...args: never[]) => unknown>> {
  readonly name: string;
  private readonly loop: LoopCore;
  private readonly worker: ThreadWorker;
  private readonly classes: ReadonlyMap<string, ErrorClass>;
  private readonly calls = new Map<number, Future<unknown>>();
  /** Those who wait for the end of its loop, and for that of the thread. */
  private readonly stoppers: Future<void>[] = [];
  private readonly joiners: Future<void>[] = [];
  private wake: WakeHandle | null = null;
  private lastId = 0;
  private isStopping = false;
  private hasStopped = false;
  /** How it ended, where it was not stopped: `null` until then. */
  private failure: BrokenExecutorError | null = null;
  private isEnded = false;

  /**
   * @param url where the module is: `new URL('./crawler.ts', import.meta.url)`
   * @throws RuntimeError outside of a running loop; TypeError for a relative path; OSError EMFILE
   */
  constructor(url: URL | string, options: LoopThreadOptions = {}) {
    this.loop = runningLoop('new LoopThread()');
    requireOptions('new LoopThread()', 'new LoopThread(url, { name: … })', options);
    this.name = options.name ?? `LoopThread-${++threadCount}`;
    this.classes = new Map((options.errorClasses ?? []).map((each) => [each.name, each]));
    const data = { url: moduleUrl(url, 'new LoopThread()'), packageUrl: packageUrl() };
    const listener = {
      received: (message: WorkerMessage) => this.received(message),
      ended: (reason: string) => this.ended(reason),
      // Its tasks go on between calls, and their errors are reported here.
      mayWake: () => true,
    };
    this.worker = new ThreadWorker(this.name, listener, options, { source: loopThreadSource, data });
    this.worker.attach(this.loop);
    endWithLoop(this.loop, this);
  }

  /**
   * Calls a function of the module in the thread's loop. Cancelling the future drops the result; the call
   * goes on.
   * @returns what it returned
   * @throws what it threw; BrokenExecutorError if the thread ends before; TypeError for what cannot be sent;
   * RuntimeError after `stop`
   */
  call<K extends CallName<M>>(name: K, ...args: CallArguments<M[K]>): Future<CallReturn<M[K]>> {
    return this.request(name, args) as Future<CallReturn<M[K]>>;
  }

  /**
   * Stops the loop, however long its wait would have been: its tasks are cancelled and run to their end.
   * Returns when the loop has ended; the thread follows by itself, at the latest before the loop of its
   * starter closes. Stopping twice waits for the same end.
   * @throws BrokenExecutorError if it ended otherwise: see {@link join}
   */
  stop(): Future<void> {
    if (!this.isStopping && !this.isEnded) {
      this.isStopping = true;
      this.post(null, []);
    }
    return this.waitFor(this.stoppers, this.hasStopped || this.isEnded);
  }

  /**
   * Waits for the thread's end.
   * @throws BrokenExecutorError if it ended by an error, `process.exit()` other than 0, or for want of memory
   */
  join(): Future<void> {
    return this.waitFor(this.joiners, this.isEnded);
  }

  /**
   * Ends the thread at once, in the middle of whatever it does. Blocks until it is gone, which takes
   * milliseconds.
   */
  terminate(): void {
    if (this.isEnded) return;
    this.isStopping = true;
    this.worker.kill();
    // V8 ends a thread between calls into native code: not while it sleeps in its select().
    this.wakeUp();
    this.worker.waitEnd(KILL_TIMEOUT_MS);
    this.ended('was terminated');
  }

  /** `using thread = new LoopThread(…)`: {@link terminate} at the end of the block. */
  [Symbol.dispose](): void {
    this.terminate();
  }

  /** Its name, its state, and how many calls it has. */
  toString(): string {
    const state = this.isEnded
      ? 'ended'
      : this.isStopping
        ? 'stopping'
        : this.wake === null
          ? 'starting'
          : 'running';
    return `<LoopThread ${this.name} ${state} calls=${this.calls.size}>`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  /** @internal A call, or a service of this package (`#…`). */
  request(name: string, args: readonly unknown[]): Future<unknown> {
    if (this.failure !== null) throw this.failure;
    if (this.isStopping || this.isEnded)
      throw new RuntimeError(`call: ${this} was stopped and takes no more calls`);
    const id = ++this.lastId;
    const future = new Future<unknown>({ loop: this.loop });
    try {
      this.post([id, name, args], movedIn(args));
    } catch (error) {
      throw new TypeError(
        `${name}: an argument cannot be sent to another thread: ${(error as Error).message}.`,
        {
          cause: error,
        },
      );
    }
    this.calls.set(id, future);
    return future;
  }

  private waitFor(waiters: Future<void>[], isOver: boolean): Future<void> {
    const waiter = new Future<void>({ loop: this.loop });
    if (isOver) this.settle(waiter);
    else addWaiter(waiters, waiter);
    return waiter;
  }

  private post(message: unknown, transfer: readonly object[]): void {
    this.worker.post(message, transfer);
    this.wakeUp();
  }

  private wakeUp(): void {
    if (this.wake !== null) defaultKernel().wake(this.wake);
  }

  private received(message: WorkerMessage): void {
    if (message[0] === STARTED) {
      this.wake = message[1] ?? null;
      // Something may have come between its last look and its word.
      this.wakeUp();
    } else if (message[0] === EXITING && this.isStopping && message[1] === 0) {
      this.hasStopped = true;
      for (const stopper of this.stoppers.splice(0)) this.settle(stopper);
    } else if (message[0] === REPORT) {
      const [, text, error] = message;
      // In a callback: handlers are user code.
      this.loop.callSoon(() =>
        this.loop.callExceptionHandler({
          message: `${text} (in ${this.name})`,
          exception: decodeError(error, this.classes),
        }),
      );
    } else if (message[0] === RESULT || message[0] === FAILURE) {
      const future = this.calls.get(message[1]);
      this.calls.delete(message[1]);
      if (future === undefined || future.state !== PENDING) return;
      if (message[0] === RESULT) future.settle(FINISHED, message[2]);
      else this.failCall(future, decodeError(message[2], this.classes));
    }
  }

  private failCall(future: Future<unknown>, error: unknown): void {
    if (error instanceof CancelledError) future.cancel(error.reason);
    else future.fail(error);
  }

  private ended(reason: string): void {
    if (this.isEnded) return;
    this.isEnded = true;
    forgetPool(this, this.loop);
    const wasAsked = this.isStopping && !reason.startsWith('died');
    if (!wasAsked && reason !== 'ended with exit code 0')
      this.failure = new BrokenExecutorError(`${this.name} ${reason}`);
    for (const future of this.calls.values()) {
      if (future.state !== PENDING) continue;
      if (wasAsked) future.cancel(`${this.name} was stopped`);
      else future.fail(new BrokenExecutorError(`${this.name} ${reason} before it answered`));
    }
    this.calls.clear();
    const { failure } = this;
    if (failure !== null && this.joiners.length + this.stoppers.length === 0) {
      this.loop.callSoon(() =>
        this.loop.callExceptionHandler({ message: `${this.name} ended`, exception: failure }),
      );
    }
    for (const waiter of [...this.stoppers.splice(0), ...this.joiners.splice(0)]) this.settle(waiter);
  }

  private settle(joiner: Future<void>): void {
    if (joiner.state !== PENDING) return;
    if (this.failure === null) joiner.settle(FINISHED, undefined);
    else joiner.fail(this.failure);
  }
}

/** The package's own entry, beside this file. */
function packageUrl(): string {
  const folder = packageFolder();
  if (folder === null) {
    throw new Error(
      'LoopThread: selectloop is part of a bundle, and its threads import it as a module. Leave it out of the bundle ' +
        '(esbuild: --external:selectloop; rollup: external; webpack: externals; Vite: ssr.external).',
    );
  }
  const [, ending] = /\/src\/threads\/loop-thread(\.[jt]s)$/.exec(import.meta.url) ?? [];
  return ending === undefined ? `${folder}dist/index.js` : `${folder}src/index${ending}`;
}
