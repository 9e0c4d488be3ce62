/**
 * The handshake of `group.start()`: a task that belongs to the caller of `start` until it says that it is
 * ready.
 *
 * | state    | entered by                    | its errors go to | its cancel scope      | leaves to                   |
 * |----------|-------------------------------|------------------|-----------------------|-----------------------------|
 * | starting | begin()                       | start's caller   | that of start's caller | started, quitting, ended   |
 * | started  | started(value)                | the group        | that of the group     | –                           |
 * | quitting | an error in start's caller    | start's caller   | that of start's caller | ended                      |
 * | ended    | the task's end before started | –                | –                     | –                           |
 *
 * That error is a CancelledError, or tells of a deadlock. While quitting, `started(value)` comes too late and
 * changes nothing: the task has been cancelled.
 */

import { CancelledError, RuntimeError } from '../base/errors.ts';
import { CancelNode } from '../cancellation/cancel-tree.ts';
import { type Coroutine, isCoroutine } from '../coroutines/coroutine.ts';
import { describeValue } from '../coroutines/misuse.ts';
import { Future, type FutureObserver, type FutureSource, type Origins } from '../futures/future.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { Runnable } from '../loop/ready-queue.ts';
import { spawn } from '../tasks/create-task.ts';
import { currentTask } from '../tasks/current-task.ts';
import type { Task } from '../tasks/task.ts';
import { waitThrough } from './wait-through.ts';

/** What `group.start` takes: a coroutine function whose first parameter is to be called when it is ready. */
export type Starter<V, A extends readonly unknown[]> = (
  started: (value: V) => void,
  ...args: A
) => Coroutine<unknown>;

export class Handshake<V> implements FutureObserver, FutureSource, Runnable {
  private state: 'starting' | 'started' | 'quitting' | 'ended' = 'starting';
  private readonly loop: LoopCore;
  private readonly hand: (task: Task<unknown>, node: CancelNode) => void;
  /**
   * Where the task lives: a node of its own, so that it can be moved with whatever scopes the task has
   * opened.
   */
  private readonly node = new CancelNode();
  private readonly ready: Future<V>;
  private task: Task<unknown> | null = null;
  private ended: Future<void> | null = null;

  /** @param hand hands the task over to the group, with the node to be hung under the group's scope */
  constructor(loop: LoopCore, hand: (task: Task<unknown>, node: CancelNode) => void) {
    this.loop = loop;
    this.hand = hand;
    this.ready = new Future<V>({ loop });
    this.ready.source = this;
  }

  /** Starts the task, waits for its word, returns the value it gave. */
  *begin<A extends readonly unknown[]>(fn: Starter<V, A>, args: A): Coroutine<V> {
    const caller = currentTask(this.loop);
    if (caller === null)
      throw new RuntimeError('start: there is no current task. Use it inside a coroutine.');
    const coroutine = this.make(fn, args);
    this.node.moveTo(caller.scopes?.innermost ?? null);
    this.task = spawn(this.loop, coroutine, { cancelScope: this.node });
    this.task.addObserver(this);
    // An eager first step may have called started() already.
    if (this.state === 'started') this.hand(this.task, this.node);
    try {
      return yield* this.ready;
    } catch (error) {
      yield* this.quit(caller, error instanceof CancelledError ? error.reason : undefined);
      throw error;
    }
  }

  /** The task has ended; looked at in the next pass, as everything of that kind is. */
  futureDone(_task: Future<unknown>): void {
    this.loop.ready.push(this);
  }

  /** The task's end has come up in the ready queue. */
  runReady(): void {
    this.node.detach();
    if (this.state === 'started') return;
    this.state = 'ended';
    if (this.ended !== null && !this.ended.done()) this.ended.setResult();
    if (!this.ready.done()) this.settle(this.task as Task<unknown>);
  }

  /** The caller was cancelled: `quit` sees to it. */
  abandoned(): void {}

  describe(): string {
    return `the start of ${this.task?.label() ?? 'a task'}`;
  }

  /** Any code that has got `started` may call it. */
  origins(): Origins {
    return { futures: this.task === null ? [] : [this.task], areRequired: false };
  }

  private make<A extends readonly unknown[]>(fn: Starter<V, A>, args: A): Coroutine<unknown> {
    const coroutine: unknown =
      typeof fn === 'function' ? fn((value) => this.noteStarted(value), ...args) : null;
    if (isCoroutine(coroutine)) return coroutine;
    throw new TypeError(
      `start: a function* is needed, whose first parameter is started; got ${describeValue(fn)}`,
    );
  }

  private noteStarted(value: V): void {
    if (this.state === 'quitting') return;
    if (this.state !== 'starting') {
      throw new RuntimeError('started(): a task says once that it is ready, while it runs');
    }
    if (this.ready.done()) return;
    this.state = 'started';
    this.ready.setResult(value);
    if (this.task !== null) this.hand(this.task, this.node);
  }

  /** The task has ended without a word. */
  private settle(task: Task<unknown>): void {
    if (task.cancelled()) this.ready.cancel();
    else if (task.failed()) this.ready.setException(task.exception());
    else this.ready.setException(new RuntimeError(`start: ${task.label()} ended without calling started()`));
  }

  /**
   * The caller goes, and takes along the task it was waiting for, unless that has said its word or has ended.
   */
  private *quit(caller: Task<unknown>, reason: unknown): Coroutine<void> {
    const task = this.task as Task<unknown>;
    if (this.state !== 'starting') return;
    this.state = 'quitting';
    task.cancel(reason);
    while (!task.done()) {
      this.ended = new Future<void>({ loop: this.loop });
      yield* waitThrough(caller, this.ended, true);
    }
    if (task.failed()) throw task.exception();
  }
}
