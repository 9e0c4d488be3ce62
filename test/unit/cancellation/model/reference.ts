/**
 * What a program must do, worked out without a loop: by arithmetic on times. Every scope's moment of
 * cancellation is known when it is entered, so a sleep's end follows from the scopes in sight and the
 * requests made; a group is evaluated again with the abort that its members' ends turn out to cause. Slow,
 * and nothing in it is shared with the code under test.
 */
import type { Program, Scenario } from './program.ts';
import {
  Ambiguous,
  CANCELLED,
  type End,
  type Event,
  FAILED,
  type Log,
  OK,
  type Outcome,
  type Request,
  type Scope,
  TaskState,
} from './task-state.ts';

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
    for (const atMs of times) state.request(atMs, birth);
    let end = this.run(program, fromMs, state);
    if (end.kind === 'ok' && state.due(end.atMs).some((request) => !request.deferred)) {
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
      case 'gate':
        return this.gate(program, atMs, state);
      case 'timeout':
        return this.timeout(program, atMs, state);
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

  private gate(program: Program & { kind: 'gate' }, atMs: number, state: TaskState): End {
    state.suspensions++;
    const untilMs = atMs + program.ms;
    const end = state.interruption(atMs, untilMs) ?? { ...OK, atMs: untilMs };
    if (end.kind === 'ok') state.request(untilMs, state.birth, true);
    state.note('gate', program.id, end.kind, end.atMs);
    return end;
  }

  private timeout(program: Program & { kind: 'timeout' }, atMs: number, state: TaskState): End {
    const raisedBefore = state.raisedCount();
    const own = state.request(atMs + program.ms, state.scope);
    const end = this.run(program.body, atMs, state);
    state.takeBack(own);
    const isOwn = own.atMs <= end.atMs && end.kind === 'cancelled' && end.scope === null;
    const outcome = isOwn && state.reachedCount(end.atMs) <= raisedBefore ? FAILED : end;
    state.note('timeout', program.id, outcome.kind, end.atMs);
    return { kind: outcome.kind, scope: outcome.scope, atMs: end.atMs };
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
    const raisedBefore = state.raisedCount();
    state.scope = scope;
    let end = this.run(program.body, atMs, state);
    const own = end.kind === 'cancelled' && end.scope === scope;
    const overruled = own && state.reachedCount(end.atMs) > raisedBefore;
    if (overruled) for (const request of state.due(end.atMs)) request.raised = true;
    state.leaveScope();
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
    const suspensionsBefore = state.suspensions;
    const own = state.request(failedMs, home);
    const body = this.run(program.body, atMs, state);
    const plan = planAbort(state, body, undisturbed, failedMs);
    if (!plan.parentCancelled) state.takeBack(own);

    const unborn = plan.abortMs === atMs && body.kind !== 'ok' && state.suspensions === suspensionsBefore;
    const tasks = program.tasks.map((task, index): TaskEnd => {
      const before = undisturbed[index] as TaskEnd;
      if (unborn) return neverBegan(before.id, atMs);
      if (plan.abortMs === null || before.atMs < plan.abortMs) return before;
      if (before.atMs > plan.abortMs) return start(plan.abortMs)(task, index);
      // It ends in the moment of the abort: as its cause, or beside it, and then only a loop knows which came
      // first.
      const others = undisturbed.filter((each) => each !== before && each.atMs === plan.abortMs);
      if (before.kind !== 'failed' || others.length > 0) throw new Ambiguous();
      return before;
    });
    for (const task of tasks) for (const [id, events] of task.log) state.log.set(id, events);
    return this.conclude(program, state, { body, plan, tasks, own });
  }

  private conclude(program: Program & { kind: 'group' }, state: TaskState, run: GroupRun): End {
    const { body, plan, tasks } = run;
    const atMs = Math.max(body.atMs, plan.abortMs ?? 0, ...tasks.map((task) => task.atMs));
    if (tasks.some((task) => task.atMs >= body.atMs)) state.suspensions++;
    waitOut(state, body, tasks, atMs);
    state.takeBack(run.own);
    const errorCount =
      tasks.filter((task) => task.kind === 'failed').length + (body.kind === 'failed' ? 1 : 0);
    let outcome: Outcome = OK;
    if (errorCount > 0) {
      const hidden = state.requests.find((each) => each.raised);
      // It is made anew, and still whoever's it was: a timeout's own becomes its TimeoutError.
      if (hidden) Object.assign(hidden, { atMs, origin: state.birth, raised: false, deferred: false });
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
  readonly own: Request;
}

/**
 * What comes first: a task's failure, the body's end by an error, or a cancellation while it waits for the
 * tasks.
 */
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
  // A wait that is cancelled in the moment in which the last task ends has been cancelled first: that is what
  // ended the task.
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

/**
 * Requests that arrive while a group that is aborting waits for its tasks are raised there, and go no
 * further.
 */
function waitOut(state: TaskState, body: End, tasks: readonly TaskEnd[], untilMs: number): void {
  const due = state.due(untilMs);
  if (due.length === 0) return;
  if (tasks.every((task) => task.atMs < body.atMs)) return;
  if (tasks.every((task) => task.atMs <= body.atMs)) throw new Ambiguous();
  for (const request of due) request.raised = true;
}

function neverBegan(id: number, atMs: number): TaskEnd {
  return { id, kind: 'cancelled', atMs, log: new Map([[id, [['end', id, 'cancelled', atMs] as Event]]]) };
}
