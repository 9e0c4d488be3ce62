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
 * Behind a shield cancel() is held until the task has left it: `cancel-requests.ts`. What cancelled scopes
 * do: `cancellation/cancel-scope.ts`.
 *
 * Invariant: a task that is not done is either running, or in the ready queue exactly once, or an observer of
 * exactly one pending future. So it is resumed exactly once for each suspension.
 */

import { type Context, currentContext, enterContext, leaveContext, ownContext } from '../base/context.ts';
import { CancelledError, RuntimeError } from '../base/errors.ts';
import type { CancelNode } from '../cancellation/cancel-tree.ts';
import { CHECKPOINT, type Coroutine, type Suspension } from '../coroutines/coroutine.ts';
import { claimCoroutine } from '../coroutines/coroutine-ownership.ts';
import {
  explainError,
  foreignLoopMessage,
  refusedSet,
  refusedStep,
  wrongYieldMessage,
} from '../coroutines/misuse.ts';
import type { StackFrame } from '../coroutines/probe.ts';
import { isA, isInterrupt } from '../coroutines/thrown.ts';
import { Future, type FutureObserver } from '../futures/future.ts';
import { FAILED, FINISHED, PENDING } from '../futures/future-state.ts';
import { noteFailure } from '../futures/unretrieved.ts';
import { writeLine } from '../kernel/print.ts';
import type { LiveTask } from '../loop/live-tasks.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { Runnable } from '../loop/ready-queue.ts';
import { advanceWatched, newAsyncScope } from './async-scope.ts';
import { refuseCircle } from './await-circle.ts';
import { passOn } from './cancel-chain.ts';
import { type CancelledTask, type CancelRequest, CancelRequests } from './cancel-requests.ts';
import { RareState } from './rare-state.ts';
import { beginsNow, contextFor, delist, enlist, type LoopTaskOptions, nextName } from './task-options.ts';
import { STEPPING, SUSPENDED, type TaskPhase, UNSTARTED } from './task-phase.ts';
import { type ScopedTask, TaskScopes } from './task-scopes.ts';
import { describeTask, formatTaskStack, placeOf, type StackOptions, taskStack } from './task-stack.ts';

/**
 * A coroutine running on its own; itself the future of its result. `asyncio.Task` of CPython 3.13. Made by
 * {@link createTask}.
 *
 *     const task = createTask(fetchPage(url), { name: 'fetch' });
 *     …                                  // runs meanwhile
 *     const page = yield* task;
 */
export class Task<T>
  extends Future<T>
  implements Runnable, FutureObserver, LiveTask, ScopedTask, CancelledTask
{
  /** @internal */
  previousLive: LiveTask | null = null;
  /** @internal */
  nextLive: LiveTask | null = null;
  /** @internal What it waits for, or waited for when it was queued to go on. */
  waitingOn: Future<unknown> | null = null;
  /** @internal Cancel requests are to be raised at the next step. */
  mustCancel = false;
  /** @internal Its cancel requests, `null` until the first. */
  requests: CancelRequests | null = null;
  /** @internal Its place among cancel scopes, `null` until it is in one. */
  scopes: TaskScopes | null = null;
  /** @internal What few tasks have, `null` until it does. */
  rare: RareState | null = null;
  private readonly coroutine: Coroutine<T>;
  private phase: TaskPhase = UNSTARTED;
  private name: string | number;
  private context: Context;

  /** @internal Most tasks have no options, and a loop that is known. */
  constructor(coroutine: Coroutine<T>, options: LoopTaskOptions | undefined, loop: LoopCore);
  /** Schedules the coroutine's first step on `loop` (default: the running one). Prefer {@link createTask}. */
  constructor(coroutine: Coroutine<T>, options?: LoopTaskOptions);
  constructor(coroutine: Coroutine<T>, options?: LoopTaskOptions, loop?: LoopCore) {
    super(options, loop);
    this.loop.checkUsable('createTask');
    // Before the coroutine is taken: it can be used again if the options are refused.
    this.context = contextFor(options);
    this.coroutine = claimCoroutine(coroutine);
    this.name = nextName(options);
    this.loop.liveTasks.add(this);
    if (options === undefined && this.loop.extras === 0) this.loop.ready.push(this);
    else this.beginWith(options);
  }

  // Apart, as most tasks have no options: V8 decides by size what it compiles into a caller.
  private beginWith(options: LoopTaskOptions = {}): void {
    if (this.loop.isGuest) this.rareState().asyncScope = newAsyncScope(this.loop);
    enlist(this.loop, this, options);
    if (options.cancelScope) this.scopes = new TaskScopes(this, options.cancelScope);
    if (beginsNow(this.loop, options)) this.resume();
    else this.loop.ready.push(this);
  }

  // What it is.

  /** The name given, or `Task-` and a number. */
  getName(): string {
    if (typeof this.name === 'number') this.name = `Task-${this.name}`;
    return this.name;
  }

  /** Changes the name; anything is made a string. */
  setName(name: unknown): void {
    this.name = String(name);
  }

  /**
   * The coroutine this task steps. A generator loses, when a task takes it, what its function's `prototype`
   * had for it: it is no `instanceof` of that function any more.
   */
  getCoro(): Coroutine<T> {
    return this.coroutine;
  }

  /** The context the coroutine runs in. */
  getContext(): Context {
    this.context = ownContext(this.context, this.loop.currentTask === this);
    return this.context;
  }

  /**
   * Where the coroutine is suspended or running: its frames, outermost first; those of the error for a task
   * that failed. Empty before the first step and after it has returned. Costs nothing until it is called.
   * `asyncio.Task.get_stack`.
   * @param options `limit`: at most this many, the innermost ones; of an error the outermost ones
   */
  getStack(options?: StackOptions): StackFrame[] {
    return taskStack(this, this.place(), options?.limit ?? null);
  }

  /** Prints {@link getStack} to stderr, or to another descriptor. */
  printStack(options?: StackOptions & { readonly fd?: number | undefined }): void {
    writeLine(this.loop.kernel, options?.fd ?? 2, formatTaskStack(this, this.getStack(options)));
  }

  /** @internal Its name in messages. */
  label(): string {
    return `Task '${this.getName()}'`;
  }

  /** @internal */
  override describeState(): string {
    return this.state === PENDING && this.cancelling() > 0 ? 'cancelling' : super.describeState();
  }

  protected override describeDetails(): string[] {
    return [...describeTask(this, this.place()), ...super.describeDetails()];
  }

  private place() {
    return placeOf(this, this.phase, this.rare !== null && this.rare.misuse !== null);
  }

  // Its result.

  /** A task's result comes from its coroutine. @throws RuntimeError always */
  override setResult(_result: T): never {
    throw new RuntimeError(refusedSet(this.describe(), 'setResult', 'returns'));
  }

  /** A task's error comes from its coroutine. @throws RuntimeError always */
  override setException(_exception: unknown): never {
    throw new RuntimeError(refusedSet(this.describe(), 'setException', 'throws'));
  }

  /** @internal A task runs on its own: its error is reported soon, not when the loop closes. */
  override fail(error: unknown): void {
    this.unretrieved = true;
    this.settle(FAILED, error);
    noteFailure(this, true);
  }

  protected override cancelledError(): CancelledError {
    // The error that ended the coroutine, once: it carries the stack. Later awaiters get one of their own.
    return this.rare?.takeCause() ?? super.cancelledError();
  }

  // Cancelling it.

  /**
   * Asks the task to stop: a CancelledError with `message` as its `reason` is raised in its coroutine at its
   * next resumption, once. The coroutine may clean up, and may refuse by not letting the error out.
   * @returns false if the task is done already
   */
  override cancel(message?: unknown): boolean {
    return this.cancelFrom(this.scopes === null ? null : this.scopes.birth, message) !== null;
  }

  /** How many {@link cancel} requests have not been taken back by {@link uncancel}. */
  cancelling(): number {
    return this.requests === null ? 0 : this.requests.count;
  }

  /**
   * Takes back one cancel request, for code that has handled it; returns how many are left. The last one also
   * drops an error not yet raised.
   */
  uncancel(): number {
    return this.requests === null ? 0 : this.requests.takeBackOne();
  }

  /** @internal {@link cancel} from scope `origin`; the request, or `null` if the task is done. */
  cancelFrom(origin: CancelNode | null, message?: unknown): CancelRequest | null {
    if (this.state === PENDING) return this.cancelRequests().add(origin, message);
    super.cancel(message);
    return null;
  }

  /** @internal Its requests; made on first use. */
  cancelRequests(): CancelRequests {
    this.requests ??= new CancelRequests(this);
    return this.requests;
  }

  /** @internal */
  rareState(): RareState {
    this.rare ??= new RareState();
    return this.rare;
  }

  /** @internal For scopes that are opened in this task. */
  cancelTarget(): TaskScopes {
    this.scopes ??= new TaskScopes(this, null);
    return this.scopes;
  }

  // Awaiting it.

  /**
   * A task that would wait for itself, by way of this one, gets an error. Most tasks are awaited before they
   * have begun.
   */
  protected override beforeWait(): void {
    if (this.phase !== UNSTARTED) refuseCircle(this);
  }

  // Stepping it.

  /**
   * Advances the coroutine to its next suspension or its end. The loop calls this; call it yourself only to
   * drive a task by hand. While what it awaits is pending it does nothing.
   * @throws RuntimeError if the task is done or running
   */
  step(): void {
    if (this.state !== PENDING || this.loop.currentTask === this) throw refusedStep(this);
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
    else loop.io.arena.lent.outerStepCount++;
    this.phase = STEPPING;
    try {
      if (loop.extras === 0) this.advance();
      else advanceWatched(this);
    } finally {
      this.phase = SUSPENDED;
      // Asked anew: the step may have been the one that set an instrument.
      if (loop.extras !== 0) loop.instruments?.stepEnded(this);
      loop.currentTask = previousTask;
      if (previousTask !== null) loop.io.arena.lent.outerStepCount--;
      // Another one than before, if the step was the first to set a variable.
      const context = currentContext();
      if (context !== this.context) this.context = context;
      leaveContext(previousContext);
    }
  }

  /** @internal The future this task awaits is done. */
  futureDone(_future: Future<unknown>): void {
    if (this.loop.extras !== 0) this.loop.instruments?.taskWoken.tell(this);
    this.loop.ready.push(this);
  }

  /** @internal One step, inside the task's context. */
  advance(): void {
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

  /** What to raise instead of resuming, or `null`. */
  private takeRaised(awaited: Future<unknown> | null): Error | null {
    const misuse = this.rare === null ? null : this.rare.takeMisuse();
    if (this.mustCancel) return this.cancelRequests().takeError(awaited);
    return misuse ?? (this.scopes === null ? null : this.scopes.takeError(awaited));
  }

  private suspendOn(suspension: Suspension): void {
    if (suspension === CHECKPOINT) {
      this.loop.ready.push(this);
      if (this.scopes !== null) this.scopes.checkpoint();
    } else if (suspension instanceof Future && suspension.suspending) {
      suspension.suspending = false;
      this.waitFor(suspension);
    } else {
      this.raise(new TypeError(wrongYieldMessage(this.label(), suspension, this.loop.isGuest)));
    }
  }

  private waitFor(future: Future<unknown>): void {
    if (future.loop !== this.loop) {
      this.raise(new TypeError(foreignLoopMessage(this.label(), future.describe())));
    } else {
      this.waitingOn = future;
      future.addObserver(this);
      if (this.mustCancel) passOn(this.cancelRequests());
      else if (this.scopes !== null) this.scopes.suspend();
    }
  }

  /**
   * Raises an error of ours where the coroutine suspended, in the next pass: a loop that ignores it starves
   * nobody.
   */
  private raise(error: Error | null): void {
    this.rareState().misuse = error;
    this.loop.ready.push(this);
  }

  /**
   * @internal Ends its present wait, which nothing else will, with an error; `null`: that of its
   *   cancellation.
   */
  endWait(error: Error | null): void {
    this.waitingOn?.removeObserver(this);
    this.waitingOn = null;
    this.raise(error);
  }

  private endWithResult(result: T): void {
    this.leaveLoop();
    // A request that was deferred for a result with which the coroutine then ended came too late.
    if (this.mustCancel && this.requests?.deferred === false) {
      this.mustCancel = false;
      this.settleCancelled(this.requests.message);
    } else {
      this.settle(FINISHED, result);
    }
  }

  private endWithError(error: unknown): void {
    this.leaveLoop();
    if (isA(error, CancelledError)) {
      this.rareState().cause = error;
      this.settleCancelled(error.reason);
      return;
    }
    this.fail(explainError(error, this.loop.isGuest));
    // An interrupt also ends the run: it is meant for whoever called run().
    if (isInterrupt(error)) throw error;
  }

  private leaveLoop(): void {
    delist(this.loop, this);
    if (this.scopes !== null) this.scopes.end();
  }
}
