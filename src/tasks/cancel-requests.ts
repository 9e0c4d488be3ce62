/**
 * What a task remembers of being cancelled: asyncio's requests with their count, and its place among cancel scopes.
 *
 * `waitingOn`, `mustCancel` and when each is set: the state table of `task.ts`.
 */

import { CancelledError } from '../base/errors.ts';
import type { CancelNode } from '../cancellation/cancel-tree.ts';
import { Future } from '../futures/future.ts';
import { CANCELLED, FINISHED, PENDING } from '../futures/future-core.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import { type ScopedTask, TaskScopes } from './task-scopes.ts';

/** @internal */
export abstract class CancelRequests<T> extends Future<T> implements ScopedTask {
  /** @internal What it waits for, or waited for when it was queued to go on. */
  waitingOn: Future<unknown> | null = null;
  /** @internal A cancel request is to be raised at the next step. */
  mustCancel = false;
  /** The request in `mustCancel` came when a result was there already: the result first, the request at the next suspension. */
  protected deferred = false;
  /** @internal That of the last cancel request. */
  cancelMessage: unknown = undefined;
  /** @internal Its place among cancel scopes, `null` until it is in one. */
  scopes: TaskScopes | null = null;
  /** The error that ended the coroutine. */
  protected cancelCause: CancelledError | null = null;
  private cancelRequestCount = 0;

  // Written out because the one that fields imply passes its arguments on as a list (measured: 20 ns a task).
  constructor(options?: { readonly loop?: LoopCore | undefined }) {
    super(options);
  }

  /**
   * Asks the task to stop: a CancelledError with `message` as its `reason` is raised in its coroutine at its next resumption,
   * once. The coroutine may clean up, and may refuse by not letting the error out.
   * @returns false when the task is done already
   */
  override cancel(message?: unknown): boolean {
    return this.cancelFrom(this.scopes === null ? null : this.scopes.birth, message);
  }

  /** @internal {@link cancel} by what the coroutine opened while it was in `origin`: shields further in hold it back. */
  cancelFrom(origin: CancelNode | null, message?: unknown): boolean {
    if (this.state !== PENDING) return super.cancel(message);
    this.cancelRequestCount++;
    if (this.scopes === null || !this.scopes.hold(origin, message)) this.deliverCancel(message);
    return true;
  }

  /** @internal */
  deliverCancel(message: unknown): void {
    this.cancelMessage = message;
    this.deferred = false;
    if (this.waitingOn === null || !this.waitingOn.cancel(message)) this.mustCancel = true;
    else if (this.scopes !== null) this.scopes.overrule();
  }

  /** @internal For scopes that are opened in this task. */
  cancelTarget(): TaskScopes {
    this.scopes ??= new TaskScopes(this, null);
    return this.scopes;
  }

  /** How many {@link cancel} requests have not been taken back by {@link uncancel}. */
  cancelling(): number {
    return this.cancelRequestCount;
  }

  /** Takes back one cancel request, for whoever handled it; returns how many are left. The last one also drops an error not yet raised. */
  uncancel(): number {
    if (this.cancelRequestCount > 0) {
      this.cancelRequestCount--;
      if (this.cancelRequestCount === 0) {
        this.mustCancel = false;
        this.scopes?.dropHeld();
      }
    }
    return this.cancelRequestCount;
  }

  protected override cancelledError(): CancelledError {
    // The error that ended the coroutine, once: it carries the stack. Later awaiters get one of their own.
    const cause = this.cancelCause;
    this.cancelCause = null;
    return cause ?? super.cancelledError();
  }

  /** @internal The innermost cancel scope it is in. */
  innermostScope(): CancelNode | null {
    return this.scopes === null ? null : this.scopes.innermost;
  }

  /** @internal */
  protected bornIn(scope: CancelNode): void {
    this.scopes = new TaskScopes(this, scope);
  }

  /**
   * @internal The error of the request to be raised now; `null` when what was awaited raises one by itself, or has a result. A result
   * that is there is handed over before the request is raised: an accepted connection or received bytes would be lost with it. Grants of
   * locks and queues are not: they are passed on to the next in line.
   */
  protected takeCancel(awaited: Future<unknown> | null): CancelledError | null {
    this.deferred = awaited !== null && awaited.state === FINISHED && !awaited.passedOnIfCancelled;
    if (this.deferred) return null;
    this.mustCancel = false;
    if (this.scopes !== null) this.scopes.overrule();
    // Its own error says more, and one is enough.
    return awaited !== null && awaited.state === CANCELLED ? null : new CancelledError(this.cancelMessage);
  }
}
