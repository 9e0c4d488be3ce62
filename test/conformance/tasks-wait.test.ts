/** wait and asCompleted: what CPython 3.13 says in test_tasks, on virtual time. */
import { describe, expect, it } from 'vitest';
import {
  ALL_COMPLETED,
  type Awaitable,
  asCompleted,
  type Coroutine,
  createTask,
  ensureFuture,
  FIRST_COMPLETED,
  FIRST_EXCEPTION,
  type Future,
  RuntimeError,
  sleep,
  type Task,
  TimeoutError,
  type WaitOptions,
  wait,
} from '../../src/index.ts';
import { failure, run } from '../unit/cancellation/on-virtual-time.ts';
import { virtualLoop } from '../unit/loop/virtual-loop.ts';

function* giving<T>(delayMs: number, value: T): Coroutine<T> {
  yield* sleep(delayMs);
  return value;
}

function* failing(delayMs: number, error = new RangeError('err')): Coroutine<never> {
  if (delayMs > 0) yield* sleep(delayMs);
  throw error;
}

function* returning<T>(value: T): Coroutine<T> {
  return value;
}

describe('wait', () => {
  /** The tasks `a` and `b`, by name; which are done when wait returns, and when that is. */
  const cases: [string, WaitOptions, () => Coroutine<unknown>[], string, string, number][] = [
    ['all', {}, () => [giving(100, 1), giving(150, 2)], 'ab', '', 150],
    ['all, one failing', {}, () => [giving(100, 1), failing(150)], 'ab', '', 150],
    ['the first', { returnWhen: FIRST_COMPLETED }, () => [giving(10_000, 1), giving(100, 2)], 'b', 'a', 100],
    [
      'the first that fails',
      { returnWhen: FIRST_EXCEPTION },
      () => [giving(10_000, 1), failing(0)],
      'b',
      'a',
      0,
    ],
    [
      'one that fails later',
      { returnWhen: FIRST_EXCEPTION },
      () => [giving(10_000, 1), failing(10)],
      'b',
      'a',
      10,
    ],
    ['no failure', { returnWhen: FIRST_EXCEPTION }, () => [giving(20, 1), giving(10, 2)], 'ab', '', 20],
    ['some, until the time is up', { timeoutMs: 110 }, () => [giving(100, 1), giving(150, 2)], 'a', 'b', 110],
    ['some, at the very limit', { timeoutMs: 100 }, () => [giving(100, 1), giving(150, 2)], 'a', 'b', 100],
    ['all, in time', { timeoutMs: 5000 }, () => [giving(100, 1), giving(150, 2)], 'ab', '', 150],
    [
      'all, no limit',
      { timeoutMs: null, returnWhen: ALL_COMPLETED },
      () => [giving(1, 1), giving(2, 2)],
      'ab',
      '',
      2,
    ],
  ];

  it.each(cases)('for %s: %j', (_name, options, make, doneNames, pendingNames, tookMs) => {
    run(function* (loop): Coroutine<void> {
      const tasks = make().map((coroutine) => createTask(coroutine));
      const namesOf = (some: Set<unknown>): string =>
        tasks.map((task, i) => (some.has(task) ? 'ab'[i] : '')).join('');
      const startMs = loop.time();
      // As a task of its own, so that the others begin before it does.
      const first = yield* createTask(wait(tasks.toReversed(), options));
      expect([namesOf(first.done), namesOf(first.pending)]).toEqual([doneNames, pendingNames]);
      expect(loop.time() - startMs).toBe(tookMs);
      const wasCutOff = typeof options.timeoutMs === 'number' && pendingNames !== '';
      if (!wasCutOff) {
        // Once more takes no time.
        const second = yield* wait(tasks, options);
        expect([namesOf(second.done), loop.time() - startMs]).toEqual([doneNames, tookMs]);
      }
      yield* wait(tasks);
      for (const task of tasks) task.exception();
    });
  });

  it('a failure is not reported while the wait for others lasts, but when nobody looks at it afterwards', () => {
    const { loop, takeReports } = virtualLoop();
    const error = new RangeError('early');
    loop.run(function* (): Coroutine<void> {
      const tasks = [createTask(giving(10_000, 1)), createTask(failing(10, error))];
      yield* wait(tasks);
      expect(takeReports()).toEqual([]);
      yield* sleep(999);
      expect(takeReports()).toEqual([]);
      yield* sleep(2);
      expect(takeReports().map(({ exception }) => exception)).toEqual([error]);
    });
  });

  it('the limit cuts it off: what is done and what is not; nothing is cancelled', () => {
    run(function* (loop): Coroutine<void> {
      const [a, b] = [createTask(giving(100, 1)), createTask(giving(150, 2))];
      const startMs = loop.time();
      const { done, pending } = yield* wait([b, a], { timeoutMs: 110 });
      expect(loop.time() - startMs).toBe(110);
      expect([done.has(a), done.size, pending.has(b), pending.size]).toEqual([true, 1, true, 1]);
      expect(b.cancelling()).toBe(0);
      expect(yield* b).toBe(2);
    });
  });

  it('says which are done at its return, also those whose callbacks have not run', () => {
    run(function* (): Coroutine<void> {
      function* passes(count: number): Coroutine<void> {
        for (let i = 0; i < count; i++) yield* sleep(0);
      }
      const [a, b] = [createTask(passes(1)), createTask(passes(2))];
      const { done } = yield* wait([b, a], { returnWhen: FIRST_COMPLETED });
      expect(done.size).toBe(2);
    });
  });

  it('takes any iterable; one that occurs twice counts once', () => {
    run(function* (): Coroutine<void> {
      function* tasks(): Generator<Task<number>> {
        for (let i = 0; i < 10; i++) yield createTask(returning(i));
      }
      const list = [...tasks()];
      expect((yield* wait(list[Symbol.iterator]())).done.size).toBe(10);
      expect((yield* wait(new Set(list))).done.size).toBe(10);
      const twice = createTask(returning('test'));
      expect((yield* wait([twice, twice])).done.size).toBe(1);
    });
  });

  it('refuses nothing at all, an unknown returnWhen, a single future, and coroutines', () => {
    run(function* (loop): Coroutine<void> {
      const future = loop.createFuture<void>();
      const cases: [() => Coroutine<unknown>, new () => Error][] = [
        [() => wait([]), RangeError],
        [() => wait(new Set<Future<void>>()), RangeError],
        [() => wait([sleep(10) as never], { returnWhen: -1 as never }), RangeError],
        [() => wait(future as never), TypeError],
        [() => wait(returning(1) as never), TypeError],
        [() => wait([returning(1) as never]), TypeError],
        [() => wait([42 as never]), TypeError],
      ];
      for (const [make, kind] of cases) expect(yield* failure(make)).toBeInstanceOf(kind);
    });
  });
});

/** The two ways to iterate: coroutines one after the other, or the futures themselves as they are done. */
const styles: [string, <T>(list: Iterable<Awaitable<T>>, timeoutMs?: number) => Coroutine<(T | Error)[]>][] =
  [
    [
      'as a plain iterator',
      function* <T>(list: Iterable<Awaitable<T>>, timeoutMs?: number): Coroutine<(T | Error)[]> {
        const values: (T | Error)[] = [];
        for (const next of asCompleted(list, { timeoutMs })) {
          try {
            values.push(yield* next);
          } catch (error) {
            values.push(error as Error);
          }
        }
        return values;
      },
    ],
    [
      'by future',
      function* <T>(list: Iterable<Awaitable<T>>, timeoutMs?: number): Coroutine<(T | Error)[]> {
        const values: (T | Error)[] = [];
        try {
          yield* asCompleted(list, { timeoutMs }).each(function* (future) {
            values.push(yield* future);
          });
        } catch (error) {
          values.push(error as Error);
        }
        return values;
      },
    ],
  ];

describe.each(styles)('asCompleted %s', (_style, collect) => {
  it('gives results in the order of their arrival', () => {
    run(function* (loop): Coroutine<void> {
      const startMs = loop.time();
      expect(yield* collect([giving(20, 'b'), giving(150, 'c'), giving(10, 'a')])).toEqual(['a', 'b', 'c']);
      expect(loop.time() - startMs).toBe(150);
    });
  });

  it('raises TimeoutError for what is not there in time, and cancels nothing', () => {
    run(function* (loop): Coroutine<void> {
      const startMs = loop.time();
      const [a, b] = [createTask(giving(100, 'a')), createTask(giving(150, 'b'))];
      const [first, second, ...more] = yield* collect([a, b], 120);
      expect([first, more]).toEqual(['a', []]);
      expect(second).toBeInstanceOf(TimeoutError);
      expect(loop.time() - startMs).toBe(120);
      expect(yield* b).toBe('b');
    });
  });

  it('a limit that is not needed leaves no timer behind', () => {
    run(function* (loop): Coroutine<void> {
      expect(yield* collect([sleep(10, 'a')], 1000)).toEqual(['a']);
      expect(loop.timers.nextWhenMs()).toBe(Number.POSITIVE_INFINITY);
    });
  });

  it('a coroutine that occurs twice gives one result; none give none', () => {
    run(function* (): Coroutine<void> {
      const ham = returning('ham');
      expect((yield* collect([ham, ham, returning('spam')])).sort()).toEqual(['ham', 'spam']);
      expect(yield* collect([])).toEqual([]);
    });
  });
});

describe('asCompleted', () => {
  it('a failure that waits to be asked for is not reported meanwhile', () => {
    run(function* (): Coroutine<void> {
      const error = new RangeError('early');
      const iterator = asCompleted([createTask(failing(10, error)), createTask(giving(20, 'b'))]);
      yield* sleep(5000);
      const future = yield* iterator.nextDone();
      yield* sleep(999);
      expect(future?.exception()).toBe(error);
      expect((yield* iterator.nextDone())?.result()).toBe('b');
    });
  });

  it('by future gives back the tasks that were passed in', () => {
    run(function* (): Coroutine<void> {
      const [b, d] = [createTask(returning('b')), createTask(returning('d'))];
      const out = new Set<unknown>();
      yield* asCompleted([returning('a'), b, returning('c'), d]).each(function* (future) {
        out.add(future);
      });
      expect([out.size, out.has(b), out.has(d)]).toEqual([4, true, true]);
    });
  });

  it('can be left and resumed', () => {
    run(function* (): Coroutine<void> {
      const iterator = asCompleted([0, 1, 2, 3].map(returning));
      const collected: number[] = [];
      for (const next of iterator) {
        collected.push(yield* next);
        if (collected.length === 2) break;
      }
      for (const next of iterator) collected.push(yield* next);
      expect(collected.sort()).toEqual([0, 1, 2, 3]);
    });
  });

  it('the first awaited gets the first result, whichever was handed out first', () => {
    run(function* (): Coroutine<void> {
      const [first, second] = [...asCompleted([sleep(50, 'a'), sleep(100, 'b')])] as Coroutine<string>[];
      expect(yield* second as Coroutine<string>).toBe('a');
      expect(yield* first as Coroutine<string>).toBe('b');
    });
  });

  it('several can be awaited at once', () => {
    run(function* (): Coroutine<void> {
      const nexts = [...asCompleted([sleep(50, 'a'), sleep(50, 'b')])];
      const { done } = yield* wait(nexts.map((next) => ensureFuture(next)));
      expect([...done].map((future) => future.result()).sort()).toEqual(['a', 'b']);
    });
  });

  it('refuses a single awaitable, and coroutines where no loop runs', () => {
    run(function* (loop): Coroutine<void> {
      expect(() => asCompleted(loop.createFuture() as never)).toThrow(TypeError);
      expect(() => asCompleted(returning(1) as never)).toThrow(TypeError);
      expect(() => asCompleted([1 as never])).toThrow(TypeError);
    });
    expect(() => asCompleted([returning(1)])).toThrow(RuntimeError);
  });
});
