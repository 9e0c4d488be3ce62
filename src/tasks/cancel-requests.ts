/**
 * The cancel requests made to one task. asyncio counts them; here each is also known by itself, because a
 * scope that makes one (a timeout, a group) must tell the error of its own request from that of another,
 * which may have been made before the scope began and be raised inside of it.
 *
 * | a request is | entered by                                                        | leaves to    |
 * |--------------|-------------------------------------------------------------------|--------------|
 * | pending      | cancel(), while the task runs or is about to; the end of a shield | held, raised |
 * | held         | cancel() from outside of a shield; a shield entered by the task   | pending      |
 * | raised       | its CancelledError was raised, or what the task awaits cancelled  | pending, held |
 *
 * All leave when they are taken back. One that was raised is raised again where another error has hidden it.
 * All that are pending are raised by one error, at the next step; but after a result that was there before
 * them (`deferred`), at the next suspension.
 */

import { CancelledError } from '../base/errors.ts';
import type { CancelNode } from '../cancellation/cancel-tree.ts';
import type { Future } from '../futures/future.ts';
import { CANCELLED, FINISHED } from '../futures/future-state.ts';
import { waitsForItself } from './await-circle.ts';
import { type ChainLink, passOn } from './cancel-chain.ts';

/** One request. */
export interface CancelRequest {
  /** The scope it comes from: shields further in hold it. */
  origin: CancelNode | null;
  readonly message: unknown;
}

/** What is needed of a task. */
export interface CancelledTask {
  /** What it waits for, while it is suspended. */
  readonly waitingOn: Future<unknown> | null;
  /** Ends its wait, for the error that is to be raised. */
  endWait(error: null): void;
  /** Whether requests are pending. A field of the task, because it is read at every step. */
  mustCancel: boolean;
  readonly scopes: {
    readonly innermost: CancelNode | null;
    isShieldedFrom(origin: CancelNode | null): boolean;
    overrule(): void;
  } | null;
}

export class CancelRequests implements ChainLink {
  /** That of the last one delivered. */
  message: unknown = undefined;
  /** Those that are pending came when a result was there already. */
  deferred = false;
  /** What else is notified of a request that is delivered: an AbortSignal. */
  onRequest: ((message: unknown) => void) | null = null;
  private readonly task: CancelledTask;
  private pending: CancelRequest[] = [];
  private held: CancelRequest[] = [];
  private readonly raised: CancelRequest[] = [];

  constructor(task: CancelledTask) {
    this.task = task;
  }

  /** How many have not been taken back: asyncio's `cancelling()`. */
  get count(): number {
    return this.reachedCount + this.held.length;
  }

  /** How many were raised and not taken back. */
  get raisedCount(): number {
    return this.raised.length;
  }

  /** How many were raised or are to be raised, and not taken back: all that no shield holds. */
  get reachedCount(): number {
    return this.raised.length + this.pending.length;
  }

  /** Makes a request from scope `origin`. */
  add(origin: CancelNode | null, message: unknown): CancelRequest {
    const request = { origin, message };
    this.admit(request);
    return request;
  }

  /** Raises the last one that was raised again, at the next suspension that no shield keeps from it. */
  raiseAgain(): void {
    const request = this.raised.pop();
    if (request !== undefined) this.admit(request);
  }

  private admit(request: CancelRequest): void {
    if (this.task.scopes?.isShieldedFrom(request.origin)) this.held.push(request);
    else this.deliver(request);
  }

  private deliver(request: CancelRequest): void {
    this.pending.push(request);
    this.message = request.message;
    this.deferred = false;
    this.task.mustCancel = true;
    if (this.task.waitingOn !== null) passOn(this);
    this.onRequest?.(request.message);
  }

  /**
   * Cancels what the task waits for: the error comes from there. If that is done already, the requests stay
   * pending.
   */
  passCancelOn(): void {
    if (this.task.waitingOn?.cancel(this.message)) this.noteRaised();
  }

  /** In a circle there is nobody whose end this one could wait for before its own. */
  metAgain(): void {
    if (waitsForItself(this.task)) this.task.endWait(null);
  }

  /**
   * The error to be raised in place of resuming; `null` if what was awaited raises one by itself, or has a
   * result. A result that is there is handed over before the requests are raised: an accepted connection or
   * received bytes would be lost with it. Grants of locks and queues are not: they are passed on to the next
   * in line.
   */
  takeError(awaited: Future<unknown> | null): CancelledError | null {
    this.deferred = awaited !== null && awaited.state === FINISHED && !awaited.passedOnIfCancelled;
    if (this.deferred) return null;
    this.noteRaised();
    // Its own error says more, and one is enough.
    return awaited !== null && awaited.state === CANCELLED ? null : new CancelledError(this.message);
  }

  /** The error of all that are pending, which the caller raises; or of the last that was raised, again. */
  raise(): CancelledError {
    this.noteRaised();
    return new CancelledError(this.message);
  }

  private noteRaised(): void {
    this.raised.push(...this.pending);
    this.pending.length = 0;
    this.task.mustCancel = false;
    this.task.scopes?.overrule();
  }

  /** The task enters a shield: what is pending stays outside. */
  holdPending(): void {
    for (const request of this.pending) {
      // Nothing stood between the request and here, so here is as good an origin as its own.
      request.origin = this.task.scopes?.innermost ?? null;
      this.held.push(request);
    }
    this.pending.length = 0;
    this.task.mustCancel = false;
  }

  /** The task has left a scope, or a shield was lowered: delivers what nothing holds any more. */
  release(): void {
    const before = this.held;
    if (before.length === 0) return;
    this.held = before.filter(({ origin }) => this.task.scopes?.isShieldedFrom(origin) === true);
    for (const request of before) if (!this.held.includes(request)) this.deliver(request);
  }

  /**
   * Takes back one request, whichever: one that was raised, if there is one, because the caller has handled
   * it.
   * @returns how many are left
   */
  takeBackOne(): number {
    if (this.raised.length > 0) this.raised.pop();
    else (this.pending.length > 0 ? this.pending : this.held).shift();
    this.task.mustCancel = this.pending.length > 0;
    return this.count;
  }

  /** Takes back a request, for the scope that made it. Returns how many others have reached the task. */
  takeBack(request: CancelRequest): number {
    const list = [this.pending, this.held, this.raised].find((one) => one.includes(request));
    // If uncancel() has taken it back already, another one goes in its place.
    if (list === undefined) this.takeBackOne();
    else list.splice(list.lastIndexOf(request), 1);
    this.task.mustCancel = this.pending.length > 0;
    return this.reachedCount;
  }
}
