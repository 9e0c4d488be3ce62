/**
 * Tasks that end together: the task that opens a group goes on when every task in it has ended.
 *
 * | state    | entered by                                                       | createTask()  | leaves to         |
 * |----------|------------------------------------------------------------------|---------------|-------------------|
 * | created  | construction                                                     | RuntimeError  | open, aborting    |
 * | open     | run(body)                                                        | yes           | aborting, finished |
 * | aborting | a task or the body failed, the body was cancelled, or cancel()   | RuntimeError  | finished          |
 * | finished | the body and every task have ended                               | RuntimeError  | –                 |
 *
 * Aborting cancels (`Task.cancel`) every task and, unless it has ended or it was its failure, the body; once
 * each. What the group then raises, the first that applies:
 *
 * | what happened                                              | raised                                                         |
 * |------------------------------------------------------------|----------------------------------------------------------------|
 * | the body or a task failed with KeyboardInterrupt           | that                                                           |
 * | the body or tasks failed                                   | AggregateError of all errors, in order of occurrence, also of one |
 * | somebody else cancelled the task that opened it            | that CancelledError                                            |
 * | a CancelledError of other origin ended the body            | that CancelledError                                            |
 * | cancel() was called                                        | nothing: the value of the body, `undefined` if it was cut short |
 *
 * The group takes its own cancel request back (`uncancel`), so `cancelling()` is afterwards what it was
 * before, plus what others asked for; if errors hide a request, however old, its CancelledError comes at the
 * next suspension. A task that is cancelled is no failure; a DeadlockError that ends the wait for the tasks
 * is one, and is raised as itself if nothing else failed. Tasks live in the cancel scope that the group was
 * opened in, not in those that `createTask`'s caller has opened since.
 */

import { CancelledError, type KeyboardInterrupt, RuntimeError } from '../base/errors.ts';
import { awaitBody, checkBody } from '../cancellation/await-body.ts';
import type { CancelNode } from '../cancellation/cancel-tree.ts';
import { type AwaitableInput, type Coroutine, isCoroutine } from '../coroutines/coroutine.ts';
import { refuseWork } from '../coroutines/coroutine-ownership.ts';
import { isInterrupt } from '../coroutines/thrown.ts';
import { runningLoop } from '../loop/current-loop.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { CancelRequest } from '../tasks/cancel-requests.ts';
import { coroutineFrom, spawn } from '../tasks/create-task.ts';
import { currentTask } from '../tasks/current-task.ts';
import type { Task } from '../tasks/task.ts';
import type { TaskOptions } from '../tasks/task-options.ts';
import { GroupTasks } from './group-tasks.ts';
import { Handshake, type Starter } from './handshake.ts';

/** Options of {@link taskGroup}. */
export interface TaskGroupOptions {
  /** A name for messages. */
  readonly name?: string | undefined;
}

/** Options of {@link TaskGroup.createTask}: those of {@link createTask}. */
export type GroupTaskOptions = Omit<TaskOptions, 'cancelScope'>;

/** The body of a {@link taskGroup}: gets the group. */
export type TaskGroupBody<T> = (group: TaskGroup) => AwaitableInput<T>;

/**
 * What {@link taskGroup} hands to its body. `asyncio.TaskGroup` of CPython 3.13, with `cancel` of 3.15, and
 * trio's `start`.
 */
export class TaskGroup {
  private readonly name: string | null;
  private state: 'created' | 'open' | 'exiting' | 'finished' = 'created';
  private aborting = false;
  private parent: Task<unknown> | null = null;
  /** Our cancel request to the parent. */
  private request: CancelRequest | null = null;
  /** How many requests of others had been raised in the parent when the group began. */
  private raisedBefore = 0;
  private scope: CancelNode | null = null;
  private readonly tasks = new GroupTasks((task) => this.taskEnded(task));
  private errors: unknown[] = [];
  /** How often the wait for the tasks was ended by a deadlock. */
  private deadlockCount = 0;
  private interrupt: KeyboardInterrupt | null = null;

  constructor(options: TaskGroupOptions = {}) {
    this.name = options.name === undefined ? null : String(options.name);
  }

  /**
   * Starts a task in the group.
   *
   * @param work a coroutine, or a `function*` without parameters, which is called at once
   * @returns the task; awaiting it is not needed, the group does
   * @throws RuntimeError when the group is not open (any more): then the coroutine has been closed; TypeError
   *   if it is not a coroutine
   */
  createTask<T>(work: Coroutine<T> | (() => Coroutine<T>), options?: GroupTaskOptions): Task<T> {
    const call = 'group.createTask';
    const coroutine = typeof work === 'function' ? coroutineFrom(call, work) : work;
    if (!isCoroutine(coroutine)) refuseWork(call, coroutine);
    const refusal = this.refusal();
    if (refusal !== null) {
      coroutine.return(undefined as T);
      throw new RuntimeError(`${call}: ${this} ${refusal}`);
    }
    const { scope } = this;
    const task = spawn(this.loop(), coroutine, scope === null ? options : { ...options, cancelScope: scope });
    this.adopt(task);
    return task;
  }

  /**
   * Starts a task and waits until it says that it is ready, by calling the `started` it gets as first
   * argument; only then it belongs to the group. Until then its errors are raised here, and cancelling this
   * call cancels it. Follows trio's `Nursery.start`.
   *
   *     function* serve(started: (port: number) => void, host: string): Coroutine<void> {
   *       …                               // bind
   *       started(port);
   *       …                               // accept, for ever
   *     }
   *     const port = yield* group.start(serve, 'localhost');
   *
   * @param fn a coroutine function; gets `started(value)` and then `args`
   * @returns the value given to `started`
   * @throws what the task failed with before that; RuntimeError when it ended without calling it, or the
   *   group is not open
   */
  *start<V, A extends readonly unknown[]>(fn: Starter<V, A>, ...args: A): Coroutine<V> {
    const refusal = this.refusal();
    if (refusal !== null) throw new RuntimeError(`group.start: ${this} ${refusal}`);
    const handshake = new Handshake<V>(this.loop(), (task, node) => {
      node.moveTo(this.scope);
      this.adopt(task);
    });
    this.tasks.beginStart();
    try {
      return yield* handshake.begin(fn, args);
    } finally {
      this.tasks.endStart();
    }
  }

  /**
   * Ends the group early, without an error: cancels its tasks and its body. Before the group has begun, it
   * ends at its body's first suspension; afterwards nothing happens. Errors that come up while all that ends
   * are raised as ever.
   *
   * @param message what the CancelledErrors carry as their `reason`
   */
  cancel(message?: unknown): void {
    if (this.aborting || this.state === 'finished') return;
    this.abort(message);
    if (this.parent !== null) this.cancelParent(message);
  }

  /**
   * Runs `body`, and waits for the group's tasks; once for each group.
   * @throws see {@link taskGroup}; RuntimeError when the group was used before, or outside of a task
   */
  *run<T>(body: TaskGroupBody<T>): Coroutine<T> {
    this.enter();
    let result: T | undefined;
    let cancellation: CancelledError | null = null;
    try {
      result = yield* awaitBody(body, this, 'taskGroup');
      this.tasks.breakCircles();
    } catch (error) {
      if (error instanceof CancelledError) cancellation = error;
      else this.noteError(error);
      if (!this.aborting) this.abort();
    }
    this.state = 'exiting';
    cancellation = yield* this.waitForTasks(cancellation);
    this.state = 'finished';
    this.conclude(cancellation);
    return result as T;
  }

  toString(): string {
    const notes = this.name === null ? [] : [`'${this.name}'`];
    if (this.tasks.size > 0) notes.push(`tasks=${this.tasks.size}`);
    if (this.errors.length > 0) notes.push(`errors=${this.errors.length}`);
    if (this.state === 'finished') notes.push('finished');
    else if (this.aborting) notes.push('cancelling');
    else if (this.state !== 'created') notes.push('entered');
    return `<${['TaskGroup', ...notes].join(' ')}>`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  private taskEnded(task: Task<unknown>): void {
    if (!task.failed()) return;
    const error = task.exception();
    this.noteError(error);
    const parent = this.parent as Task<unknown>;
    if (parent.done() || this.state === 'finished') this.reportOrphan(task, error);
    else if (!this.aborting) {
      this.abort();
      this.cancelParent(undefined);
    }
  }

  private enter(): void {
    if (this.state !== 'created') {
      throw new RuntimeError(`${this}: this group has already been entered. Make a new one for each use.`);
    }
    const parent = currentTask(runningLoop('taskGroup'));
    if (parent === null) {
      throw new RuntimeError(
        'taskGroup: there is no parent task. Use it inside a coroutine, not in a plain callback.',
      );
    }
    this.state = 'open';
    this.parent = parent;
    this.raisedBefore = parent.requests?.raisedCount ?? 0;
    this.scope = parent.scopes?.innermost ?? null;
    if (this.aborting) this.cancelParent(undefined);
  }

  /** Why no task can be started now, `null` when it can. */
  private refusal(): string | null {
    if (this.state === 'created') return 'has not been entered: it takes tasks while its body runs';
    if (this.state === 'finished' || (this.state === 'exiting' && this.tasks.isIdle())) return 'is finished';
    return this.aborting ? 'is shutting down' : null;
  }

  /** Takes responsibility for a task. */
  private adopt(task: Task<unknown>): void {
    // One that was started eagerly may have ended, or have ended the group, before it was known here
    // (python/cpython#155418).
    if (task.done()) {
      this.taskEnded(task);
      return;
    }
    this.tasks.add(task);
    if (this.aborting) task.cancel();
  }

  private abort(message?: unknown): void {
    this.aborting = true;
    this.tasks.cancelAll(message);
  }

  private cancelParent(message: unknown): void {
    this.request = (this.parent as Task<unknown>).cancelFrom(this.scope, message);
  }

  private noteError(error: unknown): void {
    this.errors.push(error);
    if (isInterrupt(error)) this.interrupt ??= error;
  }

  /**
   * Waits until all have ended, whatever happens. Returns the cancellation to be raised, as things stand
   * then. A deadlock is a failure: the tasks are cancelled, also again. After the next one they are left to
   * the end of the run, or this would be told of it for ever.
   */
  private *waitForTasks(before: CancelledError | null): Coroutine<CancelledError | null> {
    let cancellation = before;
    let latest: CancelledError | null = null;
    while (!this.tasks.isIdle() && this.deadlockCount < 2) {
      try {
        const error = yield* this.tasks.wait(this.parent as Task<unknown>, this.aborting);
        if (error === null) continue;
        latest = error;
        if (this.aborting) continue;
        cancellation = error;
      } catch (deadlock) {
        this.deadlockCount++;
        this.noteError(deadlock);
      }
      this.abort();
    }
    if (this.request === null) return cancellation;
    // Another's request must not be lost (python/cpython#155433), also if it was made before the group began
    // and raised in it.
    const othersCount = (this.parent as Task<unknown>).cancelRequests().takeBack(this.request);
    return othersCount > this.raisedBefore ? (cancellation ?? latest) : null;
  }

  /** Raises what there is to raise. */
  private conclude(cancellation: CancelledError | null): void {
    const { errors } = this;
    // Errors hold stacks and whatever those refer to; the group may live on in a variable.
    this.errors = [];
    if (this.interrupt !== null) throw this.interrupt;
    if (errors.length === 0) {
      if (cancellation !== null) throw cancellation;
      return;
    }
    // Another's request, whose error our errors now hide: it is raised again, also if the group is part of
    // the clean-up after it.
    (this.parent as Task<unknown>).requests?.raiseAgain();
    // Who catches a DeadlockError finds it, unless there is more to tell.
    if (errors.length === this.deadlockCount) throw errors[0];
    throw new AggregateError(
      errors,
      `unhandled errors in a TaskGroup${this.name === null ? '' : ` '${this.name}'`}`,
    );
  }

  private reportOrphan(task: Task<unknown>, error: unknown): void {
    this.loop().callExceptionHandler({
      message: `${task} failed, and the task that opened its group has left it already`,
      exception: error,
      task,
    });
  }

  private loop(): LoopCore {
    return (this.parent as Task<unknown>).loop;
  }
}

/**
 * Runs `body` with a group of tasks, and ends when the body and all of them have. `asyncio.TaskGroup` of
 * CPython 3.13.
 *
 *     const total = yield* taskGroup(function* (group) {
 *       const left = group.createTask(count('left'));
 *       const right = group.createTask(count('right'));
 *       return (yield* left) + (yield* right);
 *     });
 *
 * The first failure, of the body or a task, cancels all the others; when they have ended, the errors are
 * raised together.
 *
 * @param body a coroutine function; it gets the {@link TaskGroup}
 * @param options `name`: for messages
 * @returns the body's value; `undefined` where `group.cancel()` cut the body short
 * @throws AggregateError with every error in `errors`, in order of occurrence, also when there is one;
 *   CancelledError when the task that called this was cancelled and nothing failed; KeyboardInterrupt as
 *   itself, and a DeadlockError where the tasks wait for ever and nothing failed; RuntimeError outside of a
 *   task
 */
export function taskGroup<T>(body: TaskGroupBody<T>, options?: TaskGroupOptions): Coroutine<T> {
  checkBody(body, 'taskGroup');
  return new TaskGroup(options).run(body);
}
