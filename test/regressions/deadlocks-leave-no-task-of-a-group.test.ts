/**
 * A task that waits for its group, or for the word of a `group.start()`, and is told of a deadlock, left at
 * once: the tasks of the group lived on behind it, and those being started belonged to nobody.
 */
import { describe, expect, test } from 'vitest';
import {
  allTasks,
  type Coroutine,
  createTask,
  currentTask,
  DeadlockError,
  Event,
  run,
  sleep,
  type Task,
  taskGroup,
} from '../../src/index.ts';
import { failureOf } from '../support/failure-of.ts';

/** Waits for ever, until it is cancelled, so many times. */
function* stuck(log: string[], refusals = 0): Coroutine<void> {
  try {
    yield* new Event().wait();
  } finally {
    if (refusals > 0) yield* stuck(log, refusals - 1);
    else log.push('child ends');
  }
}

/** The kind of the DeadlockError that a group has raised as itself. */
function kind(error: unknown): string {
  return (error as DeadlockError).kind;
}

describe('a group is not left before its tasks, when its opener is told', () => {
  test('of a stall', () => {
    const log: string[] = [];
    run(function* () {
      const error = yield* failureOf(
        taskGroup(function* (group) {
          group.createTask(stuck(log));
          yield* [];
        }),
      );
      expect([kind(error), log, allTasks().size]).toEqual(['stalled', ['child ends'], 1]);
    });
  });

  test('of a stall while the tasks clean up', () => {
    const log: string[] = [];
    run(function* () {
      const error = yield* failureOf(
        taskGroup(function* (group) {
          group.createTask(stuck(log, 1));
          yield* sleep(0);
          throw new Error('of the body');
        }),
      );
      expect((error as AggregateError).errors.map((each) => each.name)).toEqual(['Error', 'DeadlockError']);
      expect([log, allTasks().size]).toEqual([['child ends'], 1]);
    });
  });

  test('of a circle', () => {
    const log: string[] = [];
    run(function* () {
      const opener: Task<unknown> = createTask(
        taskGroup(function* (group) {
          group.createTask(function* () {
            yield* taskGroup(function* (inner) {
              inner.createTask(function* () {
                yield* opener;
              });
              inner.createTask(stuck(log));
              yield* sleep(0);
            });
          });
          yield* [];
        }),
      );
      // The inner group closes it at its end. Neither of the two can go on without its tasks.
      const error = (yield* failureOf(opener)) as AggregateError;
      const [ofInner] = error.errors as AggregateError[];
      expect([ofInner?.errors.map(kind), log, allTasks().size]).toEqual([['circle'], ['child ends'], 1]);
    });
  });
});

test('tasks that end at no cancellation are left to the end of the run, and their errors are told', () => {
  const told: string[] = [];
  const log: string[] = [];
  run(function* () {
    currentTask()
      ?.getLoop()
      .setExceptionHandler((_loop, context) => told.push(context.message.replace(/<.*>/, '<task>')));
    const error = yield* failureOf(
      taskGroup(function* (group) {
        group.createTask(function* () {
          yield* stuck(log, 2);
          throw new Error('never got here');
        });
        group.createTask(function* () {
          try {
            yield* stuck(log, 2);
          } catch {
            throw new Error('of a task that was left');
          }
        });
        yield* [];
      }),
    );
    expect([kind(error), log, allTasks().size]).toEqual(['stalled', [], 3]);
  });
  expect(log).toEqual(['child ends', 'child ends']);
  expect(told).toContain('<task> failed, and the task that opened its group has left it already');
});

describe('a task that is being started does not outlive the call of start', () => {
  test('when nothing can wake it', () => {
    const log: string[] = [];
    run(function* () {
      yield* taskGroup(function* (group) {
        const error = yield* failureOf(
          group.start(function* (started: (value: null) => void) {
            yield* stuck(log);
            started(null);
          }),
        );
        expect(error).toBeInstanceOf(DeadlockError);
        expect([log, allTasks().size]).toEqual([['child ends'], 1]);
      });
    });
  });
});
