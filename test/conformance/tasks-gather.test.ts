/** gather: what CPython 3.13 says in test_tasks, on virtual time. */
import { describe, expect, it } from 'vitest';
import {
  type Awaitable,
  CancelledError,
  type Coroutine,
  createTask,
  type EventLoop,
  eagerTaskFactory,
  type Future,
  gather,
  RuntimeError,
  sleep,
  Task,
  type TaskFactory,
} from '../../src/index.ts';
import { failure, run } from '../unit/cancellation/on-virtual-time.ts';
import { onePass, virtualLoop } from '../unit/loop/virtual-loop.ts';

function* waitFor<T>(future: Future<T>): Coroutine<T> {
  return yield* future;
}

function* returning<T>(value: T): Coroutine<T> {
  return value;
}

function* passing<T>(coroutine: Coroutine<T>): Coroutine<T> {
  return yield* coroutine;
}

function* throwing(error: unknown): Coroutine<never> {
  yield* sleep(0);
  throw error;
}

function runAll(loop: EventLoop): void {
  while (loop.ready.length > 0) onePass(loop);
}

/** Gathers futures themselves, or coroutines that wait for them. */
const wrappings: [string, (future: Future<number>) => Awaitable<number>][] = [
  ['futures', (future) => future],
  ['coroutines', (future) => waitFor(future)],
];

describe.each(wrappings)('gather of %s', (_kind, wrap) => {
  function gathered(count: number, returnExceptions?: boolean) {
    const { loop } = virtualLoop();
    const futures = Array.from({ length: count }, () => loop.createFuture<number>());
    const log: unknown[] = [];
    const all = loop.run(function* (): Coroutine<[Future<unknown>]> {
      return [gather(futures.map(wrap), { returnExceptions }) as Future<unknown>];
    })[0];
    runAll(loop);
    all.addDoneCallback((done) => log.push(done === all));
    return { loop, futures, all, log };
  }

  it.each([undefined, false, true])(
    'gives all results in the order of the arguments (%s)',
    (returnExceptions) => {
      const { loop, futures, all, log } = gathered(3, returnExceptions);
      futures[1]?.setResult(1);
      futures[0]?.setResult(2);
      runAll(loop);
      expect([all.done(), log]).toEqual([false, []]);
      futures[2]?.setResult(3);
      runAll(loop);
      expect([all.result(), log]).toEqual([[2, 1, 3], [true]]);
    },
  );

  it('ends with the first error; what comes later changes nothing and is not reported', () => {
    const { loop, futures, all, log } = gathered(5);
    const error = new RangeError('first');
    futures[0]?.setResult(1);
    futures[1]?.setException(error);
    runAll(loop);
    expect(log).toEqual([true]);
    futures[2]?.setResult(3);
    futures[3]?.cancel();
    futures[4]?.setException(new Error('later'));
    runAll(loop);
    expect(all.exception()).toBe(error);
  });

  it('with returnExceptions: errors and cancellations in the place of results', () => {
    const { loop, futures, all } = gathered(4, true);
    const errors = [new RangeError('one'), new Error('two')];
    futures[1]?.setResult(1);
    futures[2]?.setException(errors[0]);
    futures[0]?.cancel();
    runAll(loop);
    expect(all.done()).toBe(false);
    futures[3]?.setException(errors[1]);
    runAll(loop);
    const [first, ...others] = all.result() as unknown[];
    expect(first).toBeInstanceOf(CancelledError);
    expect(others).toEqual([1, ...errors]);
  });

  it('a child that somebody else cancels counts as failed: the gather is not cancelled', () => {
    const { loop, futures, all } = gathered(2);
    futures[0]?.cancel('why');
    runAll(loop);
    expect([all.done(), all.cancelled()]).toEqual([true, false]);
    expect((all.exception() as CancelledError).reason).toBe('why');
    futures[1]?.cancel();
    runAll(loop);
  });
});

describe('gather', () => {
  it('of nothing is done, on the running loop; without one it is an error', () => {
    expect(() => gather([])).toThrow(RuntimeError);
    expect(() => gather([returning(1)])).toThrow(RuntimeError);
    run(function* (loop): Coroutine<void> {
      const empty = gather([]);
      expect([empty.getLoop() === loop, empty.result()]).toEqual([true, []]);
    });
  });

  it('is on the loop of its futures, and refuses futures of several', () => {
    const [{ loop: one }, { loop: other }] = [virtualLoop(), virtualLoop()];
    expect(gather([other.createFuture(), other.createFuture()]).getLoop()).toBe(other);
    expect(() => gather([one.createFuture(), other.createFuture()])).toThrow(TypeError);
  });

  it('an argument that occurs several times is run once', () => {
    run(function* (): Coroutine<void> {
      const abc = returning('abc');
      expect(yield* gather([abc, abc, returning('def'), abc])).toEqual(['abc', 'abc', 'def', 'abc']);
    });
  });

  it.each<[string, TaskFactory | null]>([
    ['of the loop', null],
    ['that are eager', eagerTaskFactory],
    ['that step another coroutine', (loop, coroutine) => new Task(passing(coroutine), { loop })],
  ])('whatever occurs several times is run once, in tasks %s', (_kind, factory) => {
    run(function* (loop): Coroutine<void> {
      loop.setTaskFactory(factory);
      let count = 0;
      function* counted(): Coroutine<number> {
        yield* sleep(0);
        return ++count;
      }
      const [coroutine, task, future] = [counted(), createTask(counted()), loop.createFuture<number>()];
      const awaitable: Awaitable<number> = { [Symbol.iterator]: () => counted()[Symbol.iterator]() };
      future.setResult(0);
      const results = yield* gather([
        coroutine,
        coroutine,
        task,
        future,
        awaitable,
        counted(),
        awaitable,
        task,
      ]);
      const [a, b, c, d, e, f, g, h] = results;
      expect([new Set([a, c, d, e, f]).size, count]).toEqual([5, 4]);
      expect([b, g, h]).toEqual([a, e, c]);
    });
  });

  it('refuses a coroutine that belongs to a task', () => {
    run(function* (): Coroutine<void> {
      const coroutine = returning(1);
      const task = createTask(coroutine);
      expect(() => gather([task, coroutine])).toThrow(RuntimeError);
      yield* task;
    });
  });

  it('is done in the pass after its last child, or after the first that fails', () => {
    const { loop } = virtualLoop();
    const [first, second] = [loop.createFuture<number>(), loop.createFuture<number>()];
    const all = gather([first, second]);
    const any = gather([first, loop.createFuture<number>(), second]);
    first.setResult(1);
    onePass(loop);
    second.setException(new Error('no'));
    expect([all.done(), any.done()]).toEqual([false, false]);
    onePass(loop);
    expect([all.failed(), any.failed()]).toEqual([true, true]);
    expect([all.exception(), any.exception()]).toEqual([new Error('no'), new Error('no')]);
  });

  it('refuses what cannot be awaited; what came before it runs all the same', () => {
    run(function* (): Coroutine<void> {
      expect(() => gather([returning(1), {} as never])).toThrow(TypeError);
      expect(() => gather(returning(1) as never)).toThrow(TypeError);
      yield* sleep(1);
    });
  });

  it.each([null, undefined])('a child that throws %s fails it', (error) => {
    run(function* (): Coroutine<void> {
      const all = gather([throwing(error), returning(1)]);
      yield* sleep(1);
      expect([all.done(), all.failed(), all.exception()]).toEqual([true, true, error]);
      expect(yield* gather([throwing(error), returning(1)], { returnExceptions: true })).toEqual([error, 1]);
    });
  });
});

describe('cancelling', () => {
  it('a task that awaits a gather cancels all children', () => {
    run(function* (loop): Coroutine<void> {
      const gate = loop.createFuture<void>();
      const children = [0, 1].map(() => createTask(waitFor(gate)));
      const all = gather(children);
      const outer = createTask(waitFor(all));
      yield* sleep(0);
      expect(outer.cancel('stop')).toBe(true);
      expect(((yield* failure(() => outer)) as CancelledError).reason).toBe('stop');
      expect(all.cancel()).toBe(false);
      expect([gate, ...children].every((one) => one.cancelled())).toBe(true);
    });
  });

  it('a gather whose children are all done is refused, though its callbacks have not run', () => {
    run(function* (loop): Coroutine<void> {
      const gate = loop.createFuture<number>();
      const all = gather([waitFor(gate)]);
      yield* sleep(0);
      let answer: boolean | null = null;
      function* cancelLate(): Coroutine<void> {
        yield* gate;
        answer = all.cancel();
      }
      const late = createTask(cancelLate());
      yield* sleep(0);
      gate.setResult(42);
      expect(yield* all).toEqual([42]);
      yield* late;
      expect([answer, all.cancelled()]).toEqual([false, false]);
    });
  });

  it('with returnExceptions is not lost among the results', () => {
    function* loopOverGathers(): Coroutine<void> {
      for (;;) yield* gather([sleep(50)], { returnExceptions: true });
    }
    run(function* (): Coroutine<void> {
      const task = createTask(loopOverGathers());
      yield* sleep(200);
      task.cancel('enough');
      expect(((yield* failure(() => task)) as CancelledError).reason).toBe('enough');
    });
  });

  it('a gather whose last child refuses keeps its message', () => {
    function* refusing(): Coroutine<string> {
      try {
        yield* sleep(10_000);
      } catch {
        return 'refused';
      }
      return '';
    }
    run(function* (): Coroutine<void> {
      const all = gather([refusing()], { returnExceptions: true });
      yield* sleep(0);
      expect(all.cancel('why')).toBe(true);
      const error = (yield* failure(() => all)) as CancelledError;
      expect([error instanceof CancelledError, error.reason]).toEqual([true, 'why']);
    });
  });
});
