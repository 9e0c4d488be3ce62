import { describe, expect, test } from 'vitest';
import { CancelledError } from '../../../src/base/errors.ts';
import type { Coroutine } from '../../../src/coroutines/coroutine.ts';
import { runningLoop } from '../../../src/loop/current-loop.ts';
import { BoundedSemaphore, Semaphore } from '../../../src/sync/semaphore.ts';
import { createTask } from '../../../src/tasks/create-task.ts';
import { sleep } from '../../../src/tasks/sleep.ts';
import type { Task } from '../../../src/tasks/task.ts';
import { all, inLoop, passes, raised, spawn, suspensions } from './virtual.ts';

describe('Semaphore', () => {
  test('one without permits is locked', () => {
    expect(new Semaphore(0).locked()).toBe(true);
  });

  test('describes itself: permits left, how many wait', () => {
    inLoop(function* () {
      const semaphore = new Semaphore();
      expect(String(semaphore)).toBe('<Semaphore [unlocked, value:1]>');
      yield* semaphore.acquire();
      expect(String(semaphore)).toBe('<Semaphore [locked]>');
      const tasks = spawn(semaphore.acquire(), semaphore.acquire());
      yield* passes(1);
      expect(String(semaphore)).toBe('<Semaphore [locked, waiters:2]>');
      semaphore.release();
      semaphore.release();
      yield* all(tasks);
      expect(String(new BoundedSemaphore(2))).toBe('<BoundedSemaphore [unlocked, value:2]>');
    });
  });

  test('cannot be awaited itself, and stays as it was', () => {
    inLoop(function* () {
      const semaphore = new Semaphore();
      expect(semaphore.value).toBe(1);
      const mistake = semaphore as unknown as Coroutine<void>;
      expect(yield* raised(mistake)).toBeInstanceOf(TypeError);
      expect(semaphore.locked()).toBe(false);
      expect(semaphore.value).toBe(1);
    });
  });

  test('the number of permits is a whole number of at least 0', () => {
    for (const wrong of [-1, 1.5, Number.NaN]) expect(() => new Semaphore(wrong)).toThrow(RangeError);
    expect(() => new BoundedSemaphore(-1)).toThrow('new BoundedSemaphore(value): value must be');
    expect(() => new Semaphore('3' as unknown as number)).toThrow(TypeError);
    expect(suspensions(new Semaphore(Number.POSITIVE_INFINITY).acquire())).toBe(0);
  });

  test('lets in as many as there are permits, the others as permits come back', () => {
    inLoop(function* () {
      const semaphore = new Semaphore(3);
      const order: number[] = [];
      function* entrant(name: number): Coroutine<boolean> {
        yield* semaphore.acquire();
        order.push(name);
        return true;
      }
      expect(yield* semaphore.acquire()).toBe(true);
      expect(yield* semaphore.acquire()).toBe(true);
      expect(semaphore.locked()).toBe(false);
      const [t1, t2, t3] = spawn(entrant(1), entrant(2), entrant(3));
      yield* passes(1);
      expect(order).toEqual([1]);
      expect(String(semaphore)).toBe('<Semaphore [locked, waiters:2]>');
      expect(semaphore.value).toBe(0);
      const t4 = createTask(entrant(4));
      semaphore.release();
      semaphore.release();
      expect(semaphore.value).toBe(0);
      yield* passes(1);
      expect(semaphore.value).toBe(0);
      expect(order).toEqual([1, 2, 3]);
      expect(String(semaphore)).toBe('<Semaphore [locked, waiters:1]>');
      expect([t1, t2, t3, t4].map((task) => task.done())).toEqual([true, true, true, false]);
      semaphore.release();
      yield* t4;
    });
  });

  test('a cancelled waiter leaves no trace', () => {
    inLoop(function* () {
      const semaphore = new Semaphore();
      yield* semaphore.acquire();
      const waiter = createTask(semaphore.acquire());
      runningLoop('test').callSoon(() => waiter.cancel());
      expect(yield* raised(waiter)).toBeInstanceOf(CancelledError);
      expect(String(semaphore)).toBe('<Semaphore [locked]>');
    });
  });

  test('a permit goes past those who were cancelled before, to exactly one', () => {
    inLoop(function* () {
      const semaphore = new Semaphore(0);
      const [t1, t2, t3, t4] = spawn(...fourTimes(() => semaphore.acquire()));
      yield* passes(1);
      t1.cancel();
      t2.cancel();
      semaphore.release();
      yield* passes(2);
      expect([t3.done(), t4.done()]).toEqual([true, false]);
      t4.cancel();
      yield* passes(1);
    });
  });

  test('a permit promised to one who is then cancelled goes to the next', () => {
    inLoop(function* () {
      for (const cancelFirst of [true, false]) {
        const semaphore = new Semaphore(0);
        const [t1, t2] = spawn(semaphore.acquire(), semaphore.acquire());
        yield* passes(1);
        if (cancelFirst) t1.cancel();
        semaphore.release();
        if (!cancelFirst) t1.cancel();
        yield* passes(2);
        expect(semaphore.locked()).toBe(true);
        expect(t1.cancelled()).toBe(true);
        expect(t2.done()).toBe(true);
      }
    });
  });

  test('the only waiter, cancelled after it was awakened, gives its permit back', () => {
    inLoop(function* () {
      const semaphore = new Semaphore(1);
      const second: Task<void>[] = [];
      const first = createTask(
        (function* () {
          yield* semaphore.with(() => sleep(0));
          second[0]?.cancel();
        })(),
      );
      second.push(
        createTask(
          semaphore.with(function* () {
            yield* passes(0);
            throw new Error('it was to be cancelled');
          }),
        ),
      );
      yield* first;
      expect(yield* raised(second[0] as Task<void>)).toBeInstanceOf(CancelledError);
      expect(suspensions(semaphore.acquire())).toBe(0);
    });
  });

  test('a release that nobody waits for adds a permit, even above the first value', () => {
    inLoop(function* () {
      const semaphore = new Semaphore();
      yield* semaphore.acquire();
      expect(semaphore.locked()).toBe(true);
      semaphore.release();
      semaphore.release();
      expect(String(semaphore)).toBe('<Semaphore [unlocked, value:2]>');
    });
  });

  test('a bounded one refuses more releases than acquisitions', () => {
    inLoop(function* () {
      const semaphore = new BoundedSemaphore();
      expect(() => semaphore.release()).toThrow(RangeError);
      yield* semaphore.acquire();
      semaphore.release();
      expect(() => semaphore.release()).toThrow(
        '<BoundedSemaphore [unlocked, value:1]> has been released too',
      );
    });
  });
});

describe('the order in which a semaphore lets in', () => {
  test('is the order of asking, round after round', () => {
    inLoop(function* () {
      const semaphore = new Semaphore(1);
      const order: string[] = [];
      function* worker(name: string): Coroutine<void> {
        for (const round of [1, 2]) {
          yield* semaphore.acquire();
          order.push(`${name}${round}`);
          yield* sleep(10);
          semaphore.release();
        }
      }
      yield* all(spawn(worker('a'), worker('b'), worker('c')));
      expect(order).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'c2']);
    });
  });

  test('holds for one that releases and asks again at once', () => {
    inLoop(function* () {
      const semaphore = new Semaphore(1);
      const order: number[] = [];
      function* entrant(name: number): Coroutine<void> {
        yield* semaphore.acquire();
        order.push(name);
      }
      function* twice(): Coroutine<void> {
        yield* entrant(2);
        semaphore.release();
        yield* entrant(4);
      }
      const tasks = spawn(entrant(1), twice(), entrant(3));
      yield* passes(1);
      semaphore.release();
      semaphore.release();
      yield* all(tasks);
      expect(order).toEqual([1, 2, 3, 4]);
    });
  });

  test('skips the cancelled', () => {
    inLoop(function* () {
      const semaphore = new Semaphore(0);
      const order: number[] = [];
      function* entrant(name: number): Coroutine<void> {
        yield* semaphore.acquire();
        order.push(name);
      }
      const [t1, t2, t3] = spawn(entrant(1), entrant(2), entrant(3));
      yield* passes(1);
      t1.cancel();
      yield* passes(1);
      semaphore.release();
      semaphore.release();
      yield* all([t2, t3]);
      expect(order).toEqual([2, 3]);
    });
  });

  test('when permits are there and one is promised, newcomers wait; its next step lets in as many as can be', () => {
    inLoop(function* () {
      const semaphore = new Semaphore(0);
      const order: number[] = [];
      const late: Task<void>[] = [];
      function* first(): Coroutine<void> {
        expect(semaphore.value).toBe(0);
        yield* semaphore.acquire();
        expect(semaphore.value).toBe(0);
        late.push(
          createTask(
            (function* () {
              order.push(4);
              yield* passes(0);
            })(),
          ),
        );
        order.push(1);
      }
      function* second(): Coroutine<void> {
        for (let i = 0; i < 3; i++) semaphore.release();
        expect(semaphore.value).toBe(2);
        expect(semaphore.locked()).toBe(true);
        yield* semaphore.acquire();
        order.push(2);
      }
      function* third(): Coroutine<void> {
        yield* semaphore.acquire();
        expect(semaphore.locked()).toBe(true);
        order.push(3);
      }
      const tasks = spawn(first(), second(), third());
      yield* passes(1);
      expect(semaphore.value).toBe(2);
      expect(String(semaphore)).toBe('<Semaphore [locked, waiters:3]>');
      yield* passes(1);
      yield* all([...tasks, ...late]);
      expect(order).toEqual([1, 2, 3, 4]);
    });
  });
});

function fourTimes<T>(make: () => T): [T, T, T, T] {
  return [make(), make(), make(), make()];
}
