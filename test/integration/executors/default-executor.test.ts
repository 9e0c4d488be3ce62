/** toThread, runInExecutor and the loop's default executor. */
import {
  type ExceptionContext,
  getRunningLoop,
  newEventLoop,
  RuntimeError,
  sleep,
  ThreadPoolExecutor,
  toThread,
} from 'selectloop';
import { expect, test } from 'vitest';
import { errorOf, holdsWithin, runLimited, threadNames, type Work, workUrl } from './fixtures.ts';

test('toThread calls a function on a thread of its own', () => {
  const before = threadNames().length;
  const sum = runLimited(function* () {
    return yield* toThread((a: number, b: number) => a + b, 1, 2);
  });
  expect(sum).toBe(3);
  expect(holdsWithin(200, () => threadNames().length <= before)).toBe(true);
});

test('the end of run() waits for calls that run', () => {
  const words = new Int32Array(new SharedArrayBuffer(4));
  runLimited(function* () {
    const call = toThread((shared: Int32Array) => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
      Atomics.store(shared, 0, 1);
    }, words);
    yield* sleep(40);
    call.cancel();
  });
  expect(words[0]).toBe(1);
});

test('runInExecutor takes a pool, or null for the default one', () => {
  runLimited(function* () {
    const loop = getRunningLoop();
    const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    const work = pool.module<Work>(workUrl);
    expect(yield* loop.runInExecutor(pool, work.square, 3)).toBe(9);
    expect(yield* loop.runInExecutor(null, work.square, 4)).toBe(16);
    expect(() => loop.runInExecutor({} as never, work.square, 3)).toThrow(/an executor or null/);
    expect(() => loop.setDefaultExecutor(null as never)).toThrow(TypeError);
    loop.setDefaultExecutor(pool);
    const mine = yield* work.workerId();
    expect(yield* toThread(work.workerId)).toBe(mine);
  });
});

test('after shutdownDefaultExecutor there is none', () => {
  runLimited(function* () {
    const loop = getRunningLoop();
    yield* toThread(() => 1);
    yield* loop.shutdownDefaultExecutor();
    expect(() => toThread(() => 1)).toThrow(RuntimeError);
    yield* loop.shutdownDefaultExecutor();
  });
});

test('a shutdown that takes too long terminates the threads, and says so', () => {
  const reports: ExceptionContext[] = [];
  runLimited(function* () {
    const loop = getRunningLoop();
    loop.setExceptionHandler((_loop, context) => reports.push(context));
    const endless = toThread(() => {
      for (;;) {
        // Until it is terminated.
      }
    });
    yield* sleep(20);
    yield* loop.shutdownDefaultExecutor(50);
    expect(endless.cancelled()).toBe(true);
  });
  expect(reports.map(({ message }) => message)).toEqual([
    'The default executor did not end in time; its threads were terminated',
  ]);
});

test('a loop that is closed takes its default executor along', () => {
  const before = threadNames().length;
  const loop = newEventLoop();
  loop.run(function* () {
    yield* toThread(() => 1);
  });
  loop.close();
  expect(holdsWithin(200, () => threadNames().length <= before)).toBe(true);
});

test('outside of a loop, and for a variable the thread does not see, it says what to do', () => {
  expect(() => toThread(() => 1)).toThrow(/no event loop is running/);
  const outside = { n: 1 };
  const error = runLimited(function* () {
    return yield* errorOf(toThread(() => outside.n));
  });
  expect(error.message).toMatch(/^outside is not defined in the worker/);
});
