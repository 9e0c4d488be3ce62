/**
 * One coroutine, stepped by the loop.
 *
 * | state     | where it stands                            | waitingOn | in the ready queue | cancel()                              |
 * |-----------|--------------------------------------------|-----------|--------------------|---------------------------------------|
 * | scheduled | before its first step, or to be resumed    | null      | yes                | remembered, raised at the next step   |
 * | running   | its coroutine is on the stack              | null      | no                 | remembered, raised at the next step   |
 * | suspended | at a `yield*` of a pending future          | a future  | no                 | cancels that future, which wakes it   |
 * | woken     | at a `yield*` of a future now done         | that one  | yes                | remembered; a result is handed over first |
 * | done      | the coroutine has ended                    | null      | no                 | false, nothing happens                |
 *
 * Behind a shield (`shielded`) cancel() is kept until the task has left it. What cancelled scopes do: cancellation/cancel-scope.ts.
 *
 * Invariant: a task that is not done is either running, or in the ready queue exactly once, or an observer of exactly one
 * pending future. So it is resumed exactly once for each suspension.
 */

import {
  type Context,
  currentContext,
  enterContext,
  leaveContext,
  snapshotContext,
} from '../base/context.ts';
import { CancelledError, KeyboardInterrupt, RuntimeError } from '../base/errors.ts';
import type { CancelNode } from '../cancellation/cancel-tree.ts';
import { CHECKPOINT, type Coroutine, type Suspension } from '../coroutines/coroutine.ts';
import { bareYieldMessage, foreignYieldMessage } from '../coroutines/misuse.ts';
import { Future } from '../futures/future.ts';
import { FAILED, FINISHED, type FutureObserver, PENDING } from '../futures/future-core.ts';
import { noteFailure } from '../futures/unretrieved.ts';
import type { LiveTask } from '../loop/live-tasks.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { Runnable } from '../loop/ready-queue.ts';
import { STEPPING, SUSPENDED, TaskIdentity } from './task-identity.ts';

/** Options of {@link createTask} and `new Task`. */
export interface TaskOptions {
  /** A name for messages. Default, also for `null`: `Task-1`, `Task-2`, … */
  readonly name?: string | null | undefined;
  /** The context the coroutine runs in. Default: a copy of the current one. */
  readonly context?: Context | undefined;
  /** Take the first step at once, inside the call, if the loop is running. Default: in the loop's next pass. */
  readonly eagerStart?: boolean | undefined;
  /** @internal The cancel scope it begins its life in: that of the group it belongs to. */
  readonly cancelScope?: CancelNode | null | undefined;
}

/**
 * A coroutine running on its own; itself the future of its result. `asyncio.Task` of CPython 3.13. Made by {@link createTask}.
 *
 *     const task = createTask(fetchPage(url), { name: 'fetch' });
 *     …                                  // runs meanwhile
 *     const page = yield* task;
 */
export class Task<T> extends TaskIdentity<T> implements Runnable, FutureObserver, LiveTask {
  /** @internal */
  previousLive: LiveTask | null = null;
  /** @internal */
  nextLive: LiveTask | null = null;
  private context: Context;

  /** @internal Most tasks have no options. */
  constructor(coroutine: Coroutine<T>, options: undefined, loop: LoopCore);
  /** Schedules the coroutine's first step on `loop` (default: the running one). Prefer {@link createTask}. */
  constructor(coroutine: Coroutine<T>, options?: TaskOptions & { readonly loop?: LoopCore | undefined });
  constructor(
    coroutine: Coroutine<T>,
    options?: TaskOptions & { readonly loop?: LoopCore | undefined },
    loop?: LoopCore,
  ) {
    super(coroutine, options, loop);
    this.context = options === undefined ? snapshotContext() : contextFrom(options);
    this.loop.liveTasks.add(this);
    if (options === undefined || !this.beginsNow(options)) this.loop.ready.push(this);
  }

  private beginsNow(options: TaskOptions): boolean {
    if (options.cancelScope) this.bornIn(options.cancelScope);
    const begins = options.eagerStart === true && this.loop.isRunning();
    if (begins) this.resume();
    return begins;
  }

  /** The context the coroutine runs in. */
  getContext(): Context {
    const context = this.context;
    if (!context.isSnapshot) return context;
    this.context = context.copy();
    if (currentContext() === context) enterContext(this.context);
    return this.context;
  }

  /** A task's result comes from its coroutine. @throws RuntimeError always */
  override setResult(_result: T): never {
    throw new RuntimeError(
      `${this.describe()}: a task does not support setResult(); its coroutine's return value is the result`,
    );
  }

  /** A task's error comes from its coroutine. @throws RuntimeError always */
  override setException(_exception: unknown): never {
    throw new RuntimeError(
      `${this.describe()}: a task does not support setException(); throw in its coroutine`,
    );
  }

  /**
   * Advances the coroutine to its next suspension or its end. The loop calls this; to call it yourself is for those who
   * drive a task by hand. While what it awaits is pending there is nothing to do, and nothing is done.
   * @throws RuntimeError when the task is done or running
   */
  step(): void {
    if (this.state !== PENDING) throw new RuntimeError(`${this.describe()}: step() on a task that is done`);
    if (this.loop.currentTask === this)
      throw new RuntimeError(`${this.describe()}: step() while it is running`);
    if (this.waitingOn !== null && this.waitingOn.state === PENDING) return;
    this.resume();
  }

  /** @internal The loop's queue has reached this task. */
  runReady(): void {
    if (this.state === PENDING) this.resume();
  }

  private resume(): void {
    const loop = this.loop;
    const previousTask = loop.currentTask;
    const previousContext = enterContext(this.context);
    loop.currentTask = this;
    // Not for a task that starts eagerly inside another's step: that one's allowance would never end.
    if (previousTask === null) loop.allowImmediateCalls();
    this.phase = STEPPING;
    try {
      this.advance();
    } finally {
      this.phase = SUSPENDED;
      loop.currentTask = previousTask;
      // Another one than before, if the step was the first to set a variable.
      const context = currentContext();
      if (context !== this.context) this.context = context;
      leaveContext(previousContext);
    }
  }

  /** @internal The future this task awaits is done. */
  futureDone(_future: Future<unknown>): void {
    this.loop.ready.push(this);
  }

  /** @internal A task runs on its own: its error is reported soon, not when the loop closes. */
  override fail(error: unknown): void {
    this.unretrieved = true;
    this.settle(FAILED, error);
    noteFailure(this, true);
  }

  /** One step, inside the task's context. */
  private advance(): void {
    let step: IteratorResult<Suspension, T>;
    const awaited = this.waitingOn;
    this.waitingOn = null;
    try {
      const raised = this.takeRaised(awaited);
      step = raised === null ? this.coroutine.next() : this.coroutine.throw(raised);
    } catch (error) {
      this.endWithError(error);
      return;
    }
    if (step.done === true) this.endWithResult(step.value);
    else this.suspendOn(step.value);
  }

  private suspendOn(suspension: Suspension): void {
    if (suspension === CHECKPOINT) {
      this.loop.ready.push(this);
      if (this.scopes !== null) this.scopes.checkpoint();
    } else if (suspension instanceof Future && suspension.suspending) {
      suspension.suspending = false;
      this.waitFor(suspension);
    } else {
      this.refuse(suspension);
    }
  }

  private waitFor(future: Future<unknown>): void {
    if (future.loop !== this.loop) {
      this.raise(
        new TypeError(
          `${this.label()} awaits ${future.describe()}, which belongs to a different loop. Await it in a task of that loop.`,
        ),
      );
    } else if (future === (this as Future<unknown>)) {
      this.raise(new RuntimeError(`${this.label()} cannot await itself: it would wait for ever`));
    } else {
      this.waitingOn = future;
      future.addObserver(this);
      if (this.mustCancel) this.mustCancel = !future.cancel(this.cancelMessage);
      else if (this.scopes !== null) this.scopes.suspend();
    }
  }

  private refuse(yielded: unknown): void {
    const message =
      yielded instanceof Future
        ? bareYieldMessage(this.label(), yielded.describe())
        : foreignYieldMessage(this.label(), yielded);
    this.raise(new TypeError(message));
  }

  /** Raises an error of ours where the coroutine suspended, in the next pass: a loop that ignores it starves nobody. */
  private raise(error: Error): void {
    this.misuse = error;
    this.loop.ready.push(this);
  }

  /** What to raise instead of resuming, or `null`. */
  private takeRaised(awaited: Future<unknown> | null): Error | null {
    const misuse = this.misuse;
    this.misuse = null;
    if (!this.mustCancel) return misuse ?? (this.scopes === null ? null : this.scopes.takeError(awaited));
    return this.takeCancel(awaited);
  }

  private endWithResult(result: T): void {
    this.leaveLoop();
    // A request that was deferred for a result with which the coroutine then ended came too late.
    if (this.mustCancel && !this.isDeferred) {
      this.mustCancel = false;
      this.settleCancelled(this.cancelMessage);
    } else {
      this.settle(FINISHED, result);
    }
  }

  private leaveLoop(): void {
    this.loop.liveTasks.remove(this);
    if (this.scopes !== null) this.scopes.end();
  }

  private endWithError(error: unknown): void {
    this.leaveLoop();
    if (error instanceof CancelledError) {
      this.endCancelled(error);
      return;
    }
    this.fail(error);
    // An interrupt also ends the run: it is meant for whoever called run().
    if (error instanceof KeyboardInterrupt) throw error;
  }
}

function contextFrom(options: TaskOptions): Context {
  return options.context ?? snapshotContext();
}
