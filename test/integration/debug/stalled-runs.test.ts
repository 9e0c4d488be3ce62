/** What a deadlock does to a run: where it is raised, what goes on, what is told at the end. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  type Coroutine,
  createTask,
  DeadlockError,
  Event,
  EventLoop,
  Future,
  gather,
  Queue,
  RuntimeError,
  run,
  sleep,
} from '../../../src/index.ts';
import { VirtualClock } from '../../../src/testing.ts';
import { deadlockOf, isGuestMode } from './programs.ts';

describe.skipIf(isGuestMode)('the error', () => {
  it('is raised where main waits: its finally blocks run, and may wait', () => {
    const steps: string[] = [];
    const error = deadlockOf(function* () {
      try {
        yield* new Event().wait();
      } finally {
        steps.push('finally');
        yield* sleep(1);
        steps.push('cleaned up');
      }
    });
    expect(error).toBeInstanceOf(RuntimeError);
    expect(steps).toEqual(['finally', 'cleaned up']);
  });

  it('is raised again where a finally block waits for ever', () => {
    let count = 0;
    deadlockOf(function* () {
      try {
        yield* new Event().wait();
      } finally {
        try {
          yield* new Event().wait();
        } catch (error) {
          if (error instanceof DeadlockError) count++;
        }
      }
    });
    expect(count).toBe(1);
  });

  it('names the line of each level, as it is in the source', () => {
    const lines = readFileSync(fileURLToPath(import.meta.url), 'utf8').split('\n');
    const lineOf = (marker: string): number => lines.findIndex((line) => line.includes(marker)) + 1;
    function* inner(): Coroutine<void> {
      yield* new Queue<number>().get(); // the inner wait
    }
    const { message } = deadlockOf(function* outer() {
      yield* inner(); // the outer call
    });
    const places = [...message.matchAll(/at (\w+) \(\/.*stalled-runs\.test\.ts:(\d+):\d+\)/g)];
    expect(places.map(([, name, line]) => [name, Number(line)])).toEqual([
      ['outer', lineOf('// the outer call')],
      ['inner', lineOf('// the inner wait')],
    ]);
  });

  it('names the oldest hundred tasks, and counts the others', () => {
    const { message } = deadlockOf(function* () {
      const event = new Event();
      for (let i = 0; i < 150; i++) createTask(() => event.wait());
      yield* event.wait();
    });
    expect(message.match(/^\* Task/gm)).toHaveLength(100);
    expect(message).toContain('… and 51 more');
  });

  it('leaves what main awaited as it is: a task goes on, and is cancelled at the end', () => {
    const steps: string[] = [];
    expect(() =>
      run(function* () {
        const child = createTask(function* () {
          try {
            yield* new Event().wait();
          } catch (error) {
            steps.push((error as Error).name);
            throw error;
          }
        });
        try {
          yield* child;
        } catch (error) {
          steps.push((error as Error).name);
          yield* sleep(1);
          steps.push(`child ${child.done() ? 'ended' : 'waits'}`);
          throw error;
        }
      }),
    ).toThrow(DeadlockError);
    expect(steps).toEqual(['DeadlockError', 'child waits', 'CancelledError']);
  });
});

describe.skipIf(isGuestMode)('every blocking run', () => {
  it('of a future that is no task: thrown to the caller', () => {
    const loop = new EventLoop();
    expect(() => loop.runUntilComplete(new Future<void>({ loop }))).toThrow(DeadlockError);
    const both = gather([loop.createTask(sleep(1)), new Future<void>({ loop })]);
    expect(() => loop.runUntilComplete(both)).toThrow(DeadlockError);
    loop.close();
  });

  it('in virtual time: at once', () => {
    const clock = new VirtualClock();
    expect(() =>
      run(
        function* () {
          yield* sleep(3_600_000);
          yield* new Event().wait();
        },
        { clock },
      ),
    ).toThrow(DeadlockError);
    expect(clock.nowMs()).toBe(3_600_000);
  });

  it('but not runForever(), which nobody waits for', () => {
    const loop = new EventLoop();
    loop.callLater(30, () => loop.stop());
    loop.runForever();
    const task = loop.createTask(() => new Event().wait());
    loop.callLater(30, () => loop.stop());
    loop.runForever();
    expect(task.done()).toBe(false);
    task.cancel();
    loop.callSoon(() => loop.stop());
    loop.runForever();
    loop.close();
  });
});

describe.skipIf(isGuestMode)('the end of a run', () => {
  it('is not held up by a task that waits for ever when it is cancelled: that is told', () => {
    const loop = new EventLoop();
    const told: unknown[] = [];
    loop.setExceptionHandler((_loop, { exception }) => told.push(exception));
    const value = run(
      function* () {
        createTask(
          function* () {
            try {
              yield* new Event().wait();
            } finally {
              yield* new Event().wait();
            }
          },
          { name: 'stubborn' },
        );
        yield* sleep(0);
        return 'main ended';
      },
      { loopFactory: () => loop },
    );
    expect(value).toBe('main ended');
    expect(told).toHaveLength(1);
    expect(String(told[0])).toContain("Task 'stubborn' waits for wait() of <Event [unset, waiters:1]>");
  });

  it('ends tasks that await each other in a circle', () => {
    const ended: string[] = [];
    run(function* () {
      const box: { task: Iterable<unknown> | null } = { task: null };
      const first = createTask(function* () {
        try {
          yield* sleep(0);
          yield* box.task as Coroutine<unknown>;
        } finally {
          ended.push('first');
        }
      });
      box.task = createTask(function* () {
        try {
          yield* gather([first, createTask(() => new Event().wait())]);
        } finally {
          ended.push('second');
        }
      });
      yield* sleep(1);
    });
    expect(ended.toSorted()).toEqual(['first', 'second']);
  });
});
