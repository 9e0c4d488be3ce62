/**
 * The errors of a group hide the CancelledError of a request that was raised before the group began: that of
 * a task whose clean-up opens it. The request was then lost, and the task went on for ever. CPython asks
 * `cancelling()`, not since when.
 */
import { describe, expect, test } from 'vitest';
import {
  CancelledError,
  type Coroutine,
  createTask,
  currentTask,
  getRunningLoop,
  shielded,
  sleep,
  TimeoutError,
  taskGroup,
  timeout,
} from '../../src/index.ts';
import { failureOf } from '../support/failure-of.ts';
import { run, throwing } from '../unit/cancellation/on-virtual-time.ts';

/** Fails while its task is being cancelled. */
function* cleanUp(): Coroutine<void> {
  yield* taskGroup(function* (group) {
    group.createTask(throwing(new Error('clean-up')));
    yield* sleep(1);
  });
}

/** Sleeps until it is cancelled, and fails then. */
function* failsAtItsEnd(): Coroutine<void> {
  try {
    yield* sleep(1000);
  } finally {
    yield* cleanUp();
  }
}

/** A worker that logs its errors and goes on, as long as it is not cancelled. */
function* worker(clean: () => Coroutine<void>): Coroutine<string> {
  for (let i = 0; i < 3; i++) {
    try {
      try {
        yield* sleep(10);
      } finally {
        if (i === 1) yield* clean();
      }
    } catch (error) {
      if (error instanceof CancelledError) throw error;
    }
  }
  return 'survived';
}

const cleanUps: Readonly<Record<string, () => Coroutine<void>>> = {
  'a group': cleanUp,
  'a group in a group': () => taskGroup(cleanUp),
  'a group in a timeout': () => timeout(1000, cleanUp),
  'a group in a shield': () => shielded(cleanUp),
};

describe('a cancelled task ends, though its clean-up fails in', () => {
  for (const [name, clean] of Object.entries(cleanUps)) {
    test(name, () => {
      run(function* () {
        const task = createTask(worker(clean));
        yield* sleep(15);
        task.cancel('stop');
        try {
          yield* task;
        } catch (error) {
          expect(error).toBeInstanceOf(CancelledError);
        }
        expect(task.cancelled()).toBe(true);
        expect(task.cancelling()).toBe(1);
      });
    });
  }
});

test("a timeout's own request is not raised again behind it", () => {
  run(function* () {
    yield* createTask(function* () {
      try {
        yield* timeout(5, failsAtItsEnd);
      } catch (error) {
        expect(error).toBeInstanceOf(AggregateError);
      }
      yield* sleep(1);
      expect(currentTask()?.cancelling()).toBe(0);
    });
  });
});

/** Within a shield, the request was taken for one from outside of it, and held until the shield's end. */
test('a timeout inside of a shield ends its body, though a group in it fails', () => {
  run(function* () {
    const loop = getRunningLoop();
    const beganMs = loop.time();
    const limited = timeout(5, function* () {
      try {
        yield* taskGroup(function* (group) {
          group.createTask(failsAtItsEnd());
        });
      } catch (error) {
        expect(error).toBeInstanceOf(AggregateError);
      }
      yield* sleep(1000);
    });
    expect(yield* failureOf(shielded(() => limited))).toBeInstanceOf(TimeoutError);
    expect(loop.time() - beganMs).toBeLessThan(100);
  });
});

test('a request from outside of a shield is raised again behind it, with its message', () => {
  run(function* () {
    const steps: string[] = [];
    const task = createTask(function* () {
      try {
        yield* sleep(1000);
      } catch {
        yield* shielded(function* () {
          expect(yield* failureOf(cleanUp())).toBeInstanceOf(AggregateError);
          yield* sleep(1);
          steps.push('cleaned up');
        });
      }
      yield* sleep(1);
      steps.push('survived');
    });
    yield* sleep(1);
    task.cancel('stop');
    expect(yield* failureOf(task)).toMatchObject({ name: 'CancelledError', reason: 'stop' });
    expect(steps).toEqual(['cleaned up']);
  });
});
