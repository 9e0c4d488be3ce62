/** ProcessPoolExecutor while the main thread is blocked in select(). */
import { readdirSync, readFileSync } from 'node:fs';
import {
  BrokenExecutorError,
  CancelledError,
  type Coroutine,
  createTask,
  gather,
  ProcessPoolExecutor,
  type ProcessPoolOptions,
  sleep,
} from 'selectloop';
import { describe, expect, test } from 'vitest';
import { errorOf, runLimited, type Work, workUrl } from './fixtures.ts';

/** Runs `body` with a pool and its work, inside a loop. */
function withPool<T>(
  options: ProcessPoolOptions,
  body: (work: ReturnType<typeof workOf>, pool: ProcessPoolExecutor) => Coroutine<T>,
): T {
  return runLimited(function* () {
    const pool = new ProcessPoolExecutor(options);
    const result = yield* body(workOf(pool), pool);
    yield* pool.shutdown();
    return result;
  });
}

function workOf(pool: ProcessPoolExecutor) {
  return pool.module<Work>(workUrl);
}

/** Our children that exist, those nobody has reaped too. */
function childCount(): number {
  if (process.platform !== 'linux') return 0;
  return readdirSync('/proc').filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[1] === String(process.pid);
    } catch {
      return false;
    }
  }).length;
}

/** Whether there is such a process: also one that has ended and was not reaped. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('ProcessPoolExecutor', () => {
  test('calls functions in other processes', () => {
    const before = childCount();
    withPool({ maxWorkers: 2 }, function* (work, pool) {
      const [id, later, squares] = yield* gather([
        work.workerId(),
        work.later(5, 7),
        pool.map(work.square, [1, 2, 3], { chunkSize: 2 }),
      ]);
      expect(Number(id.split('/')[0])).not.toBe(process.pid);
      expect([later, squares]).toEqual([7, [1, 4, 9]]);
      expect(yield* pool.submit((a: number) => a + 1, 1)).toBe(2);
    });
    expect(childCount()).toBe(before);
  });

  test('copies large arguments and results, both ways', () => {
    withPool({ maxWorkers: 1 }, function* (_work, pool) {
      const sent = new Uint8Array(5_000_000).fill(7);
      const back = yield* pool.submit((bytes: Uint8Array) => bytes.map((byte) => byte + 1), sent);
      expect(back).toHaveLength(5_000_000);
      expect(back.every((byte) => byte === 8)).toBe(true);
      expect(sent[0]).toBe(7);
    });
  });

  test('brings errors back as what they were, and says what cannot be sent', () => {
    withPool({ maxWorkers: 1 }, function* (work, pool) {
      const error = yield* errorOf(work.fails());
      expect(error).toBeInstanceOf(RangeError);
      expect(error).toMatchObject({ message: 'too far', limit: 5, cause: { code: 'ECAUSE' } });
      expect(error.stack).toContain('work.mjs');
      const unsent = yield* errorOf(
        pool.submit(
          (f: () => number) => f(),
          () => 1,
        ),
      );
      expect(unsent.message).toMatch(/an argument cannot be sent/);
      expect((yield* errorOf(work.returnsFunction())).message).toMatch(/its result cannot be sent back/);
      expect(yield* work.square(5)).toBe(25);
    });
  });

  const deaths: [string, (work: ReturnType<typeof workOf>) => Iterable<unknown>, RegExp][] = [
    ['exits', (work) => work.exit(3), /ended with exit code 3 while it ran exit\(\)/],
    ['is killed', (work) => work.killed('SIGKILL'), /was killed by SIGKILL while it ran killed\(\)/],
    ['crashes', (work) => work.killed('SIGSEGV'), /was killed by SIGSEGV/],
    ['has no memory left', (work) => work.fillMemory(), /was killed by SIGABRT while it ran fillMemory\(\)/],
    [
      'throws where nobody catches',
      (work) => work.dieLater(),
      /died of an error: Error: nobody catches this/,
    ],
  ];

  test.each(deaths)('fails the call of a process that %s, and replaces it', (_how, call, message) => {
    // V8 says at length where its memory went; core files are of no use to anybody here.
    const options = { maxWorkers: 1, execArgv: ['--max-old-space-size=24'] };
    withPool(options, function* (work) {
      const doomed = createTask(errorOf(call(work)));
      const next = work.square(3);
      const error = yield* doomed;
      expect(error).toBeInstanceOf(BrokenExecutorError);
      expect(error.message).toMatch(message);
      expect(yield* next).toBe(9);
    });
  });

  test('a process that dies fails its own call and no other, running or waiting', () => {
    withPool({ maxWorkers: 2 }, function* (work, pool) {
      yield* gather([work.square(1), work.square(1)]);
      const running = work.block(300, 'done');
      const doomed = createTask(errorOf(work.killed('SIGKILL')));
      const waiting = [work.square(2), work.square(3), work.square(4)];
      expect(String(pool)).toMatch(/open workers=2\/2 running=2 waiting=3>?$/);
      expect(yield* doomed).toBeInstanceOf(BrokenExecutorError);
      expect(yield* gather([...waiting, running])).toEqual([4, 9, 16, 'done']);
      expect(String(pool)).toMatch(/open workers=[12]\/2 running=0 waiting=0>?$/);
    });
  });

  test('a process that dies in a map fails the map; one that dies idle is replaced', () => {
    withPool({ maxWorkers: 2 }, function* (work, pool) {
      const error = yield* errorOf(pool.map(work.exit, [1, 2, 3, 4, 5, 6]));
      expect(error).toBeInstanceOf(BrokenExecutorError);
      const pid = Number((yield* work.workerId()).split('/')[0]);
      process.kill(pid, 'SIGKILL');
      while (isAlive(pid)) yield* sleep(5);
      expect(yield* work.square(3)).toBe(9);
      expect(Number((yield* work.workerId()).split('/')[0])).not.toBe(pid);
    });
  });

  test('ends a call that is cancelled, with terminateOnCancel', () => {
    withPool({ maxWorkers: 1, terminateOnCancel: true }, function* (work) {
      const before = yield* work.workerId();
      const endless = work.spin();
      yield* sleep(20);
      endless.cancel();
      expect(yield* errorOf(endless)).toBeInstanceOf(CancelledError);
      expect(yield* work.workerId()).not.toBe(before);
    });
  });

  test('leaves no process behind, whatever its calls do when run() ends', () => {
    const before = childCount();
    const endless = runLimited(function* () {
      const pool = new ProcessPoolExecutor({ maxWorkers: 2 });
      const work = workOf(pool);
      yield* work.square(1);
      const call = work.spin();
      yield* sleep(20);
      return call;
    });
    expect(endless.cancelled()).toBe(true);
    expect(childCount()).toBe(before);
  });
});
