/**
 * What the reference carries along for each task: the scope it is in, the requests made of it, what it has
 * done.
 */

/** One thing that a task did, and when. */
export type Event = readonly [what: string, id: number, detail: string, atMs: number];

/** What each task did. */
export type Log = Map<number, Event[]>;

/** Two things at one time whose order decides, and only a loop knows it. */
export class Ambiguous extends Error {}

export interface Scope {
  readonly id: number;
  readonly shield: boolean;
  readonly cancelledAtMs: number;
  readonly parent: Scope | null;
}

export interface Request {
  readonly atMs: number;
  readonly origin: Scope | null;
  raised: boolean;
  /**
   * It came with a result, which comes first: raised at the next suspension, too late for a task that ends
   * before.
   */
  deferred: boolean;
}

export interface Outcome {
  readonly kind: 'ok' | 'cancelled' | 'failed';
  /** For 'cancelled': whose error it is, `null` for the task's own. */
  readonly scope: Scope | null;
}

export interface End extends Outcome {
  readonly atMs: number;
}

export const OK: Outcome = { kind: 'ok', scope: null };
export const FAILED: Outcome = { kind: 'failed', scope: null };
export const CANCELLED: Outcome = { kind: 'cancelled', scope: null };

/** What a task carries along; copied where the future has to be tried out. */
export class TaskState {
  scope: Scope | null;
  readonly birth: Scope | null;
  requests: Request[] = [];
  suspensions = 0;
  events: Event[] = [];
  log: Log = new Map();

  constructor(scope: Scope | null) {
    this.scope = scope;
    this.birth = scope;
  }

  copy(): TaskState {
    const copy = new TaskState(this.birth);
    copy.scope = this.scope;
    copy.requests = this.requests.map((request) => ({ ...request }));
    copy.suspensions = this.suspensions;
    copy.events = [...this.events];
    copy.log = new Map(this.log);
    return copy;
  }

  note(what: string, id: number, detail: string, atMs: number): void {
    this.events.push([what, id, detail, atMs]);
  }

  /** A request from `origin`. */
  request(atMs: number, origin: Scope | null, deferred = false): Request {
    const request = { atMs, origin, raised: false, deferred };
    this.requests.push(request);
    return request;
  }

  takeBack(request: Request): void {
    this.requests = this.requests.filter((each) => each !== request);
  }

  pending(): Request[] {
    return this.requests.filter((request) => !request.raised && !isShielded(this.scope, request.origin));
  }

  /** Leaves its innermost scope. What a shield has held comes anew, after any result. */
  leaveScope(): void {
    const before = this.pending();
    this.scope = this.scope?.parent ?? null;
    for (const request of this.pending()) if (!before.includes(request)) request.deferred = false;
  }

  /** How many requests have been raised and not been taken back. */
  raisedCount(): number {
    return this.requests.filter((request) => request.raised).length;
  }

  /** Those made by `atMs` that no wait has raised. */
  due(atMs: number): Request[] {
    return this.pending().filter((request) => request.atMs <= atMs);
  }

  /** How many have been raised or are to be, and not been taken back. */
  reachedCount(atMs: number): number {
    return this.raisedCount() + this.due(atMs).length;
  }

  /** How a wait from `fromMs` that would last until `untilMs` ends early, if it does. */
  interruption(fromMs: number, untilMs: number): End | null {
    const pending = this.pending();
    const requestMs = Math.max(fromMs, Math.min(...pending.map((request) => request.atMs)));
    const scopeMs = Math.max(fromMs, Math.min(...inSight(this.scope).map((scope) => scope.cancelledAtMs)));
    if (Math.min(requestMs, scopeMs) >= untilMs) return null;
    const scope = inSight(this.scope).findLast((each) => each.cancelledAtMs <= scopeMs) ?? null;
    // A request made in the very moment in which a scope further in raises: who is first decides who absorbs.
    const atOnce = pending.filter((request) => request.atMs === requestMs && requestMs === scopeMs);
    if (atOnce.some((request) => isInside(scope, request.origin))) throw new Ambiguous();
    if (requestMs <= scopeMs) {
      for (const request of pending) if (request.atMs <= requestMs) request.raised = true;
      return { ...CANCELLED, atMs: requestMs };
    }
    return { kind: 'cancelled', scope, atMs: scopeMs };
  }
}

/** The scopes from here outwards to the first shield, that one included. */
function inSight(scope: Scope | null): Scope[] {
  const seen: Scope[] = [];
  for (let each = scope; each !== null; each = each.shield ? null : each.parent) seen.push(each);
  return seen;
}

/** Whether `scope` was opened inside `origin`. */
function isInside(scope: Scope | null, origin: Scope | null): boolean {
  for (let each = scope; each !== origin; each = each.parent) if (each === null) return false;
  return scope !== origin;
}

function isShielded(from: Scope | null, origin: Scope | null): boolean {
  for (let scope = from; scope !== null && scope !== origin; scope = scope.parent)
    if (scope.shield) return true;
  return false;
}
