/** ThreadPoolExecutor: calls that are cancelled, workers that die, pools that end. */
import {
  BrokenExecutorError,
  CancelledError,
  createTask,
  gather,
  getRunningLoop,
  RuntimeError,
  sleep,
  ThreadPoolExecutor,
} from 'selectloop';
import { describe, expect, test } from 'vitest';
import {
  errorOf,
  holdsWithin,
  runLimited,
  threadNames,
  type Work,
  withPool,
  workOf,
  workUrl,
} from './fixtures.ts';

describe('cancelling', () => {
  test('takes a waiting call off the queue', () => {
    const words = new Int32Array(new SharedArrayBuffer(4));
    withPool({ maxWorkers: 1 }, function* (work, pool) {
      const running = work.block(80);
      const waiting = work.count(words);
      waiting.cancel();
      expect(String(pool)).toContain('waiting=0');
      expect(yield* errorOf(waiting)).toBeInstanceOf(CancelledError);
      yield* running;
      yield* work.square(1);
    });
    expect(words[0]).toBe(0);
  });

  test('a running call drops its result; the call goes on', () => {
    const words = new Int32Array(new SharedArrayBuffer(4));
    withPool({ maxWorkers: 1 }, function* (_work, pool) {
      const slow = pool.submit((shared: Int32Array) => {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
        Atomics.add(shared, 0, 1);
      }, words);
      yield* sleep(50);
      slow.cancel();
      expect(words[0]).toBe(0);
    });
    expect(words[0]).toBe(1);
  });

  test('ends and replaces the worker, with terminateOnCancel', () => {
    withPool({ maxWorkers: 1, terminateOnCancel: true }, function* (work) {
      const before = yield* work.workerId();
      const endless = work.spin();
      const next = work.workerId();
      yield* sleep(30);
      endless.cancel();
      expect(yield* errorOf(endless)).toBeInstanceOf(CancelledError);
      expect(yield* next).not.toBe(before);
    });
  });
});

describe('a worker that dies', () => {
  const deaths: [string, (work: ReturnType<typeof workOf>) => Iterable<unknown>, RegExp][] = [
    ['exits', (work) => work.exit(3), /ended with exit code 3 while it ran exit\(\)/],
    [
      'throws where nobody catches',
      (work) => work.dieLater(),
      /died of an error: Error: nobody catches this/,
    ],
    ['waits for what never comes', (work) => work.never(), /ended with exit code \d+ while it ran never\(\)/],
    ['has no memory left', (work) => work.fillMemory(), /out of memory/],
  ];

  test.each(deaths)('and %s fails its call only', (_how, call, message) => {
    withPool({ maxWorkers: 1, resourceLimits: { maxOldGenerationSizeMb: 24 } }, function* (work) {
      const doomed = createTask(errorOf(call(work)));
      const next = createTask(errorOf(work.square(13)));
      const error = yield* doomed;
      expect(error).toBeInstanceOf(BrokenExecutorError);
      expect(error.message).toMatch(message);
      expect((yield* next).message).toBe('thirteen');
      expect(yield* work.square(2)).toBe(4);
    });
  });

  test('fails its own call and no other, running or waiting', () => {
    withPool({ maxWorkers: 2 }, function* (work, pool) {
      yield* gather([work.square(1), work.square(1)]);
      const running = work.block(300, 'done');
      const doomed = createTask(errorOf(work.exit(3)));
      const waiting = [work.square(2), work.square(3), work.square(4)];
      expect(yield* doomed).toBeInstanceOf(BrokenExecutorError);
      expect(yield* gather([...waiting, running])).toEqual([4, 9, 16, 'done']);
      expect(String(pool)).toMatch(/open workers=[12]\/2 running=0 waiting=0/);
      expect(yield* errorOf(pool.map(work.exit, [1, 2, 3, 4, 5]))).toBeInstanceOf(BrokenExecutorError);
    });
  });

  test('in its initializer breaks the pool', () => {
    withPool({ maxWorkers: 2, initializer: () => process.exit(1) }, function* (work) {
      const calls = [work.square(1), work.square(2), work.square(3)];
      for (const call of calls) expect(yield* errorOf(call)).toBeInstanceOf(BrokenExecutorError);
      expect(() => work.square(4)).toThrow(/in its initializer/);
    });
  });
});

describe('initializer', () => {
  test('runs before anything else in each worker', () => {
    runLimited(function* () {
      const template = new ThreadPoolExecutor();
      const { initialize } = template.module<Work>(workUrl);
      const pool = new ThreadPoolExecutor({
        maxWorkers: 2,
        initializer: initialize,
        initializerArgs: ['set'],
      });
      const work = workOf(pool);
      expect(yield* gather([work.initializedValue(), work.initializedValue()])).toEqual(['set', 'set']);
      yield* pool.shutdown();
    });
  });

  test('that fails breaks the pool: nothing hangs', () => {
    const fails = () => {
      throw new Error('no database');
    };
    withPool({ maxWorkers: 1, initializer: fails }, function* (work) {
      const error = yield* errorOf(work.square(1));
      expect(error).toBeInstanceOf(BrokenExecutorError);
      expect(error.message).toMatch(/its initializer failed: Error: no database/);
      expect(() => work.square(1)).toThrow(BrokenExecutorError);
    });
  });
});

describe('the end', () => {
  test('shutdown lets waiting calls run, or cancels them', () => {
    runLimited(function* () {
      const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
      const work = workOf(pool);
      const calls = [work.block(20, 'a'), work.block(1, 'b')];
      const ended = pool.shutdown();
      expect(() => work.square(1)).toThrow(RuntimeError);
      yield* ended;
      expect(calls.map((call) => call.done() && call.result())).toEqual(['a', 'b']);
      const second = new ThreadPoolExecutor({ maxWorkers: 1 });
      const [first, waiting] = [workOf(second).block(20, 'a'), workOf(second).block(1, 'b')];
      yield* second.shutdown({ cancelFutures: true });
      expect([first?.result(), waiting?.cancelled()]).toEqual(['a', true]);
    });
  });

  test('no thread is left after run(), whatever its pools were doing', () => {
    const before = threadNames().length;
    const endless = runLimited(function* () {
      const pool = new ThreadPoolExecutor({ maxWorkers: 2 });
      const work = workOf(pool);
      // Node leaves the file of a module open if the thread is terminated while it loads it.
      yield* work.square(1);
      const call = work.spin();
      yield* getRunningLoop().runInExecutor(null, (n: number) => n, 1);
      return call;
    });
    expect(endless.cancelled()).toBe(true);
    expect(holdsWithin(200, () => threadNames().length <= before)).toBe(true);
  });

  test('terminateWorkers and `using` end what runs', () => {
    runLimited(function* () {
      const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
      const call = workOf(pool).spin();
      yield* sleep(20);
      const start = performance.now();
      pool.terminateWorkers();
      expect(performance.now() - start).toBeLessThan(1000);
      expect(call.cancelled()).toBe(true);
      expect(String(pool)).toContain('shut down workers=0/1');
    });
  });

  test('wrong options are refused', () => {
    expect(() => new ThreadPoolExecutor({ maxWorkers: 0 })).toThrow(RangeError);
    expect(() => new ThreadPoolExecutor({ maxWorkers: '2' as never })).toThrow(TypeError);
    expect(() => new ThreadPoolExecutor({ terminateOnCancel: 1 as never })).toThrow(TypeError);
    using pool = new ThreadPoolExecutor();
    expect(() => pool.submit(() => 1)).toThrow(/no event loop is running/);
  });
});
