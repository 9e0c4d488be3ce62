import { describe, expect, test } from 'vitest';
import { BrokenBarrierError } from '../../../src/base/errors.ts';
import type { Coroutine } from '../../../src/coroutines/coroutine.ts';
import { Barrier } from '../../../src/sync/barrier.ts';
import { createTask } from '../../../src/tasks/create-task.ts';
import type { Task } from '../../../src/tasks/task.ts';
import { all, inLoop, passes, raised } from './virtual.ts';

const PARTIES = 5;
const HALF = 2;

describe('reset()', () => {
  test('of a barrier where nobody waits changes nothing', () => {
    inLoop(function* () {
      const barrier = new Barrier(1);
      createTask(barrier.reset());
      yield* passes(1);
      expect(String(barrier)).toBe('<Barrier [filling, waiters:0/1]>');
    });
  });

  test('does nothing until it is awaited', () => {
    const barrier = new Barrier(2);
    barrier.abort();
    expect(barrier.broken).toBe(false);
  });

  test('sends away all who wait', () => {
    inLoop(function* () {
      const barrier = new Barrier(PARTIES);
      const tasks = many(PARTIES - 1, () => passed(barrier));
      yield* passes(1);
      createTask(barrier.reset());
      expect(yield* all(tasks)).toEqual([false, false, false, false]);
      expect(String(barrier)).toBe('<Barrier [filling, waiters:0/5]>');
    });
  });

  test('repairs a broken one', () => {
    inLoop(function* () {
      const barrier = new Barrier(2);
      yield* barrier.abort();
      yield* barrier.reset();
      const tasks = many(2, () => passed(barrier));
      expect(yield* all(tasks)).toEqual([true, true]);
    });
  });

  test('halfway through draining sends away those still inside', () => {
    inLoop(function* () {
      const barrier = new Barrier(PARTIES);
      const sentAway: boolean[] = [];
      let out = 0;
      const tasks = many(PARTIES, function* () {
        if (!(yield* passed(barrier))) sentAway.push(true);
        else if (++out === PARTIES - HALF) yield* barrier.reset();
      });
      yield* all(tasks);
      expect(sentAway).toEqual([true, true]);
      expect(String(barrier)).toBe('<Barrier [filling, waiters:0/5]>');
    });
  });

  test('halfway through draining leaves those alone who wait for the next round', () => {
    inLoop(function* () {
      const barrier = new Barrier(PARTIES);
      const sentAway: boolean[] = [];
      const wronglySentAway: boolean[] = [];
      let out = 0;
      const tasks = many(PARTIES, function* () {
        const index = yield* outcome(barrier);
        if (index === null) {
          sentAway.push(true);
          yield* barrier.wait();
        } else if (++out > HALF) {
          yield* barrier.reset();
          yield* barrier.wait();
        } else if (!(yield* passed(barrier))) wronglySentAway.push(true);
      });
      yield* all(tasks);
      expect(sentAway).toEqual([true, true]);
      expect(wronglySentAway).toEqual([]);
      expect(String(barrier)).toBe('<Barrier [filling, waiters:0/5]>');
    });
  });

  test('those sent away can come again at once', () => {
    inLoop(function* () {
      const barrier = new Barrier(PARTIES);
      const sentAway: boolean[] = [];
      const through: boolean[] = [];
      const tasks = many(PARTIES - 1, function* () {
        if (!(yield* passed(barrier))) sentAway.push(true);
        through.push(yield* passed(barrier));
      });
      createTask(barrier.reset());
      yield* passes(1);
      tasks.push(
        createTask(
          barrier.with(function* () {
            through.push(true);
            yield* passes(0);
          }),
        ),
      );
      yield* all(tasks);
      expect(sentAway).toHaveLength(PARTIES - 1);
      expect(through).toEqual(Array(PARTIES).fill(true));
      expect(String(barrier)).toBe('<Barrier [filling, waiters:0/5]>');
    });
  });

  test('by the last one out concerns nobody', () => {
    inLoop(function* () {
      const barrier = new Barrier(PARTIES);
      const second: boolean[] = [];
      const third: number[] = [];
      let out = 0;
      const tasks = many(PARTIES, function* () {
        yield* barrier.wait();
        if (++out === PARTIES) {
          yield* barrier.reset();
          yield* barrier.wait();
        } else second.push(yield* passed(barrier));
        third.push(yield* barrier.wait());
      });
      yield* all(tasks);
      expect(second).toEqual([true, true, true, true]);
      expect(new Set(third)).toEqual(new Set([0, 1, 2, 3, 4]));
      expect(String(barrier)).toBe('<Barrier [filling, waiters:0/5]>');
    });
  });
});

describe('abort()', () => {
  test('breaks a barrier where nobody waits, for all who come', () => {
    inLoop(function* () {
      const barrier = new Barrier(1);
      createTask(barrier.abort());
      yield* passes(1);
      expect(barrier.nWaiting).toBe(0);
      expect(barrier.broken).toBe(true);
      expect(yield* raised(barrier.wait())).toBeInstanceOf(BrokenBarrierError);
      expect(barrier.broken).toBe(true);
    });
  });

  test('halfway through draining sends away those inside and those at the entrance', () => {
    inLoop(function* () {
      const barrier = new Barrier(PARTIES);
      const inside: boolean[] = [];
      const entrance: boolean[] = [];
      let out = 0;
      const tasks = many(PARTIES, function* () {
        const index = yield* outcome(barrier);
        if (index === null) inside.push(true);
        else if (++out > HALF) yield* barrier.abort();
        else if (!(yield* passed(barrier))) entrance.push(true);
      });
      yield* all(tasks);
      expect(inside).toEqual([true, true]);
      expect(entrance).toEqual([true, true]);
      expect(String(barrier)).toBe('<Barrier [broken]>');
    });
  });

  test('by a party that failed reaches the others in the next round', () => {
    inLoop(function* () {
      const barrier = new Barrier(PARTIES);
      const results: string[] = [];
      const tasks = many(PARTIES, function* () {
        // Those still inside are sent away from the first round, the others from the second.
        const index = yield* outcome(barrier);
        if (index === HALF) yield* barrier.abort();
        else results.push(index !== null && (yield* passed(barrier)) ? 'passed' : 'sent away');
      });
      yield* all(tasks);
      expect(results).toEqual(Array(PARTIES - 1).fill('sent away'));
      expect(barrier.broken).toBe(true);
      expect(barrier.nWaiting).toBe(0);
    });
  });

  test('and, when all have met at another barrier, reset() makes a new beginning', () => {
    inLoop(function* () {
      const barrier = new Barrier(PARTIES);
      const meeting = new Barrier(PARTIES);
      const sentAway: boolean[] = [];
      const through: number[] = [];
      const tasks = many(PARTIES, function* () {
        // The failure may come before or after the others have come for the second round.
        const index = yield* outcome(barrier);
        if (index === HALF) yield* barrier.abort();
        else if (index === null || !(yield* passed(barrier))) sentAway.push(true);
        if ((yield* meeting.wait()) === HALF) yield* barrier.reset();
        yield* meeting.wait();
        through.push(yield* barrier.wait());
      });
      yield* all(tasks);
      expect(barrier.broken).toBe(false);
      expect(sentAway).toHaveLength(PARTIES - 1);
      expect(new Set(through)).toEqual(new Set([0, 1, 2, 3, 4]));
      expect(barrier.nWaiting).toBe(0);
    });
  });
});

function many<T>(count: number, make: () => Coroutine<T>): Task<T>[] {
  return Array.from({ length: count }, () => createTask(make()));
}

/** The index, or `null` for who was sent away. */
function* outcome(barrier: Barrier): Coroutine<number | null> {
  try {
    return yield* barrier.wait();
  } catch (error) {
    if (error instanceof BrokenBarrierError) return null;
    throw error;
  }
}

function* passed(barrier: Barrier): Coroutine<boolean> {
  return (yield* outcome(barrier)) !== null;
}
