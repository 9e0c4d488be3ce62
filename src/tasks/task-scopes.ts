/**
 * A task's place in the tree of cancel scopes. A task has one of these only from its first scope on, so that
 * all others pay for one comparison at each suspension. The rules it follows are the tables of
 * `cancellation/cancel-scope.ts`.
 */

import { type CancelledError, isCancelled } from '../base/errors.ts';
import type { CancelNode, CancelTarget } from '../cancellation/cancel-tree.ts';
import { ScopeCancelledError } from '../cancellation/scope-cancelled-error.ts';
import type { CancelRequests } from './cancel-requests.ts';

/** What is needed of a task. */
export interface ScopedTask {
  /** What it waits for, while it is suspended. */
  readonly waitingOn: { cancel(message: unknown): boolean } | null;
  /** Its direct requests, `null` until the first. */
  readonly requests: CancelRequests | null;
}

/** What was awaited, and has ended. */
interface Ended {
  cancelled(): boolean;
  failed(): boolean;
  readonly value: unknown;
}

/**
 * The future of a gather fails with the CancelledError of a child, as in asyncio: it is not cancelled itself.
 */
function wasCancelled(awaited: Ended): boolean {
  return awaited.cancelled() || (awaited.failed() && isCancelled(awaited.value));
}

export class TaskScopes implements CancelTarget {
  innermost: CancelNode | null = null;
  /** The scope the task was started in, by a group. */
  readonly birth: CancelNode | null;
  /**
   * Scopes do not end the present wait: the task waits for others to end, and its own end is already decided.
   */
  ignoresScopes = false;
  private readonly task: ScopedTask;
  /** The scope for which the present suspension is being ended. */
  private raisedBy: CancelNode | null = null;

  constructor(task: ScopedTask, birth: CancelNode | null) {
    this.task = task;
    this.birth = birth;
    birth?.addMember(this);
  }

  /** The task suspends in a wait that nothing can end but this. */
  checkpoint(): void {
    this.raisedBy = this.innermost?.cancelledBy ?? null;
  }

  /** The task suspends to wait for something. */
  suspend(): void {
    if (this.innermost !== null && this.innermost.cancelledBy !== null) this.scopeCancelled();
  }

  scopeCancelled(): void {
    const scope = this.innermost?.cancelledBy ?? null;
    if (scope === null || this.ignoresScopes) return;
    if (this.task.waitingOn?.cancel(scope.cancelReason)) this.raisedBy = scope;
  }

  /**
   * The error to resume with, if the suspension was ended for a scope and has not brought a result
   * nevertheless.
   */
  takeError(awaited: Ended | null): CancelledError | null {
    const scope = this.raisedBy;
    if (scope === null) return null;
    this.raisedBy = null;
    if (awaited !== null && !wasCancelled(awaited)) return null;
    return new ScopeCancelledError(this.innermost?.cancelledBy ?? scope);
  }

  /** A direct request is being delivered: its error is the one to raise. */
  overrule(): void {
    this.raisedBy = null;
  }

  /** Whether a shield stands between the task and the origin of a direct request. */
  isShieldedFrom(origin: CancelNode | null): boolean {
    return this.innermost?.isShieldedFrom(origin) === true;
  }

  enteringShield(): void {
    this.task.requests?.holdPending();
  }

  shieldsChanged(): void {
    this.task.requests?.release();
  }

  directCancelCount(): number {
    return this.task.requests?.raisedCount ?? 0;
  }

  takeDirectCancel(raisedBefore: number): CancelledError | null {
    const { requests } = this.task;
    return requests !== null && requests.reachedCount > raisedBefore ? requests.raise() : null;
  }

  /** The task has ended. */
  end(): void {
    this.birth?.removeMember(this);
  }
}
