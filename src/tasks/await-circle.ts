/**
 * Tasks that wait for each other in a circle, noticed by the one that is about to close it.
 *
 * | awaited                             | its owner, for whom is really waited           | leads on                                    |
 * |-------------------------------------|------------------------------------------------|---------------------------------------------|
 * | a task                              | the task                                       | to what that task waits for                 |
 * | the end of a task group             | each task of the group                         | to what each of them waits for              |
 * | a lock held by `lock.with(…)`       | the task whose body runs                       | to what that task waits for                 |
 * | `shield`, `wait` for all            | each task or future                            | likewise                                    |
 * | `gather`                            | each child, if one is left or errors are results | else not: a sibling that fails ends it    |
 * | a lock held by a bare `acquire()`   | nobody for certain: any task may release it    | –                                           |
 * | events, queues, semaphores, I/O, …  | nobody                                         | –                                           |
 *
 * Such a wait can never bring what it is for, so it is refused with a {@link DeadlockError}. Only a
 * cancellation could end it: where one of the tasks has a deadline (`timeout`, `failAfter`, …), that will
 * come, and nothing is refused.
 *
 * It costs nothing to await what is done, or a task that has not begun. Otherwise the chain of owners is
 * walked: most have one link.
 */

import { DeadlockError } from '../base/errors.ts';
import { CancelScope } from '../cancellation/cancel-scope.ts';
import type { CancelNode } from '../cancellation/cancel-tree.ts';
import type { StackFrame } from '../coroutines/probe.ts';
import { Future } from '../futures/future.ts';
import { PENDING } from '../futures/future-state.ts';
import { placeOfFrame, userFrames, waitOf } from './task-stack.ts';

/**
 * So many futures are looked at. A longer circle is not seen here, but when nothing else can run; and who
 * awaits the last of a long chain, as tasks that queue behind each other do, pays for so many at most.
 */
const MAX_STEPS = 256;

/** What is needed of a task. */
interface Waiter extends Future<unknown> {
  readonly waitingOn: Future<unknown> | null;
  readonly rare: { readonly deadlineCount: number } | null;
  readonly scopes: { readonly innermost: CancelNode | null } | null;
  getName(): string;
  getCoro(): Iterator<unknown, unknown, unknown>;
  getStack(): StackFrame[];
  label(): string;
  endWait(error: Error): void;
}

/**
 * Called when the current task is about to wait for `owner`, a task that is not done.
 * @param what what it waits for, in words, if that is not the task itself
 * @throws DeadlockError when that would never end
 */
export function refuseCircle(owner: Future<unknown>, what?: string): void {
  const current = owner.loop.currentTask as Waiter | null;
  if (current === null) return;
  if (owner === current && what === undefined) {
    throw new DeadlockError('circle', `${current.label()} cannot await itself: it would wait for ever`);
  }
  const path = circleThrough(owner, current);
  if (path !== null) throw circleError(current, what ?? nameOf(owner), path);
}

/**
 * {@link refuseCircle} for a future that needs the end of `all`. Mostly those are tasks that have not begun,
 * or are about to go on: then nothing is walked.
 */
export function refuseCircleThrough(future: Future<unknown>, all: Iterable<Future<unknown>>): void {
  for (const origin of all) {
    if (origin.state !== PENDING) continue;
    if (isWaiter(origin) && origin.waitingOn === null && origin !== future.loop.currentTask) continue;
    refuseCircle(future, future.describeAwaited());
    return;
  }
}

/**
 * Called when the current task is about to wait until all of `owners` have ended, and cannot do otherwise.
 * Whoever among them waits for it gets the error in its place; better one that can do without what it waits
 * for, unlike the opener of another group.
 */
export function breakCircles(owners: Iterable<Future<unknown>>, what: string): void {
  let steps = 0;
  for (const owner of owners) {
    if (++steps > MAX_STEPS) return;
    const current = owner.loop.currentTask as Waiter | null;
    if (current === null || owner.state !== PENDING || (isWaiter(owner) && owner.waitingOn === null))
      continue;
    const path = circleThrough(owner, current);
    if (path === null) continue;
    const told = path.findLast((task) => task.waitingOn?.source?.isIndispensable !== true) ?? path.at(-1);
    told?.endWait(circleError(current, what, path));
  }
}

/**
 * The tasks through which a wait for `owner` leads back to the current one, unless one of them has a
 * deadline.
 */
function circleThrough(owner: Future<unknown>, current: Waiter): Waiter[] | null {
  const path = findPath(owner, current);
  return path === null || [current, ...path].some(hasDeadline) ? null : path;
}

/** Whether what a task waits for comes of the task itself, among others or not. */
export function waitsForItself(task: { readonly waitingOn: Future<unknown> | null }): boolean {
  // Grows as it is walked.
  const met = new Set<unknown>([task.waitingOn]);
  for (const future of met) {
    if (future === task) return true;
    if (!(future instanceof Future) || future.state !== PENDING) continue;
    if (isWaiter(future)) met.add(future.waitingOn);
    else for (const origin of future.origins()?.futures ?? []) met.add(origin);
  }
  return false;
}

/** The tasks from `from` to the last one before `end`; `null` where none leads there. */
function findPath(from: Future<unknown>, end: Waiter): Waiter[] | null {
  let future: Future<unknown> = from;
  for (let steps = 0; steps < MAX_STEPS; steps++) {
    if (future === end) return pathAlong(from, end);
    if (future.state !== PENDING) return null;
    if (isWaiter(future)) {
      if (future.waitingOn === null) return null;
      future = future.waitingOn;
    } else {
      const origins = future.origins();
      if (origins === null || !origins.areRequired) return null;
      const only = onlyOf(origins.futures);
      if (only === null) return pathAlong(from, end);
      future = only;
    }
  }
  return null;
}

/** The one that is there, if there is no other: a long chain of those is walked without a table. */
function onlyOf(futures: Iterable<Future<unknown>>): Future<unknown> | null {
  let only: Future<unknown> | null = null;
  for (const future of futures) {
    if (only !== null) return null;
    only = future;
  }
  return only;
}

/** As {@link findPath}, through whatever branches. */
function pathAlong(from: Future<unknown>, end: Waiter): Waiter[] | null {
  /** Whence each was reached. Grows as it is walked. */
  const reachedFrom = new Map<Future<unknown>, Future<unknown> | null>([[from, null]]);
  for (const [future] of reachedFrom) {
    if (future === end) return tasksBack(reachedFrom, end);
    if (future.state !== PENDING) continue;
    for (const next of requiredBy(future)) {
      if (reachedFrom.size > MAX_STEPS) break;
      if (!reachedFrom.has(next)) reachedFrom.set(next, future);
    }
  }
  return null;
}

function requiredBy(future: Future<unknown>): Iterable<Future<unknown>> {
  if (isWaiter(future)) return future.waitingOn === null ? [] : [future.waitingOn];
  const origins = future.origins();
  return origins?.areRequired ? origins.futures : [];
}

function tasksBack(reachedFrom: Map<Future<unknown>, Future<unknown> | null>, end: Waiter): Waiter[] {
  const tasks: Waiter[] = [];
  for (let at = reachedFrom.get(end) ?? null; at !== null; at = reachedFrom.get(at) ?? null) {
    if (isWaiter(at)) tasks.unshift(at);
  }
  return tasks;
}

function isWaiter(future: Future<unknown>): future is Waiter {
  return 'waitingOn' in future;
}

/** Whether its wait will be ended by a timeout or a scope. */
function hasDeadline({ rare, scopes }: Waiter): boolean {
  if (rare !== null && rare.deadlineCount > 0) return true;
  for (let node = scopes?.innermost ?? null; node !== null; node = node.parent) {
    if (node.cancelledBy !== null) return true;
    if (node instanceof CancelScope && node.deadlineMs !== Number.POSITIVE_INFINITY) return true;
    if (node.shielding) return false;
  }
  return false;
}

function circleError(current: Waiter, what: string, path: readonly Waiter[]): DeadlockError {
  const others = path.filter((task) => task !== current).length;
  const way = others === 0 ? '' : `, by way of ${others} other task${others === 1 ? '' : 's'}`;
  const edges = path.filter((task) => task !== current).map((task) => edgeOf(task, waitOf(task) ?? ''));
  const head = `${current.label()} would wait for itself${way}:`;
  return new DeadlockError('circle', [head, edgeOf(current, what), ...edges].join('\n'));
}

function edgeOf(task: Waiter, what: string): string {
  const innermost = userFrames(task).at(-1);
  const place = innermost === undefined ? '' : ` at ${placeOfFrame(innermost)}`;
  return `  ${task.label()}${place} waits for ${what}`;
}

function nameOf(future: Future<unknown>): string {
  return isWaiter(future) ? future.label() : future.describeAwaited();
}
