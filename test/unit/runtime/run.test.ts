/** run(): results, errors, what it leaves behind. */
import { describe, expect, it } from 'vitest';
import {
  allTasks,
  CancelledError,
  type Coroutine,
  createTask,
  type EventLoop,
  type ExceptionContext,
  getRunningLoop,
  KeyboardInterrupt,
  RuntimeError,
  run,
  sleep,
} from '../../../src/index.ts';
import { FakeKernel } from '../../support/fake-kernel.ts';
import { caught } from '../loop/virtual-loop.ts';

/** Runs `main` on virtual time; returns what the exception handler was given too. */
function runVirtually<T>(main: () => Coroutine<T>): {
  value: T | undefined;
  error: unknown;
  reports: ExceptionContext[];
  loop: EventLoop;
} {
  const reports: ExceptionContext[] = [];
  let loop: EventLoop | undefined;
  const outcome: { value: T | undefined; error: unknown } = { value: undefined, error: undefined };
  function* watched(): Coroutine<T> {
    loop = getRunningLoop();
    loop.setExceptionHandler((_loop, context) => reports.push(context));
    return yield* main();
  }
  try {
    outcome.value = run(watched, { kernel: new FakeKernel() });
  } catch (error) {
    outcome.error = error;
  }
  return { ...outcome, reports, loop: loop as EventLoop };
}

describe('run', () => {
  it('returns what main returns, and closes the loop', () => {
    const { value, loop } = runVirtually(function* (): Coroutine<number> {
      yield* sleep(10);
      return 42;
    });
    expect(value).toBe(42);
    expect(loop.isClosed()).toBe(true);
    expect(loop.isRunning()).toBe(false);
  });

  it('takes a coroutine as well as the function that makes one', () => {
    expect(run(nothing(), { kernel: new FakeKernel() })).toBe('nothing');
    expect(run(nothing, { kernel: new FakeKernel() })).toBe('nothing');
    expect(run(() => nothing(), { kernel: new FakeKernel() })).toBe('nothing');
  });

  it('throws what main throws, and reports nothing besides', () => {
    const failure = new RangeError('from main');
    const { error, reports, loop } = runVirtually(function* (): Coroutine<void> {
      yield* sleep(1);
      throw failure;
    });
    expect(error).toBe(failure);
    expect(reports).toEqual([]);
    expect(loop.isClosed()).toBe(true);
  });

  it('cancels the tasks that are left and lets them clean up', () => {
    const log: string[] = [];
    const { value, reports } = runVirtually(function* (): Coroutine<string> {
      createTask(cleaningUp(log));
      yield* sleep(0);
      return 'main first';
    });
    expect(value).toBe('main first');
    expect(log).toEqual(['cancelled', 'cleaned up after 10 ms']);
    expect(reports).toEqual([]);
  });

  it('reports a task that fails instead of ending when it is cancelled', () => {
    const failure = new Error('in a finally');
    const { reports } = runVirtually(function* (): Coroutine<void> {
      createTask(failingCleanup(failure), { name: 'clumsy' });
      yield* sleep(0);
    });
    expect(reports.map(({ exception }) => exception)).toEqual([failure]);
    expect(String(reports[0]?.task)).toContain('clumsy');
  });

  it('reports once a task that failed before main ended', () => {
    const failure = new Error('nobody looked');
    const { reports } = runVirtually(function* (): Coroutine<void> {
      createTask(failing(failure));
      yield* sleep(1);
    });
    expect(reports.map(({ exception }) => exception)).toEqual([failure]);
  });

  it('cannot be called inside a running loop, and does not start its main', () => {
    let started = false;
    const { error } = runVirtually(function* (): Coroutine<void> {
      yield* sleep(0);
      const refusal = caught(() => run(startingIt));
      expect(refusal).toBeInstanceOf(RuntimeError);
      expect(refusal.message).toContain('yield*');
      yield* sleep(10);
    });
    expect(error).toBeUndefined();
    expect(started).toBe(false);

    function* startingIt(): Coroutine<void> {
      started = true;
      yield* [];
    }
  });

  it('tells an async function from a coroutine', () => {
    const refusal = caught(() => run((async () => {}) as never, { kernel: new FakeKernel() }));
    expect(refusal).toBeInstanceOf(TypeError);
    expect(refusal.message).toMatch(/function\*/);
  });

  it.each([[undefined], [42], [{}], [() => 42], [[1, 2]]])('refuses %s as main', (main) => {
    expect(() => run(main as never, { kernel: new FakeKernel() })).toThrow(TypeError);
  });

  it('throws CancelledError when main was cancelled from inside', () => {
    const { error } = runVirtually(function* (): Coroutine<void> {
      for (const task of allTasks()) task.cancel('by a task');
      yield* sleep(10);
    });
    expect(error).toBeInstanceOf(CancelledError);
    expect((error as CancelledError).reason).toBe('by a task');
  });
});

describe('an interrupt raised inside', () => {
  it('leaves run() as it is, after the other tasks have cleaned up', () => {
    const log: string[] = [];
    const interrupt = new KeyboardInterrupt('now');
    const { error, reports } = runVirtually(function* (): Coroutine<void> {
      createTask(cleaningUp(log));
      yield* sleep(0);
      throw interrupt;
    });
    expect(error).toBe(interrupt);
    expect(log).toEqual(['cancelled', 'cleaned up after 10 ms']);
    expect(reports).toEqual([]);
  });

  it('by a callback ends the run too', () => {
    const log: string[] = [];
    const interrupt = new KeyboardInterrupt('now');
    const { error } = runVirtually(function* (): Coroutine<void> {
      getRunningLoop().callLater(5, () => {
        throw interrupt;
      });
      yield* cleaningUp(log);
    });
    expect(error).toBe(interrupt);
    expect(log).toEqual(['cancelled', 'cleaned up after 10 ms']);
  });
});

function* nothing(): Coroutine<string> {
  yield* [];
  return 'nothing';
}

function* cleaningUp(log: string[]): Coroutine<void> {
  try {
    yield* sleep(1_000_000);
  } catch (error) {
    log.push('cancelled');
    throw error;
  } finally {
    const startMs = getRunningLoop().time();
    yield* sleep(10);
    log.push(`cleaned up after ${getRunningLoop().time() - startMs} ms`);
  }
}

function* failing(failure: Error): Coroutine<void> {
  yield* [];
  throw failure;
}

function* failingCleanup(failure: Error): Coroutine<void> {
  try {
    yield* sleep(1_000_000);
  } finally {
    yield* failing(failure);
  }
}
