/** run() and Runner: what CPython 3.13 says of them in test_runners. Ctrl-C: runners-interrupt.test.ts. */
import { describe, expect, it } from 'vitest';
import {
  ContextVar,
  type Coroutine,
  copyContext,
  createTask,
  EventLoop,
  type ExceptionContext,
  type Future,
  getRunningLoop,
  newEventLoop,
  Runner,
  RuntimeError,
  run,
  SelectorEventLoop,
  sleep,
  type Task,
} from '../../src/index.ts';
import { VirtualClock } from '../../src/testing.ts';
import { onTeardown } from '../support/teardown.ts';

const virtual = () => ({ clock: new VirtualClock() });

function openRunner(options = {}): Runner {
  const runner = new Runner({ ...virtual(), ...options });
  onTeardown(() => runner.close());
  return runner;
}

function* returning<T>(value: T): Coroutine<T> {
  yield* sleep(0);
  return value;
}

/** Fails when it is cancelled. */
function* illMannered(): Coroutine<void> {
  try {
    yield* sleep(100);
  } finally {
    zeroError();
  }
}

function zeroError(): never {
  throw new RangeError('division by zero');
}

describe('run', () => {
  it('returns what main returns and throws what it throws', () => {
    expect(run(returning(42), virtual())).toBe(42);
    const failing = function* (): Coroutine<void> {
      yield* sleep(0);
      throw new RangeError('spam');
    };
    expect(() => run(failing(), virtual())).toThrow('spam');
  });

  it.each([[1], [() => null], [undefined], ['main'], [{}]])('of %o wants a coroutine', (main) => {
    expect(() => run(main as never, virtual())).toThrow(/a coroutine was expected/);
  });

  it('inside of a running loop is refused, and says which call it was', () => {
    const nested = (call: () => unknown) =>
      function* (): Coroutine<void> {
        call();
      };
    const inner = function* (): Coroutine<void> {};
    expect(() =>
      run(
        nested(() => run(inner())),
        virtual(),
      ),
    ).toThrow(/^run\(\) cannot be called from a running/);
    const runner = openRunner();
    expect(() => runner.run(nested(() => runner.run(inner())))).toThrow(
      /^Runner\.run\(\) cannot be called from a running event loop/,
    );
  });

  it('cancels what main leaves running, before it returns', () => {
    let left: Task<void> | undefined;
    const main = function* (): Coroutine<number> {
      left = createTask(sleep(100));
      return 123;
    };
    expect(run(main, virtual())).toBe(123);
    expect(left?.cancelled()).toBe(true);
  });

  it('reports tasks that fail while it cancels them, by the loop’s callExceptionHandler, once each', () => {
    const reports: ExceptionContext[] = [];
    let left: Task<void> | undefined;
    const main = function* (): Coroutine<number> {
      getRunningLoop().callExceptionHandler = (context) => void reports.push(context);
      left = createTask(illMannered());
      return 123;
    };
    expect(run(main, virtual())).toBe(123);
    expect(reports).toHaveLength(1);
    expect(reports[0]?.message).toMatch(/run\(\) shutdown/);
    expect(reports[0]?.task).toBe(left);
    expect(reports[0]?.exception).toBeInstanceOf(RangeError);
  });

  it('throws the error of main also when what it cancels fails', () => {
    class FancyExit extends Error {}
    const main = function* (): Coroutine<void> {
      getRunningLoop().setExceptionHandler(() => {});
      createTask(illMannered());
      throw new FancyExit();
    };
    expect(() => run(main, virtual())).toThrow(FancyExit);
  });

  it('takes the loop that a factory makes, once, and closes it', () => {
    const loop = newEventLoop(virtual());
    let calls = 0;
    const loopFactory = (): EventLoop => {
      calls++;
      return loop;
    };
    const same = run(
      function* () {
        return getRunningLoop() === loop;
      },
      { loopFactory },
    );
    expect([same, calls, loop.isClosed()]).toEqual([true, 1, true]);
    const made = run(
      function* () {
        return getRunningLoop();
      },
      { loopFactory: newEventLoop },
    );
    expect(made).toBeInstanceOf(SelectorEventLoop);
  });

  it('asks the loop for what asyncio’s loops shut down, in this order, and waits for it', () => {
    const log: string[] = [];
    class CleaningLoop extends EventLoop {
      override shutdownAsyncgens(): Future<void> {
        return this.later('generators');
      }
      override shutdownDefaultExecutor(): Future<void> {
        return this.later('executor');
      }
      override close(): void {
        log.push('closed');
        super.close();
      }
      private later(what: string): Future<void> {
        return this.createTask(
          (function* (): Coroutine<void> {
            yield* sleep(1000);
            log.push(what);
          })(),
        );
      }
    }
    run(returning(1), { loopFactory: () => new CleaningLoop(virtual()) });
    expect(log).toEqual(['generators', 'executor', 'closed']);
  });
});

describe('a Runner', () => {
  it.each([true, false])('debug: %s goes to its loop', (debug) => {
    expect(openRunner({ debug }).getLoop().getDebug()).toBe(debug);
  });

  it('runs on one loop until it is closed; then it says so, however often it is closed', () => {
    const runner = openRunner();
    expect(runner.run(returning('done'))).toBe('done');
    const loop = runner.getLoop();
    runner.close();
    runner.close();
    expect(loop.isClosed()).toBe(true);
    expect(() => runner.getLoop()).toThrow(/Runner is closed/);
    expect(() => runner.run(returning(1))).toThrow(RuntimeError);
  });

  it('wants a coroutine, not a future', () => {
    const runner = openRunner();
    expect(() => runner.run(123 as never)).toThrow(/a coroutine was expected/);
    const future = runner.getLoop().createFuture<void>();
    expect(() => runner.run(future as never)).toThrow(/a coroutine was expected/);
  });

  it('keeps its context from run to run', () => {
    const variable = new ContextVar<number>('number');
    const exchange = function* (value: number): Coroutine<number> {
      const old = variable.get(-1);
      yield* sleep(0);
      variable.set(value);
      return old;
    };
    const runner = openRunner();
    expect([runner.run(exchange(1)), runner.run(exchange(2))]).toEqual([-1, 1]);
    const context = runner.run(function* () {
      return copyContext();
    });
    expect(context.get(variable)).toBe(2);
    expect(variable.get(-1)).toBe(-1);
  });

  it('does not make text of the result', () => {
    let asked = 0;
    const result = { toString: () => `asked ${++asked} times` };
    expect(openRunner().run(() => returning(result))).toBe(result);
    expect(asked).toBe(0);
  });
});

describe('the loop’s shutdown methods', () => {
  it('are done at once', () => {
    const loop = newEventLoop(virtual());
    expect(loop.runUntilComplete(loop.shutdownAsyncgens())).toBeUndefined();
    expect(loop.runUntilComplete(loop.shutdownDefaultExecutor(10))).toBeUndefined();
    loop.close();
  });
});
