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

/** What is known of the requests to a task, from the first one on. */
class RequestRecord {
  /** How many have not been taken back. */
  count = 0;
  /** That of the last one. */
  message: unknown = undefined;
  /** The request in `mustCancel` came when a result was there already: the result first, the request at the next suspension. */
  deferred = false;
  /** The error that ended the coroutine. */
  cause: CancelledError | null = null;
}

/** @internal */
export abstract class CancelRequests<T> extends Future<T> implements ScopedTask {
  /** @internal What it waits for, or waited for when it was queued to go on. */
  waitingOn: Future<unknown> | null = null;
  /** @internal A cancel request is to be raised at the next step. */
  mustCancel = false;
  /** @internal Its place among cancel scopes, `null` until it is in one. */
  scopes: TaskScopes | null = null;
  /** Most tasks are never asked. */
  private requests: RequestRecord | null = null;

  // oxlint-disable-next-line no-useless-constructor -- The one that fields imply passes its arguments on as a list: 20 ns a task.
  constructor(options: { readonly loop?: LoopCore | undefined } | undefined, loop: LoopCore | undefined) {
    super(options, loop);
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
    this.record().count++;
    if (this.scopes === null || !this.scopes.hold(origin, message)) this.deliverCancel(message);
    return true;
  }

  /** @internal */
  deliverCancel(message: unknown): void {
    const requests = this.record();
    requests.message = message;
    requests.deferred = false;
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
    return this.requests === null ? 0 : this.requests.count;
  }

  /** Takes back one cancel request, for whoever handled it; returns how many are left. The last one also drops an error not yet raised. */
  uncancel(): number {
    const { requests } = this;
    if (requests === null || requests.count === 0) return 0;
    requests.count--;
    if (requests.count === 0) {
      this.mustCancel = false;
      this.scopes?.dropHeld();
    }
    return requests.count;
  }

  protected override cancelledError(): CancelledError {
    // The error that ended the coroutine, once: it carries the stack. Later awaiters get one of their own.
    const { requests } = this;
    const cause = requests === null ? null : requests.cause;
    if (requests !== null) requests.cause = null;
    return cause ?? super.cancelledError();
  }

  /** @internal The message of the last cancel request. */
  get cancelMessage(): unknown {
    return this.requests?.message;
  }

  /** Whether the request in `mustCancel` waits for the next suspension. */
  protected get isDeferred(): boolean {
    return this.requests?.deferred === true;
  }

  /** Ends it as cancelled, by an error that its coroutine let out. */
  protected endCancelled(error: CancelledError): void {
    this.record().cause = error;
    this.settleCancelled(error.reason);
  }

  private record(): RequestRecord {
    this.requests ??= new RequestRecord();
    return this.requests;
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
    const deferred = awaited !== null && awaited.state === FINISHED && !awaited.passedOnIfCancelled;
    this.record().deferred = deferred;
    if (deferred) return null;
    this.mustCancel = false;
    if (this.scopes !== null) this.scopes.overrule();
    // Its own error says more, and one is enough.
    return awaited !== null && awaited.state === CANCELLED ? null : new CancelledError(this.cancelMessage);
  }
}
