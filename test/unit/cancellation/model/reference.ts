/**
 * What a program must do, worked out without a loop: by arithmetic on times. Every scope's moment of cancellation is known when it is
 * entered, so a sleep's end follows from the scopes in sight and the requests made; a group is evaluated again with the abort that its
 * members' ends turn out to cause. Slow, and nothing in it is shared with the code under test.
 */
import type { Program, Scenario } from './program.ts';

/** One thing that a task did, and when. */
export type Event = readonly [what: string, id: number, detail: string, atMs: number];

/** What each task did. */
export type Log = Map<number, Event[]>;

/** Two things at one time whose order decides, and only a loop knows it. */
export class Ambiguous extends Error {}

interface Scope {
  readonly id: number;
  readonly shield: boolean;
  readonly cancelledAtMs: number;
  readonly parent: Scope | null;
}

interface Request {
  readonly atMs: number;
  readonly origin: Scope | null;
  raised: boolean;
}

interface Outcome {
  readonly kind: 'ok' | 'cancelled' | 'failed';
  /** For 'cancelled': whose error it is, `null` for the task's own. */
  readonly scope: Scope | null;
}

interface End extends Outcome {
  readonly atMs: number;
}

const OK: Outcome = { kind: 'ok', scope: null };
const FAILED: Outcome = { kind: 'failed', scope: null };
const CANCELLED: Outcome = { kind: 'cancelled', scope: null };

/** What a task carries along; copied where the future has to be tried out. */
class TaskState {
  scope: Scope | null;
  requests: Request[] = [];
  takenBack = 0;
  suspensions = 0;
  events: Event[] = [];
  log: Log = new Map();

  constructor(scope: Scope | null) {
    this.scope = scope;
  }

  copy(): TaskState {
    const copy = new TaskState(this.scope);
    copy.requests = this.requests.map((request) => ({ ...request }));
    copy.takenBack = this.takenBack;
    copy.suspensions = this.suspensions;
    copy.events = [...this.events];
    copy.log = new Map(this.log);
    return copy;
  }

  note(what: string, id: number, detail: string, atMs: number): void {
    this.events.push([what, id, detail, atMs]);
  }

  counted(atMs: number): number {
    return this.requests.filter((request) => request.atMs <= atMs).length - this.takenBack;
  }

  takeBack(atMs: number): void {
    this.takenBack++;
    if (this.counted(atMs) > 0) return;
    for (const request of this.requests) if (request.atMs <= atMs) request.raised = true;
  }

  pending(): Request[] {
    return this.requests.filter((request) => !request.raised && !isShielded(this.scope, request.origin));
  }

  /** The requests that have been raised and not been taken back. */
  raisedCount(atMs: number): number {
    const arrived = this.requests.filter((request) => !request.raised && request.atMs <= atMs);
    const held = arrived.filter((request) => isShielded(this.scope, request.origin)).length;
    return this.counted(atMs) - held - (arrived.length > held ? 1 : 0);
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

/** What the tasks of a scenario do. @throws Ambiguous */
export function predict(scenario: Scenario): Log {
  const world = new Reference(scenario);
  return world.runTask(scenario.program, 0, 0, null, null).log;
}

class Reference {
  private readonly scenario: Scenario;

  constructor(scenario: Scenario) {
    this.scenario = scenario;
  }

  /** One task from its start to its end. `abortedAtMs`: when its group asks it to end. */
  runTask(
    program: Program,
    id: number,
    fromMs: number,
    birth: Scope | null,
    abortedAtMs: number | null,
  ): TaskEnd {
    const state = new TaskState(birth);
    const times = this.cancelTimes('task', id).filter((atMs) => atMs >= fromMs);
    if (abortedAtMs !== null) times.push(abortedAtMs);
    state.requests = times.map((atMs) => ({ atMs, origin: birth, raised: false }));
    let end = this.run(program, fromMs, state);
    if (end.kind === 'ok' && state.pending().some((request) => request.atMs <= end.atMs)) {
      end = { ...CANCELLED, atMs: end.atMs };
    }
    state.note('end', id, end.kind, end.atMs);
    state.log.set(id, state.events);
    return { id, kind: end.kind, atMs: end.atMs, log: state.log };
  }

  private cancelTimes(kind: 'scope' | 'task', id: number): number[] {
    return this.scenario.cancels
      .filter(({ target }) => target.kind === kind && target.id === id)
      .map(({ atMs }) => atMs);
  }

  private run(program: Program, atMs: number, state: TaskState): End {
    switch (program.kind) {
      case 'sleep':
        return this.sleep(program, atMs, state);
      case 'fail':
        return this.fail(program, atMs, state);
      case 'seq':
        return this.sequence(program.parts, atMs, state);
      case 'scope':
        return this.inScope(program, atMs, state);
      case 'group':
        return this.group(program, atMs, state);
      case 'refuse': {
        const end = this.run(program.body, atMs, state);
        return end.kind === 'cancelled' ? { ...OK, atMs: end.atMs } : end;
      }
      case 'finally': {
        const end = this.run(program.body, atMs, state);
        const cleanup = this.run(program.cleanup, end.atMs, state);
        return cleanup.kind === 'ok' ? { ...end, atMs: cleanup.atMs } : cleanup;
      }
    }
  }

  private fail(program: Program & { kind: 'fail' }, atMs: number, state: TaskState): End {
    const end = this.sleep(program, atMs, state);
    return end.kind === 'ok' ? { ...FAILED, atMs: end.atMs } : end;
  }

  private sleep(program: Program & { kind: 'sleep' | 'fail' }, atMs: number, state: TaskState): End {
    state.suspensions++;
    const untilMs = atMs + program.ms;
    const end = state.interruption(atMs, untilMs) ?? { ...OK, atMs: untilMs };
    state.note('sleep', program.id, end.kind, end.atMs);
    return end;
  }

  private sequence(parts: readonly Program[], atMs: number, state: TaskState): End {
    let end: End = { ...OK, atMs };
    for (const part of parts) {
      end = this.run(part, end.atMs, state);
      if (end.kind !== 'ok') break;
    }
    return end;
  }

  private inScope(program: Program & { kind: 'scope' }, atMs: number, state: TaskState): End {
    const deadlineMs = program.deadlineMs === null ? Number.POSITIVE_INFINITY : atMs + program.deadlineMs;
    const scope: Scope = {
      id: program.id,
      shield: program.shield,
      cancelledAtMs: Math.min(deadlineMs, ...this.cancelTimes('scope', program.id)),
      parent: state.scope,
    };
    const raisedBefore = state.raisedCount(atMs);
    state.scope = scope;
    let end = this.run(program.body, atMs, state);
    const own = end.kind === 'cancelled' && end.scope === scope;
    const overruled = own && state.raisedCount(end.atMs) > raisedBefore;
    state.scope = scope.parent;
    if (own) end = overruled ? { ...CANCELLED, atMs: end.atMs } : { ...OK, atMs: end.atMs };
    state.note('scope', program.id, own && !overruled ? 'caught' : end.kind, end.atMs);
    return end;
  }

  private group(program: Program & { kind: 'group' }, atMs: number, state: TaskState): End {
    const home = state.scope;
    const start = (abortedAtMs: number | null) => (task: Program, index: number) =>
      this.runTask(task, program.id + index, atMs, home, abortedAtMs);
    const undisturbed = program.tasks.map(start(null));
    const failedMs = Math.min(...undisturbed.filter((end) => end.kind === 'failed').map((end) => end.atMs));
    const countedBefore = state.counted(atMs);
    const suspensionsBefore = state.suspensions;
    const own: Request = { atMs: failedMs, origin: home, raised: false };
    if (failedMs < Number.POSITIVE_INFINITY) state.requests.push(own);
    const body = this.run(program.body, atMs, state);
    const plan = planAbort(state, body, undisturbed, failedMs);
    if (!plan.parentCancelled) state.requests = state.requests.filter((request) => request !== own);

    const unborn = plan.abortMs === atMs && body.kind !== 'ok' && state.suspensions === suspensionsBefore;
    const tasks = program.tasks.map((task, index): TaskEnd => {
      const before = undisturbed[index] as TaskEnd;
      if (unborn) return neverBegan(before.id, atMs);
      if (plan.abortMs === null || before.atMs < plan.abortMs) return before;
      const aborted = start(plan.abortMs)(task, index);
      if (before.atMs === plan.abortMs && before.kind !== aborted.kind) throw new Ambiguous();
      return aborted;
    });
    for (const task of tasks) for (const [id, events] of task.log) state.log.set(id, events);
    return this.conclude(program, state, { body, plan, tasks, countedBefore });
  }

  private conclude(program: Program & { kind: 'group' }, state: TaskState, run: GroupRun): End {
    const { body, plan, tasks } = run;
    const atMs = Math.max(body.atMs, plan.abortMs ?? 0, ...tasks.map((task) => task.atMs));
    if (tasks.some((task) => task.atMs >= body.atMs)) state.suspensions++;
    waitOut(state, body, tasks, atMs);
    if (plan.parentCancelled) state.takeBack(atMs);
    const errorCount =
      tasks.filter((task) => task.kind === 'failed').length + (body.kind === 'failed' ? 1 : 0);
    let outcome: Outcome = OK;
    if (errorCount > 0) {
      if (state.counted(atMs) > run.countedBefore) {
        state.takeBack(atMs);
        state.requests.push({ atMs, origin: birthOf(state), raised: false });
      }
      outcome = FAILED;
    } else if (body.kind === 'cancelled') {
      outcome = body;
    } else if (plan.interruption !== null) {
      outcome = plan.interruption;
    }
    state.note('group', program.id, `${outcome.kind} ${errorCount}`, atMs);
    return { kind: outcome.kind, scope: outcome.scope, atMs };
  }
}

interface TaskEnd {
  readonly id: number;
  readonly kind: Outcome['kind'];
  readonly atMs: number;
  readonly log: Log;
}

interface AbortPlan {
  /** When the group cancels its tasks; `null` for never. */
  readonly abortMs: number | null;
  /** Whether it cancels the task that opened it, too. */
  readonly parentCancelled: boolean;
  /** What ended the wait for the tasks, if something from outside did. */
  readonly interruption: End | null;
}

interface GroupRun {
  readonly body: End;
  readonly plan: AbortPlan;
  readonly tasks: readonly TaskEnd[];
  readonly countedBefore: number;
}

/** What comes first: a task's failure, the body's end by an error, or a cancellation while it waits for the tasks. */
function planAbort(state: TaskState, body: End, tasks: readonly TaskEnd[], failedMs: number): AbortPlan {
  if (failedMs <= body.atMs) {
    if (failedMs === body.atMs && body.kind === 'ok') throw new Ambiguous();
    return { abortMs: failedMs, parentCancelled: true, interruption: null };
  }
  if (body.kind !== 'ok') return { abortMs: body.atMs, parentCancelled: false, interruption: null };
  const lastMs = Math.max(body.atMs, ...tasks.map((task) => task.atMs));
  if (lastMs === body.atMs) {
    if (tasks.some((task) => task.atMs === body.atMs)) throw new Ambiguous();
    return { abortMs: null, parentCancelled: false, interruption: null };
  }
  // A wait that is cancelled in the moment in which the last task ends has been cancelled first: that is what ended the task.
  const waitMs = Math.min(failedMs, lastMs);
  const trial = state.copy();
  trial.requests = trial.requests.filter((request) => request.atMs !== failedMs);
  if (trial.interruption(body.atMs, afterwards(waitMs)) === null) {
    const fails = failedMs < Number.POSITIVE_INFINITY;
    return { abortMs: fails ? failedMs : null, parentCancelled: fails, interruption: null };
  }
  const interruption = state.interruption(body.atMs, afterwards(waitMs)) as End;
  return { abortMs: interruption.atMs, parentCancelled: false, interruption };
}

/** The least time after `atMs`. */
function afterwards(atMs: number): number {
  return atMs + atMs * Number.EPSILON;
}

/** Requests that arrive while a group that is aborting waits for its tasks are raised there, and go no further. */
function waitOut(state: TaskState, body: End, tasks: readonly TaskEnd[], untilMs: number): void {
  const due = state.pending().filter((request) => request.atMs <= untilMs);
  if (due.length === 0) return;
  if (tasks.every((task) => task.atMs < body.atMs)) return;
  if (tasks.every((task) => task.atMs <= body.atMs)) throw new Ambiguous();
  for (const request of due) request.raised = true;
}

function neverBegan(id: number, atMs: number): TaskEnd {
  return { id, kind: 'cancelled', atMs, log: new Map([[id, [['end', id, 'cancelled', atMs] as Event]]]) };
}

/** The scope a task was born in is above all shields that could hold its own requests back. */
function birthOf(state: TaskState): Scope | null {
  return state.requests[0]?.origin ?? null;
}
