/**
 * A cancel that is made while a timed-out body cleans up, and that nothing raises before the body has ended,
 * was not counted: the timeout took the error for its own, and the task failed with a TimeoutError instead of
 * ending as cancelled. CPython counts requests, raised or not.
 */
import { describe, expect, test } from 'vitest';
import {
  type Coroutine,
  createTask,
  currentTask,
  failAfter,
  getRunningLoop,
  moveOnAfter,
  shielded,
  sleep,
  taskGroup,
  timeout,
  waitFor,
} from '../../src/index.ts';
import { run } from '../unit/cancellation/on-virtual-time.ts';

/** Is ended by its limit, and then cleans up. */
function* work(cleanUp: () => Coroutine<void>): Coroutine<void> {
  try {
    yield* sleep(1000);
  } finally {
    yield* cleanUp();
  }
}

/** Behind a shield: a scope would end each wait of the clean-up. */
function* shieldedWork(cleanUp: () => Coroutine<void>): Coroutine<void> {
  yield* work(() => shielded(cleanUp));
}

const limits: Readonly<Record<string, (cleanUp: () => Coroutine<void>) => Coroutine<unknown>>> = {
  timeout: (cleanUp) => timeout(5, () => work(cleanUp)),
  'timeout in a timeout': (cleanUp) => timeout(5, () => timeout(5, () => work(cleanUp))),
  waitFor: (cleanUp) => waitFor(work(cleanUp), 5),
  failAfter: (cleanUp) => failAfter(5, () => shieldedWork(cleanUp)),
  moveOnAfter: (cleanUp) => moveOnAfter(5, () => shieldedWork(cleanUp)),
};

describe('a cancel while the body cleans up ends the task as cancelled, by', () => {
  for (const [name, limit] of Object.entries(limits)) {
    test(`${name}: the clean-up cancels its own task, and the group goes on`, () => {
      run(function* () {
        yield* taskGroup(function* (group) {
          const task = group.createTask(function* () {
            yield* limit(function* () {
              yield* sleep(1);
              task.cancel('stop');
            });
          });
          yield* sleep(20);
          expect([task.cancelled(), task.cancelling()]).toEqual([true, 1]);
        });
      });
    });

    test(`${name}: from outside, together with the last result of the clean-up`, () => {
      run(function* () {
        const gate = getRunningLoop().createFuture<void>();
        const task = createTask(function* () {
          yield* limit(function* () {
            yield* gate;
          });
        });
        yield* sleep(20);
        gate.setResult();
        task.cancel('stop');
        yield* sleep(1);
        expect(task.cancelled()).toBe(true);
      });
    });
  }
});

test('waitFor(…, 0) hides no cancel that comes together with the end of what it awaits', () => {
  run(function* () {
    const gate = getRunningLoop().createFuture<void>();
    const inner = createTask(function* () {
      try {
        yield* sleep(1000);
      } finally {
        yield* gate;
      }
    });
    yield* sleep(0);
    const task = createTask(waitFor(inner, 0));
    yield* sleep(1);
    inner.addDoneCallback(() => task.cancel('stop'));
    gate.setResult();
    yield* sleep(1);
    expect(task.cancelled()).toBe(true);
  });
});

test('a scope raises such a cancel once', () => {
  run(function* () {
    const log: string[] = [];
    const task = createTask(function* () {
      try {
        yield* moveOnAfter(5, () =>
          work(function* () {
            currentTask()?.cancel('stop');
          }),
        );
      } finally {
        yield* sleep(1);
        log.push('cleaned up');
      }
    });
    yield* sleep(20);
    expect([task.cancelled(), log]).toEqual([true, ['cleaned up']]);
  });
});
