/** Runs a program for real, on virtual time, and writes down what its tasks do. */
import { CancelScope } from '../../../../src/cancellation/cancel-scope.ts';
import { taskGroup } from '../../../../src/groups/task-group.ts';
import {
  CancelledError,
  type Coroutine,
  currentTask,
  EventLoop,
  sleep,
  type Task,
  timeout,
} from '../../../../src/index.ts';
import { FakeKernel } from '../../../support/fake-kernel.ts';
import { countPasses } from '../on-virtual-time.ts';
import type { Program, Scenario } from './program.ts';
import type { Event, Log } from './task-state.ts';

export interface Execution {
  readonly log: Log;
  readonly passes: number;
  /** What should not be there when all is over, in words. */
  readonly leftBehind: readonly string[];
}

export function execute(scenario: Scenario): Execution {
  return new Executor(scenario).run();
}

class Executor {
  private readonly scenario: Scenario;
  private readonly loop = new EventLoop({ kernel: new FakeKernel() });
  private readonly startMs = this.loop.time();
  private readonly scopes = new Map<number, CancelScope>();
  private readonly tasks = new Map<number, Task<void>>();
  private readonly log: Log = new Map();
  private readonly leftBehind: string[] = [];

  constructor(scenario: Scenario) {
    this.scenario = scenario;
  }

  run(): Execution {
    const { loop } = this;
    loop.setExceptionHandler((_loop, context) => this.leftBehind.push(context.message));
    for (const { atMs, target } of this.scenario.cancels) {
      loop.callLater(atMs, () => {
        if (target.kind === 'scope') this.scope(target.id).cancel();
        else this.tasks.get(target.id)?.cancel();
      });
    }
    const passes = countPasses(loop);
    const main = loop.createTask(this.task(this.scenario.program, 0));
    this.tasks.set(0, main);
    main.addObserver({ futureDone: () => this.noteEnd(0, main) });
    try {
      loop.runUntilComplete(main);
    } catch {
      // How it ended is in the log.
    }
    this.inspect();
    const taken = passes();
    loop.close();
    return { log: this.log, passes: taken, leftBehind: this.leftBehind };
  }

  private inspect(): void {
    if (this.loop.liveTasks.size > 0) this.leftBehind.push(`${this.loop.liveTasks.size} live tasks`);
    for (const scope of this.scopes.values()) {
      const text = String(scope);
      if (text.includes('active')) this.leftBehind.push(`${text} was never left`);
      if (scope.cancelledCaught && !scope.cancelCalled)
        this.leftBehind.push(`${text} caught what it did not ask for`);
    }
  }

  private scope(id: number): CancelScope {
    const scope = this.scopes.get(id) ?? new CancelScope();
    this.scopes.set(id, scope);
    return scope;
  }

  /** A whole task: its end is an event, too. */
  private *task(program: Program, id: number): Coroutine<void> {
    const events: Event[] = [];
    this.log.set(id, events);
    yield* this.perform(program, events);
  }

  /** Notes how tasks have ended, which only the task itself knows for certain. */
  private noteEnd(id: number, task: Task<void>): void {
    const events = this.log.get(id) ?? [];
    this.log.set(id, events);
    const kind = task.cancelled() ? 'cancelled' : task.failed() ? 'failed' : 'ok';
    events.push(['end', id, kind, this.nowMs()]);
  }

  private nowMs(): number {
    return this.loop.time() - this.startMs;
  }

  private *perform(program: Program, events: Event[]): Coroutine<void> {
    switch (program.kind) {
      case 'sleep':
        yield* this.sleep(program, events);
        return;
      case 'fail':
        yield* this.sleep(program, events);
        throw new Error(`failure ${program.id}`);
      case 'gate':
        yield* this.gate(program, events);
        return;
      case 'timeout':
        yield* this.noting(
          () => timeout(program.ms, () => this.perform(program.body, events)),
          (kind) => events.push(['timeout', program.id, kind, this.nowMs()]),
        );
        return;
      case 'seq':
        for (const part of program.parts) yield* this.perform(part, events);
        return;
      case 'scope':
        yield* this.inScope(program, events);
        return;
      case 'group':
        yield* this.group(program, events);
        return;
      case 'refuse':
        try {
          yield* this.perform(program.body, events);
        } catch (error) {
          if (!(error instanceof CancelledError)) throw error;
        }
        return;
      case 'finally':
        try {
          yield* this.perform(program.body, events);
        } finally {
          yield* this.perform(program.cleanup, events);
        }
    }
  }

  private *sleep(program: Program & { kind: 'sleep' | 'fail' }, events: Event[]): Coroutine<void> {
    const { id, ms } = program;
    yield* this.noting(
      () => sleep(ms),
      (kind) => events.push(['sleep', id, kind, this.nowMs()]),
    );
  }

  private *gate(program: Program & { kind: 'gate' }, events: Event[]): Coroutine<void> {
    const gate = this.loop.createFuture<void>();
    const task = currentTask();
    this.loop.callLater(program.ms, () => {
      if (gate.done()) return;
      gate.setResult();
      task?.cancel();
    });
    yield* this.noting(
      () => gate,
      (kind) => events.push(['gate', program.id, kind, this.nowMs()]),
    );
  }

  private *noting(
    start: () => Iterable<unknown>,
    note: (kind: string, error: unknown) => void,
  ): Coroutine<void> {
    try {
      yield* start() as Coroutine<unknown>;
    } catch (error) {
      note(error instanceof CancelledError ? 'cancelled' : 'failed', error);
      throw error;
    }
    note('ok', null);
  }

  private *inScope(program: Program & { kind: 'scope' }, events: Event[]): Coroutine<void> {
    const scope = this.scope(program.id);
    scope.shield = program.shield;
    if (program.deadlineMs !== null) scope.deadlineMs = this.loop.time() + program.deadlineMs;
    yield* this.noting(
      () => scope.run(() => this.perform(program.body, events)),
      (kind) => events.push(['scope', program.id, scope.cancelledCaught ? 'caught' : kind, this.nowMs()]),
    );
  }

  private *group(program: Program & { kind: 'group' }, events: Event[]): Coroutine<void> {
    const { loop, tasks } = this;
    const body = (): Coroutine<void> => this.perform(program.body, events);
    const spawn = (task: Program, id: number): Coroutine<void> => this.task(task, id);
    const ended = (id: number, task: Task<void>): void => this.noteEnd(id, task);
    yield* this.noting(
      () =>
        taskGroup(function* (group) {
          for (const [index, program_] of program.tasks.entries()) {
            const id = program.id + index;
            const task = group.createTask(spawn(program_, id));
            tasks.set(id, task);
            task.addObserver({ futureDone: () => ended(id, task) });
          }
          yield* body();
        }),
      (kind, error) => {
        const errorCount = error instanceof AggregateError ? error.errors.length : 0;
        events.push(['group', program.id, `${kind} ${errorCount}`, loop.time() - this.startMs]);
      },
    );
  }
}
