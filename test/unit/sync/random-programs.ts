/** What the tests against reference models share: tasks by number, and what became of each. */
import fc from 'fast-check';
import { CancelledError } from '../../../src/base/errors.ts';
import type { Coroutine } from '../../../src/coroutines/coroutine.ts';
import { createTask } from '../../../src/tasks/create-task.ts';
import type { Task } from '../../../src/tasks/task.ts';
import { holds } from '../../support/property.ts';
import { inLoop, untilIdle } from './virtual.ts';

/**
 * What became of a task, or is to: `waiting`, `cancelled`, the name of the error it raised, or what it
 * returned.
 */
export type Fate = string | number | boolean | undefined;

/** Tasks, numbered in the order in which they were started. */
export class Actors {
  private readonly tasks: Task<Fate>[] = [];

  start(coroutine: Coroutine<Fate>): void {
    this.tasks.push(createTask(fateOf(coroutine)));
  }

  /**
   * Cancels one of those that were started; the number wraps around. Returns which, -1 when there is none.
   */
  cancel(choice: number): number {
    if (this.tasks.length === 0) return -1;
    const which = choice % this.tasks.length;
    this.tasks[which]?.cancel();
    return which;
  }

  fates(): Fate[] {
    return this.tasks.map((task) => {
      if (!task.done()) return 'waiting';
      return task.cancelled() ? 'cancelled' : task.result();
    });
  }

  *end(): Coroutine<void> {
    for (const task of this.tasks) task.cancel();
    yield* untilIdle();
  }
}

function* fateOf(coroutine: Coroutine<Fate>): Coroutine<Fate> {
  try {
    return yield* coroutine;
  } catch (error) {
    if (error instanceof CancelledError) throw error;
    return (error as Error).name;
  }
}

/** The name of the error that `act` throws, or what it returns. */
export function fateOfCall(act: () => Fate): Fate {
  try {
    return act();
  } catch (error) {
    return (error as Error).name;
  }
}

/**
 * Batches of operations: those of one batch happen in one pass of the loop, and then it runs until it is
 * idle.
 */
export function batchesOf<T>(operation: fc.Arbitrary<T>): fc.Arbitrary<T[][]> {
  return fc.array(fc.array(operation, { maxLength: 6 }), { maxLength: 12 });
}

/** Checks a property of random programs, each run on a loop of its own. */
export function holdsFor<T>(programs: fc.Arbitrary<T>, run: (program: T) => Coroutine<void>): void {
  holds(
    fc.property(programs, (program) => inLoop(() => run(program))),
    { runs: 400, limitMs: 3000 },
  );
}
