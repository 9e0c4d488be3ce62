/**
 * A task's place in the tree of cancel scopes. A task has one of these only from its first scope on, so that all others pay for one
 * comparison at each suspension. The rules it follows are the tables of `cancellation/cancel-scope.ts`.
 */

import { CancelledError } from '../base/errors.ts';
import type { CancelNode, CancelTarget } from '../cancellation/cancel-tree.ts';
import { ScopeCancelledError } from '../cancellation/scope-cancelled-error.ts';

/** What is needed of a task. */
export interface ScopedTask {
  /** What it waits for, while it is suspended. */
  readonly waitingOn: { cancel(message: unknown): boolean } | null;
  /** A direct request is to be raised at the next step. */
  mustCancel: boolean;
  readonly cancelMessage: unknown;
  cancelling(): number;
  deliverCancel(message: unknown): void;
}

/** A direct request that a shield keeps out. */
interface HeldCancel {
  readonly origin: CancelNode | null;
  readonly message: unknown;
}

export class TaskScopes implements CancelTarget {
  innermost: CancelNode | null = null;
  /** The scope the task was started in, by a group. */
  readonly birth: CancelNode | null;
  /** Scopes do not end the present wait: for whoever has to wait for others to end, and has been told already. */
  deaf = false;
  private readonly task: ScopedTask;
  /** On whose behalf the present suspension is being ended. */
  private raisedBy: CancelNode | null = null;
  private held: HeldCancel[] = [];

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
    if (scope === null || this.deaf) return;
    if (this.task.waitingOn?.cancel(scope.cancelReason)) this.raisedBy = scope;
  }

  /** The error to resume with, if the suspension was ended for a scope, and has not brought a result nevertheless. */
  takeError(awaited: { cancelled(): boolean } | null): CancelledError | null {
    const scope = this.raisedBy;
    if (scope === null) return null;
    this.raisedBy = null;
    if (awaited !== null && !awaited.cancelled()) return null;
    return new ScopeCancelledError(this.innermost?.cancelledBy ?? scope);
  }

  /** A direct request is being delivered: its error is the one to raise. */
  overrule(): void {
    this.raisedBy = null;
  }

  /** Keeps a direct request if a shield stands between the task and where the request comes from. */
  hold(origin: CancelNode | null, message: unknown): boolean {
    if (this.innermost === null || !this.innermost.isShieldedFrom(origin)) return false;
    this.held.push({ origin, message });
    return true;
  }

  /** All direct requests have been taken back. */
  dropHeld(): void {
    this.held = [];
  }

  enteringShield(): void {
    if (!this.task.mustCancel) return;
    this.task.mustCancel = false;
    // Wherever it comes from, nothing stood between that and here: so here is as good an origin.
    this.held.push({ origin: this.innermost, message: this.task.cancelMessage });
  }

  shieldsChanged(): void {
    if (this.held.length === 0) return;
    const before = this.held;
    this.held = before.filter(({ origin }) => this.innermost?.isShieldedFrom(origin) === true);
    for (const request of before) if (!this.held.includes(request)) this.task.deliverCancel(request.message);
  }

  directCancelCount(): number {
    return this.task.cancelling() - this.held.length - (this.task.mustCancel ? 1 : 0);
  }

  directCancelError(): CancelledError {
    return new CancelledError(this.task.cancelMessage);
  }

  /** The task has ended. */
  end(): void {
    this.birth?.removeMember(this);
  }
}
