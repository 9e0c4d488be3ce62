/** Task groups: what CPython 3.13 says in test_taskgroups and test/unit/groups does not ask yet. */
import { describe, expect, it } from 'vitest';
import {
  CancelledError,
  ContextVar,
  type Coroutine,
  copyContext,
  createTask,
  currentTask,
  Event,
  RuntimeError,
  sleep,
  TaskGroup,
  taskGroup,
} from '../../src/index.ts';
import { failure } from '../unit/cancellation/on-virtual-time.ts';
import { virtually } from './on-virtual-clock.ts';

class CleanupError extends Error {}

/** Sleeps for long, and fails however that ends. */
function* crash(): Coroutine<void> {
  try {
    yield* sleep(10_000);
  } finally {
    refuse();
  }
}

function refuse(): never {
  throw new CleanupError('no');
}

function* failAfterMs(delayMs: number, error: Error): Coroutine<void> {
  yield* sleep(delayMs);
  throw error;
}

/** The shape of an error: names, with what is inside an AggregateError. */
function shape(error: unknown): unknown {
  if (error instanceof AggregateError) return error.errors.map(shape);
  return (error as Error).constructor.name;
}

describe('cancelling the task around', () => {
  it.each([false, true])(
    'groups in groups, whose tasks all fail in their cleanup (outer tasks: %s)',
    (more) => {
      virtually(function* (): Coroutine<void> {
        const runner = createTask(
          taskGroup(function* (outer): Coroutine<void> {
            if (more) outer.createTask(sleep(10_000) as Coroutine<void>);
            yield* taskGroup(function* (inner): Coroutine<void> {
              for (let i = 0; i < 5; i++) inner.createTask(crash());
              yield* sleep(10_000);
            });
          }),
        );
        yield* sleep(100);
        runner.cancel();
        const names = new Array<string>(5).fill('CleanupError');
        expect(shape(yield* failure(() => runner))).toEqual([names]);
      });
    },
  );

  it.each([false, true])(
    'a body that is slow to go, while a task fails (through another task: %s)',
    (nested) => {
      virtually(function* (loop): Coroutine<void> {
        const slow = (): Coroutine<void> =>
          taskGroup(function* (group): Coroutine<void> {
            group.createTask(failAfterMs(300, new CleanupError()));
            try {
              yield* sleep(10_000);
            } catch (error) {
              yield* sleep(500);
              throw error;
            }
          });
        const around = function* (): Coroutine<void> {
          yield* createTask(slow());
        };
        const runner = createTask(nested ? around() : slow());
        yield* sleep(100);
        runner.cancel();
        expect(shape(yield* failure(() => runner))).toEqual(['CleanupError']);
        expect(loop.time()).toBeLessThan(1000);
      });
    },
  );

  it('a body that has nothing else: its cleanup runs; what it raises instead is the group’s error', () => {
    virtually(function* (): Coroutine<void> {
      const log: string[] = [];
      const bodies = [
        function* (): Coroutine<void> {
          try {
            yield* sleep(10_000);
          } finally {
            log.push('cleaned up');
          }
        },
        crash,
      ].map((body) => createTask(taskGroup(body)));
      yield* sleep(100);
      for (const one of bodies) one.cancel();
      expect(yield* failure(() => bodies[0] as never)).toBeInstanceOf(CancelledError);
      expect(shape(yield* failure(() => bodies[1] as never))).toEqual(['CleanupError']);
      expect(log).toEqual(['cleaned up']);
    });
  });

  it('comes once more after the errors of the group: the request is still counted', () => {
    virtually(function* (): Coroutine<void> {
      const begun = new Event();
      const counts: (number | undefined)[] = [];
      const inner = function* (): Coroutine<string> {
        yield* failure(() =>
          taskGroup(function* (group): Coroutine<void> {
            group.createTask(
              (function* (): Coroutine<void> {
                begun.set();
                yield* sleep(0);
                throw new RuntimeError('of a task');
              })(),
            );
            yield* sleep(1000);
          }),
        );
        counts.push(currentTask()?.cancelling());
        yield* sleep(1000);
        return 'not cancelled any more';
      };
      const task = createTask(inner());
      yield* begun.wait();
      task.cancel();
      counts.push(task.cancelling());
      expect(yield* failure(() => task)).toBeInstanceOf(CancelledError);
      expect([counts, task.cancelled()]).toEqual([[1, 1], true]);
    });
  });
});

describe('a failure', () => {
  it('of the body’s own cleanup and one of a task are both raised; no request is left over', () => {
    virtually(function* (): Coroutine<void> {
      const error = yield* failure(() =>
        taskGroup(function* (group): Coroutine<void> {
          group.createTask(failAfterMs(100, new RangeError()));
          yield* crash();
        }),
      );
      expect(shape(error)).toEqual(['RangeError', 'CleanupError']);
      expect(currentTask()?.cancelling()).toBe(0);
    });
  });

  it('outside stops the inner group without an error of its own; one inside arrives nested', () => {
    virtually(function* (): Coroutine<void> {
      const groups = (outerMs: number, innerMs: number): Coroutine<void> =>
        taskGroup(function* (outer): Coroutine<void> {
          outer.createTask(failAfterMs(outerMs, new RangeError('outer')));
          yield* taskGroup(function* (inner): Coroutine<void> {
            inner.createTask(failAfterMs(innerMs, new TypeError('inner')));
          });
        });
      expect(shape(yield* failure(() => groups(100, 10_000)))).toEqual(['RangeError']);
      expect(shape(yield* failure(() => groups(10_000, 100)))).toEqual([['TypeError']]);
    });
  });

  it('of both at once: the outer request stands until the outer group has ended', () => {
    virtually(function* (): Coroutine<void> {
      let between: number | undefined;
      const error = yield* failure(() =>
        taskGroup(function* (outer): Coroutine<void> {
          yield* failure(() =>
            taskGroup(function* (inner): Coroutine<void> {
              inner.createTask(failAfterMs(0, new TypeError()));
              outer.createTask(failAfterMs(0, new RangeError()));
            }),
          );
          between = currentTask()?.cancelling();
        }),
      );
      expect([shape(error), between, currentTask()?.cancelling()]).toEqual([['RangeError'], 1, 0]);
    });
  });
});

describe('tasks of a group', () => {
  it('share a context that they are given', () => {
    virtually(function* (): Coroutine<void> {
      const variable = new ContextVar<number>('number');
      const set = function* (value: number): Coroutine<void> {
        yield* sleep(0);
        variable.set(value);
      };
      yield* taskGroup(function* (group): Coroutine<void> {
        const context = copyContext();
        for (const value of [1, 2]) {
          const task = group.createTask(set(value), { context, name: `sets ${value}` });
          expect(task.getName()).toBe(`sets ${value}`);
          yield* task;
          expect(context.get(variable)).toBe(value);
        }
      });
      expect(variable.get(0)).toBe(0);
    });
  });

  it('are refused, and their coroutine closed, before and after the group’s time', () => {
    virtually(function* (): Coroutine<void> {
      const group = new TaskGroup();
      const refused = [sleep, sleep].map(() => failAfterMs(0, new Error('it ran')));
      expect(() => group.createTask(refused[0] as Coroutine<void>)).toThrow(/has not been entered/);
      yield* group.run(function* (): Coroutine<void> {});
      expect(() => group.createTask(refused[1] as Coroutine<void>)).toThrow(/is finished/);
      for (const coroutine of refused) expect(coroutine.next().done).toBe(true);
      expect(String(yield* failure(() => group.run(function* (): Coroutine<void> {})))).toMatch(
        /has already been entered/,
      );
    });
  });
});
