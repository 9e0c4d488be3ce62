/** Running several awaitables at once and taking all their results. */

import { CancelledError } from '../base/errors.ts';
import type { Awaitable, AwaitableInput } from '../coroutines/coroutine.ts';
import { isClaimed } from '../coroutines/coroutine-ownership.ts';
import { Future, type FutureObserver, type Origins } from '../futures/future.ts';
import { FINISHED, PENDING } from '../futures/future-state.ts';
import { runningLoop } from '../loop/current-loop.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import { refuseCircleThrough } from './await-circle.ts';
import { futureFor } from './ensure-future.ts';
import { Task } from './task.ts';
import { awaitableList } from './wait.ts';

/** What awaiting gives. */
type ResultOf<A> = A extends Awaitable<infer T> ? T : A extends PromiseLike<infer T> ? T : never;

/** The results of a tuple of awaitables, in its order. */
export type Results<A extends readonly AwaitableInput<unknown>[]> = {
  -readonly [K in keyof A]: ResultOf<A[K]>;
};

/** What {@link gather} gives with `returnExceptions`: a result, or the error in its place. */
export type Settled<A extends readonly AwaitableInput<unknown>[]> = {
  -readonly [K in keyof A]: ResultOf<A[K]> | Error;
};

/**
 * The future of a {@link gather}. Cancelling it cancels the children, and it ends when they have: as with a
 * task, whoever cancels does not skip the clean-up of those below.
 */
class GatheringFuture<T> extends Future<T> {
  private readonly children: readonly Future<unknown>[];
  private readonly returnExceptions: boolean;
  cancelRequested = false;
  private cancelMessage: unknown = undefined;

  constructor(children: readonly Future<unknown>[], loop: LoopCore, returnExceptions: boolean) {
    super({ loop });
    this.children = children;
    this.returnExceptions = returnExceptions;
  }

  override cancel(message?: unknown): boolean {
    if (this.done()) return super.cancel(message);
    let anyCancelled = false;
    for (const child of this.children) if (child.cancel(message)) anyCancelled = true;
    // With returnExceptions the children's errors are results; the request itself must not get lost among
    // them.
    if (anyCancelled) {
      this.cancelRequested = true;
      this.cancelMessage = message;
    }
    return anyCancelled;
  }

  /**
   * The error to end with, once cancelled: that of the last child, or one of our own if that one refused to
   * be cancelled.
   */
  cancellation(last: Future<unknown>): unknown {
    return last.cancelled() ? last.failure() : new CancelledError(this.cancelMessage);
  }

  override describe(): string {
    const left = this.children.filter((child) => !child.done()).length;
    return `${super.describe()} (${left} of ${this.children.length} left)`;
  }

  override describeAwaited(): string {
    const left = this.children.filter((child) => !child.done()).length;
    return `gather() of ${this.children.length}, ${left} left`;
  }

  override origins(): Origins {
    return { futures: this.children.filter((child) => !child.done()), areRequired: this.needsAll() };
  }

  protected override beforeWait(): void {
    if (this.needsAll()) refuseCircleThrough(this, this.children);
  }

  /** Whether it ends with all that are left: any of several may fail, which ends it for the others. */
  private needsAll(): boolean {
    if (this.returnExceptions) return true;
    let left: Future<unknown> | null = null;
    for (const child of this.children) {
      if (child.state !== PENDING || child === left) continue;
      if (left !== null) return false;
      left = child;
    }
    return true;
  }
}

/**
 * One gather under way: counts its children, and ends the future that stands for all. It does so in a pass of
 * its own, as the callbacks of asyncio's gather do; but most children only have to be counted, which waits
 * for none.
 */
class Gathering implements FutureObserver {
  readonly outer: GatheringFuture<unknown[]>;
  private readonly children: readonly Future<unknown>[];
  private readonly returnExceptions: boolean;
  private left: number;

  constructor(children: readonly Future<unknown>[], loop: LoopCore, returnExceptions: boolean) {
    this.children = children;
    this.returnExceptions = returnExceptions;
    this.outer = new GatheringFuture(children, loop, returnExceptions);
    this.left = children.length;
    const early: Future<unknown>[] = [];
    for (const child of children) {
      if (child.state === PENDING) child.addObserver(this);
      else early.push(child);
    }
    for (const child of early) this.childDone(child);
  }

  /** @internal */
  futureDone(child: Future<unknown>): void {
    if (child.state === FINISHED && this.left > 1) this.left--;
    else child.loop.callSoon(() => this.childDone(child));
  }

  /** @internal */
  label(): string {
    return 'gather()';
  }

  private childDone(child: Future<unknown>): void {
    this.left--;
    // Looking at the error, also of a child that comes too late, is what marks it as retrieved.
    const failed = child.state !== FINISHED;
    const failure = failed ? child.failure() : null;
    if (this.outer.done()) return;
    // Not setException: it refuses `null`, which a coroutine may throw.
    if (failed && !this.returnExceptions) this.outer.fail(failure);
    else if (this.left === 0) this.finish(child);
  }

  private finish(last: Future<unknown>): void {
    if (this.outer.cancelRequested) this.outer.fail(this.outer.cancellation(last));
    else this.outer.setResult(this.children.map(resultOrError));
  }
}

function resultOrError(future: Future<unknown>): unknown {
  if (future.cancelled()) return new CancelledError(future.value);
  // The result or the error, whichever it is.
  return future.value;
}

/**
 * Runs awaitables concurrently; the future's result is the list of theirs, in the same order.
 * `asyncio.gather` of CPython 3.13.
 *
 *     const [page, user] = yield* gather([fetchPage(url), loadUser(id)]);
 *
 * The first error ends the future; the others keep running. With `returnExceptions` errors take the place of
 * results, and nothing ends it early. Cancelling the future cancels all of them; a child that is cancelled by
 * somebody else counts as failed. For children that must not outlive the block, use `taskGroup`.
 *
 * @param awaitables coroutines (each becomes a task), tasks, futures; one that occurs twice is run once
 * @throws TypeError for what cannot be awaited
 */
export function gather<const A extends readonly AwaitableInput<unknown>[]>(
  awaitables: A,
  options: { readonly returnExceptions: true },
): Future<Settled<A>>;
export function gather<const A extends readonly AwaitableInput<unknown>[]>(
  awaitables: A,
  options?: { readonly returnExceptions?: boolean | undefined },
): Future<Results<A>>;
export function gather(
  awaitables: readonly AwaitableInput<unknown>[],
  options?: { readonly returnExceptions?: boolean | undefined },
): Future<unknown> {
  const list = awaitableList(awaitables, 'gather');
  if (list.length === 0) return emptyResult();
  const children = childrenFor(list);
  return new Gathering(children, (children[0] as Future<unknown>).loop, options?.returnExceptions ?? false)
    .outer;
}

/**
 * A future for each. Of what occurs twice, the same one: a future is itself, and a coroutine that has
 * occurred is marked by its task. Only for what else there is all places are looked up, which costs as much
 * as a task.
 */
function childrenFor(list: readonly AwaitableInput<unknown>[]): Future<unknown>[] {
  const children: Future<unknown>[] = [];
  let places: Map<AwaitableInput<unknown>, number> | null = null;
  for (const awaitable of list) {
    if (places === null && isClaimed(awaitable)) places = firstPlaces(list);
    const known = places === null ? undefined : children[places.get(awaitable) as number];
    const child = known ?? futureFor('gather', awaitable, children[0]?.loop);
    if (places === null && !isOf(child, awaitable)) places = firstPlaces(list);
    children.push(child);
  }
  return children;
}

/** Whether it is this very awaitable, or the task that steps it. */
function isOf(child: Future<unknown>, awaitable: AwaitableInput<unknown>): boolean {
  return child === awaitable || (child instanceof Task && child.getCoro() === awaitable);
}

function firstPlaces(list: readonly AwaitableInput<unknown>[]): Map<AwaitableInput<unknown>, number> {
  const places = new Map<AwaitableInput<unknown>, number>();
  list.forEach((awaitable, place) => {
    if (!places.has(awaitable)) places.set(awaitable, place);
  });
  return places;
}

function emptyResult(): Future<unknown[]> {
  const outer = new Future<unknown[]>({ loop: runningLoop('gather') });
  outer.setResult([]);
  return outer;
}
