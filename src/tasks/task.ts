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
import type { StackFrame } from '../coroutines/probe.ts';
import { Future } from '../futures/future.ts';
import { FAILED, FINISHED, type FutureObserver, PENDING } from '../futures/future-core.ts';
import { noteFailure } from '../futures/unretrieved.ts';
import { writeLine } from '../kernel/print.ts';
import type { LiveTask } from '../loop/live-tasks.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { Runnable } from '../loop/ready-queue.ts';
import { CancelRequests } from './cancel-requests.ts';
import { claim } from './claim.ts';
import { type CoroutinePlace, describeCoroutine, formatTaskStack, taskStack } from './task-stack.ts';

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

let taskCount = 0;

/**
 * A coroutine running on its own; itself the future of its result. `asyncio.Task` of CPython 3.13. Made by {@link createTask}.
 *
 *     const task = createTask(fetchPage(url), { name: 'fetch' });
 *     …                                  // runs meanwhile
 *     const page = yield* task;
 */
export class Task<T> extends CancelRequests<T> implements Runnable, FutureObserver, LiveTask {
  /** @internal */
  previousLive: LiveTask | null = null;
  /** @internal */
  nextLive: LiveTask | null = null;
  private readonly coroutine: Coroutine<T>;
  private context: Context;
  private readonly serial = ++taskCount;
  private name: string | null;
  /** True from the first step on. */
  private started = false;
  /** True while its coroutine is on the stack. */
  private stepping = false;
  /** An error of ours to raise where the coroutine suspended, such as for a bare `yield`. */
  private misuse: Error | null = null;

  /** Schedules the coroutine's first step on `loop` (default: the running one). Prefer {@link createTask}. */
  constructor(coroutine: Coroutine<T>, options?: TaskOptions & { readonly loop?: LoopCore | undefined }) {
    super(options);
    const { loop } = this;
    loop.checkUsable('createTask');
    this.coroutine = claim(coroutine);
    this.context = options?.context ?? snapshotContext();
    const name = options?.name;
    this.name = name === undefined || name === null ? null : String(name);
    if (options?.cancelScope) this.bornIn(options.cancelScope);
    loop.liveTasks.add(this);
    if (options?.eagerStart === true && loop.isRunning()) this.step();
    else loop.ready.push(this);
  }

  /** The name given, or `Task-` and a number. */
  getName(): string {
    this.name ??= `Task-${this.serial}`;
    return this.name;
  }

  /** Changes the name; anything is made a string. */
  setName(name: unknown): void {
    this.name = String(name);
  }

  /** The coroutine this task steps. */
  getCoro(): Coroutine<T> {
    return this.coroutine;
  }

  /**
   * Where the coroutine is suspended or running: its frames, outermost first; those of the error for a task that failed. Empty
   * before the first step and after it has returned. Costs nothing until it is called. `asyncio.Task.get_stack`.
   * @param options `limit`: at most so many, the innermost ones; of an error the outermost ones
   */
  getStack(options?: { readonly limit?: number | null | undefined }): StackFrame[] {
    return taskStack(this, this.place(), options?.limit ?? null);
  }

  /** Prints {@link getStack} to stderr, or to another descriptor. */
  printStack(options?: {
    readonly limit?: number | null | undefined;
    readonly fd?: number | undefined;
  }): void {
    writeLine(this.loop.kernel, options?.fd ?? 2, formatTaskStack(this, this.getStack(options)));
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
    const loop = this.loop;
    const previousTask = loop.currentTask;
    const previousContext = enterContext(this.context);
    loop.currentTask = this;
    this.stepping = true;
    try {
      this.advance();
    } finally {
      this.stepping = false;
      loop.currentTask = previousTask;
      // Another one than before, if the step was the first to set a variable.
      this.context = currentContext();
      leaveContext(previousContext);
    }
  }

  /** @internal The loop's queue has reached this task. */
  runReady(): void {
    if (this.state === PENDING) this.step();
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

  /** @internal What messages call it. */
  label(): string {
    return `Task '${this.getName()}'`;
  }

  /** @internal */
  override describeState(): string {
    return this.state === PENDING && this.cancelling() > 0 ? 'cancelling' : super.describeState();
  }

  protected override describeDetails(): string[] {
    const details = [`name='${this.getName()}'`];
    const coroutine = describeCoroutine(this, this.place());
    if (coroutine !== '') details.push(`coro=<${coroutine}>`);
    const awaited = this.waitingOn;
    // Another task's name only: what that one waits for in its turn has no end.
    if (awaited !== null)
      details.push(`wait_for=<${awaited instanceof Task ? awaited.label() : awaited.describe()}>`);
    return [...details, ...super.describeDetails()];
  }

  private place(): CoroutinePlace {
    if (this.state !== PENDING || !this.started || this.misuse !== null) return 'elsewhere';
    if (!this.stepping) return 'suspended';
    return this.loop.currentTask === this ? 'running' : 'elsewhere';
  }

  /** One step, inside the task's context. */
  private advance(): void {
    let step: IteratorResult<Suspension, T>;
    const awaited = this.waitingOn;
    this.waitingOn = null;
    try {
      const raised = this.takeRaised(awaited);
      this.started = true;
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
    if (this.mustCancel && !this.deferred) {
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
      this.cancelCause = error;
      this.settleCancelled(error.reason);
      return;
    }
    this.fail(error);
    // An interrupt also ends the run: it is meant for whoever called run().
    if (error instanceof KeyboardInterrupt) throw error;
  }
}
