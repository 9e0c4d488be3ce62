/** Cancelling tasks: what CPython 3.13 says in test_tasks, on virtual time. */
import { describe, expect, it } from 'vitest';
import {
  CancelledError,
  type Coroutine,
  createTask,
  type Future,
  gather,
  KeyboardInterrupt,
  shield,
  sleep,
  type Task,
  wait,
} from '../../src/index.ts';
import { failure, run, self } from '../unit/cancellation/on-virtual-time.ts';
import { caught, onePass, virtualLoop } from '../unit/loop/virtual-loop.ts';

function* waitFor<T>(future: Future<T>): Coroutine<T> {
  return yield* future;
}

function* long(): Coroutine<string> {
  yield* sleep(10_000);
  return 'slept in';
}

describe('the message', () => {
  const messages: [string, unknown[], unknown, string][] = [
    ['none', [], undefined, ''],
    ['null', [null], null, ''],
    ['a text', ['my message'], 'my message', 'my message'],
    ['a number, which stays one', [5], 5, '5'],
  ];
  const asks: [string, (task: Task<unknown>) => Iterable<unknown>][] = [
    ['awaiting', (task) => task],
    ['result()', (task) => later(() => task.result())],
    ['exception()', (task) => later(() => task.exception())],
    ['a gather around it', (task) => gather([task])],
    ['a shield around it', (task) => shield(task)],
  ];
  const cases = messages.flatMap((message) => asks.map((ask) => [...message, ...ask] as const));

  function* later(ask: () => unknown): Coroutine<unknown> {
    yield* sleep(10);
    return ask();
  }

  it.each(cases)('%s arrives as it is: reason %j, message %j, by %s', (_n, args, reason, text, _a, ask) => {
    run(function* (): Coroutine<void> {
      for (const started of [true, false]) {
        const task = createTask(long());
        if (started) yield* sleep(0);
        task.cancel(...args);
        const error = (yield* failure(() => ask(task))) as CancelledError;
        expect(error).toBeInstanceOf(CancelledError);
        expect([error.reason, error.message]).toEqual([reason, text]);
      }
    });
  });

  it('is that of the later of two requests made before the task ran', () => {
    run(function* (): Coroutine<void> {
      const task = createTask(long());
      task.cancel('first');
      task.cancel('second');
      expect(((yield* failure(() => task)) as CancelledError).reason).toBe('second');
    });
  });

  it('is there for whoever wraps the error', () => {
    function* wrapping(inner: Task<unknown>): Coroutine<void> {
      try {
        yield* inner;
      } catch (error) {
        throw new Error('wrapped', { cause: error });
      }
    }
    run(function* (loop): Coroutine<void> {
      const inner = createTask(long());
      const outer = createTask(wrapping(inner));
      loop.callLater(1, () => inner.cancel('msg'));
      const error = yield* failure(() => outer);
      expect((error.cause as CancelledError).reason).toBe('msg');
    });
  });
});

describe('where the request finds the task', () => {
  it('in a sleep: raised there, at once, and the timer is gone', () => {
    run(function* (loop): Coroutine<void> {
      const task = createTask(long());
      loop.callLater(100, () => task.cancel());
      const startMs = loop.time();
      expect(yield* failure(() => task)).toBeInstanceOf(CancelledError);
      expect(loop.time() - startMs).toBe(100);
      expect([task.done(), task.cancelled(), task.cancel()]).toEqual([true, true, false]);
      expect(loop.timers.nextWhenMs()).toBe(Number.POSITIVE_INFINITY);
    });
  });

  it.each(['only the future', 'the future and the task'])('%s it waits for is cancelled', (which) => {
    const { loop } = virtualLoop();
    const future = loop.createFuture<void>();
    const task = loop.createTask(waitFor(future));
    onePass(loop);
    future.cancel();
    if (which !== 'only the future') task.cancel();
    expect(caught(() => loop.runUntilComplete(task))).toBeInstanceOf(CancelledError);
    expect([future.cancelled(), task.cancelled()]).toEqual([true, true]);
  });

  it('in itself, running: raised at its next await, or at its end', () => {
    run(function* (loop): Coroutine<void> {
      for (const awaits of [true, false]) {
        function* suicidal(): Coroutine<number> {
          self().cancel();
          if (awaits) yield* sleep(100);
          return 12;
        }
        const startMs = loop.time();
        const task = createTask(suicidal());
        expect(yield* failure(() => task)).toBeInstanceOf(CancelledError);
        expect([task.cancelled(), task.mustCancel, task.cancel()]).toEqual([true, false, false]);
        expect(loop.time()).toBe(startMs);
      }
    });
  });

  it('running, then it awaits a task: that one and what it waits for are cancelled too', () => {
    run(function* (loop): Coroutine<void> {
      const future = loop.createFuture<void>();
      const nested = createTask(waitFor(future));
      function* outer(): Coroutine<void> {
        yield* sleep(0);
        self().cancel();
        yield* nested;
      }
      const task = createTask(outer());
      expect(yield* failure(() => task)).toBeInstanceOf(CancelledError);
      expect([task, nested, future].map((one) => one.cancelled())).toEqual([true, true, true]);
    });
  });

  it('in wait(): the wait ends, what it waits for goes on', () => {
    run(function* (loop): Coroutine<void> {
      const gate = loop.createFuture<void>();
      const inner = createTask(waitFor(gate));
      const outer = createTask(wait([inner]));
      yield* sleep(0);
      outer.cancel();
      expect(yield* failure(() => outer)).toBeInstanceOf(CancelledError);
      expect(inner.done()).toBe(false);
      gate.setResult();
      yield* inner;
    });
  });

  it('woken by a result: unlike CPython it gets that first, and the error at its next suspension', () => {
    run(function* (loop): Coroutine<void> {
      const log: unknown[] = [];
      for (const goesOn of [true, false]) {
        const future = loop.createFuture<string>();
        function* receiving(): Coroutine<void> {
          log.push(yield* future);
          if (goesOn) yield* sleep(10_000);
        }
        const task = createTask(receiving());
        yield* sleep(0);
        future.setResult('received');
        task.cancel();
        yield* wait([task]);
        log.push(task.cancelled());
      }
      expect(log).toEqual(['received', true, 'received', false]);
    });
  });
});

describe('a task that catches the error', () => {
  it('and returns has a result; one that goes on waits for the next', () => {
    const { loop } = virtualLoop();
    const futures = [0, 1, 2].map(() => loop.createFuture<number>()) as [
      Future<number>,
      Future<number>,
      Future<number>,
    ];
    function* ignoring(): Coroutine<number> {
      yield* futures[0];
      try {
        yield* futures[1];
      } catch {
        // Ignored, as this test is about.
      }
      return yield* futures[2];
    }
    const task = loop.createTask(ignoring());
    onePass(loop);
    expect(task.waitingOn).toBe(futures[0]);
    futures[0].setResult(0);
    onePass(loop);
    task.cancel();
    expect(futures[1].cancelled()).toBe(true);
    onePass(loop);
    expect(task.waitingOn).toBe(futures[2]);
    futures[2].setResult(42);
    expect(loop.runUntilComplete(task)).toBe(42);
    expect([futures[2].cancelled(), task.cancelled()]).toEqual([false, false]);
  });

  it('in the inner coroutine, and raises it on: the outer one sees it too', () => {
    run(function* (loop): Coroutine<void> {
      const log: string[] = [];
      const gate = loop.createFuture<void>();
      function* inner(): Coroutine<void> {
        try {
          yield* gate;
        } catch (error) {
          log.push('inner');
          throw error;
        }
      }
      function* outer(): Coroutine<void> {
        try {
          yield* inner();
        } catch {
          log.push('outer');
        }
      }
      const task = createTask(outer());
      yield* sleep(0);
      task.cancel();
      yield* task;
      expect([log, gate.cancelled(), task.cancelled()]).toEqual([['inner', 'outer'], true, false]);
    });
  });

  it('and raises an interrupt instead: that ends the run, and is the task’s error', () => {
    const { loop } = virtualLoop();
    const interrupt = new KeyboardInterrupt('instead');
    function* work(): Coroutine<void> {
      try {
        yield* sleep(10_000);
      } catch {
        throw interrupt;
      }
    }
    const task = loop.createTask(work());
    onePass(loop);
    task.cancel();
    expect(task.done()).toBe(false);
    expect(caught(() => onePass(loop))).toBe(interrupt);
    expect([task.done(), task.cancelled()]).toEqual([true, false]);
    expect(task.exception()).toBe(interrupt);
  });
});
