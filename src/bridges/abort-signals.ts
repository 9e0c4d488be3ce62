/** Cancellation and the web platform's AbortSignal, both ways. */

import { CancelledError } from '../base/errors.ts';
import { CancelScope } from '../cancellation/cancel-scope.ts';
import type { CancelNode, CancelTarget } from '../cancellation/cancel-tree.ts';
import { describeValue } from '../coroutines/misuse.ts';
import { Future } from '../futures/future.ts';
import { Task } from '../tasks/task.ts';

/** A place in the tree of scopes that waits for nothing: it hears of a cancellation, and passes it on. */
class SignalTarget implements CancelTarget {
  innermost: CancelNode | null = null;
  private readonly controller: AbortController;

  constructor(controller: AbortController) {
    this.controller = controller;
  }

  scopeCancelled(): void {
    const scope = this.innermost?.cancelledBy ?? null;
    if (scope !== null) this.controller.abort(new CancelledError(scope.cancelReason));
  }

  enteringShield(): void {}

  shieldsChanged(): void {}

  directCancelCount(): number {
    return 0;
  }

  takeDirectCancel(): null {
    return null;
  }
}

/** One signal for each: what `fetch` and others add to it would grow with each call. */
const signals = new WeakMap<CancelScope | Task<unknown>, AbortSignal>();

/**
 * A scope or a task as an AbortSignal, for `fetch` and whatever else takes one. It aborts when the scope is
 * cancelled, by itself or from around it; when the task is asked to cancel, or has ended by a cancellation.
 * Its reason is a CancelledError.
 *
 *     yield* moveOnAfter(500, function* (scope) {
 *       const signal = toAbortSignal(scope);
 *       …   // whatever is begun in here with `signal` ends when the time is up
 *     });
 *
 * For one Promise, `fromPromise((signal) => …)` is shorter, and has a signal of its own. In a blocking run a
 * signal is of use to code that looks at it, such as `signal.throwIfAborted()`.
 *
 * @returns the same signal each time
 */
export function toAbortSignal(target: CancelScope | Task<unknown>): AbortSignal {
  const known = signals.get(target);
  if (known !== undefined) return known;
  const controller = new AbortController();
  if (target instanceof Task) {
    const abort = (reason: unknown): void => controller.abort(new CancelledError(reason));
    if (target.cancelling() > 0 || target.cancelled()) abort(target.cancelRequests().message);
    else target.cancelRequests().onRequest = abort;
    target.addDoneCallback(() => {
      if (target.cancelled()) abort(target.value);
    });
  } else if (target instanceof CancelScope) {
    const place = new SignalTarget(controller);
    target.addMember(place);
    place.scopeCancelled();
  } else {
    throw new TypeError(`toAbortSignal: a CancelScope or a Task is needed, got ${describeValue(target)}`);
  }
  signals.set(target, controller.signal);
  return controller.signal;
}

/** What {@link cancelOnAbort} cancels: a task, a future, a scope, a group. */
export interface Cancellable {
  cancel(reason?: unknown): unknown;
}

/**
 * Cancels a task, a future, a scope or a group when a signal aborts, now if it has; the signal's reason is
 * the cancellation's.
 *
 *     const task = createTask(download(url));
 *     cancelOnAbort(task, request.signal);
 *
 *     const scope = new CancelScope();
 *     using _ = cancelOnAbort(scope, signal);
 *     yield* scope.run(work);
 *
 * @returns what ends this: `using`. A task or future ends it too, when it is done
 */
export function cancelOnAbort(target: Cancellable, signal: AbortSignal): Disposable {
  const cancel = (): void => void target.cancel(signal.reason);
  const release = (): void => signal.removeEventListener('abort', cancel);
  if (signal.aborted) cancel();
  else signal.addEventListener('abort', cancel, { once: true });
  if (target instanceof Future) target.addDoneCallback(release);
  return { [Symbol.dispose]: release };
}
