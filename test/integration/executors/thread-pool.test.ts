/**
 * ThreadPoolExecutor while the main thread is blocked in select(): concurrent.futures' behaviour, row by row.
 */
import {
  type Coroutine,
  createTask,
  gather,
  move,
  sleep,
  ThreadPoolExecutor,
  TimeoutError,
} from 'selectloop';
import { describe, expect, test } from 'vitest';
import { errorOf, runLimited, withPool, workOf } from './fixtures.ts';

class ValidationError extends Error {}

describe('calls', () => {
  test('give results, of promises too, while the loop goes on', () => {
    const [results, beats] = withPool({ maxWorkers: 2 }, function* (work) {
      let beatCount = 0;
      const heart = createTask(
        (function* (): Coroutine<void> {
          for (;;) {
            yield* sleep(5);
            beatCount++;
          }
        })(),
      );
      const calls = gather([work.hash('abc'), work.later(20, 7), work.block(200, 'blocked')]);
      const all = yield* calls;
      heart.cancel();
      return [all, beatCount] as const;
    });
    expect(results).toEqual([
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
      7,
      'blocked',
    ]);
    expect(beats).toBeGreaterThan(5);
  });

  test('take self-contained functions, of each form', () => {
    const object = {
      method(n: number) {
        return n + 3;
      },
    };
    const results = withPool({ maxWorkers: 1 }, function* (_work, pool) {
      return yield* gather([
        pool.submit((n: number) => n + 1, 1),
        pool.submit(function named(n: number) {
          return n + 2;
        }, 1),
        pool.submit(object.method, 1),
        pool.submit(async (n: number) => n + 4, 1),
      ]);
    });
    expect(results).toEqual([2, 3, 4, 5]);
  });

  test('at most maxWorkers at a time, and no more threads than calls need', () => {
    const [ids, one] = withPool({ maxWorkers: 2 }, function* (work, pool) {
      const first = yield* work.workerId();
      expect(yield* work.workerId()).toBe(first);
      const startedFor = String(pool);
      const many = yield* gather([0, 1, 2, 3, 4, 5].map(() => work.block(30)));
      expect(many).toHaveLength(6);
      const found = yield* gather([0, 1, 2, 3, 4, 5].map(() => work.workerId()));
      return [new Set(found), startedFor] as const;
    });
    expect(one).toContain('workers=1/2');
    expect(ids.size).toBeLessThanOrEqual(2);
  });

  test('move buffers and share shared memory', () => {
    const sum = withPool({ maxWorkers: 1 }, function* (work) {
      const moved = new Uint8Array(1000);
      const copied = new Uint8Array(10);
      const lengths = [yield* work.byteLength(move(moved)), yield* work.byteLength(copied)];
      expect(moved.byteLength).toBe(0);
      expect(copied.byteLength).toBe(10);
      const words = new Int32Array(new SharedArrayBuffer(4));
      yield* work.count(words);
      expect(yield* work.count(words)).toBe(2);
      expect(words[0]).toBe(2);
      return lengths;
    });
    expect(sum).toEqual([1000, 10]);
    expect(() => move(Buffer.from('x'))).toThrow(/pool/);
  });

  test('one pool serves one loop after the other', () => {
    using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    const work = workOf(pool);
    const first = runLimited(() => work.workerId() as unknown as Coroutine<string>);
    const second = runLimited(function* () {
      return yield* work.workerId();
    });
    expect(second).toBe(first);
  });
});

describe('errors', () => {
  test('come back as what they were, with the stack of the worker', () => {
    withPool({ maxWorkers: 1 }, function* (work) {
      const error = yield* errorOf(work.fails());
      expect(error).toBeInstanceOf(RangeError);
      expect(error).toMatchObject({ message: 'too far', limit: 5, cause: { code: 'ECAUSE' } });
      expect(error.cause).toBeInstanceOf(TypeError);
      expect(error.stack).toContain('work.mjs');
      const both = yield* errorOf(work.failsTwice());
      expect(both).toBeInstanceOf(AggregateError);
      expect((both as AggregateError).errors[1]).toBeInstanceOf(SyntaxError);
      expect(yield* errorOf(work.missingFile())).toMatchObject({ code: 'ENOENT', syscall: 'open' });
      expect(yield* errorOf(work.throwsText())).toBe('text');
    });
  });

  test('of classes of the user are instances of those that the pool was given', () => {
    withPool({ maxWorkers: 1, errorClasses: [ValidationError] }, function* (work) {
      const error = yield* errorOf(work.invalid());
      expect(error).toBeInstanceOf(ValidationError);
      expect(error).toMatchObject({ name: 'ValidationError', field: 'password' });
    });
    withPool({ maxWorkers: 1 }, function* (work) {
      const error = yield* errorOf(work.invalid());
      expect(error.constructor).toBe(Error);
      expect(error.name).toBe('ValidationError');
    });
  });

  test('have a name and a code that they only inherit, as an AbortError has', () => {
    withPool({ maxWorkers: 1 }, function* (_work, pool) {
      const aborted = yield* errorOf(pool.submit(() => AbortSignal.abort().throwIfAborted()));
      expect([aborted.name, (aborted as { code?: unknown }).code]).toEqual(['AbortError', 20]);
      expect(Object.keys(aborted)).toEqual([]);
      const read = yield* errorOf(
        pool.submit(() => {
          class ReadError extends Error {
            get code(): string {
              return 'EREAD';
            }
          }
          throw new ReadError('read');
        }),
      );
      expect(read).toMatchObject({ name: 'ReadError', code: 'EREAD' });
    });
  });

  test('name what a function sent as source does not see', () => {
    const outside = 3;
    withPool({ maxWorkers: 1 }, function* (_work, pool) {
      const error = yield* errorOf(pool.submit(() => outside));
      expect(error).toBeInstanceOf(ReferenceError);
      expect(error.message).toMatch(/^outside is not defined .*pool\.module\(\)/);
    });
  });

  test('say what cannot be sent, and the worker goes on', () => {
    withPool({ maxWorkers: 1 }, function* (work, pool) {
      const argument = yield* errorOf(
        pool.submit(
          (f: () => number) => f(),
          () => 1,
        ),
      );
      expect(argument.message).toMatch(/an argument cannot be sent/);
      const result = yield* errorOf(work.returnsFunction());
      expect(result.message).toMatch(/returnsFunction: its result cannot be sent back/);
      const missing = yield* errorOf(
        (work as unknown as Record<string, typeof work.never>).nothing?.() ?? [],
      );
      expect(missing.message).toMatch(/nothing\(\): the module .*work\.mjs has no export of that name/);
      expect(() => pool.submit(Math.max, 1, 2)).toThrow(/built in or bound/);
      expect(() => pool.submit(function* () {})).toThrow(/generator function/);
      expect(() => pool.submit(7 as never)).toThrow(TypeError);
      expect(() => pool.module('./work.mjs')).toThrow(/new URL/);
      expect(yield* work.square(4)).toBe(16);
    });
  });
});

describe('map', () => {
  test('keeps the order, in chunks of any size', () => {
    const items = Array.from({ length: 100 }, (_, i) => 100 - i);
    withPool({ maxWorkers: 3 }, function* (work, pool) {
      const wanted = items.map((n) => (n === 13 ? 0 : n * n));
      for (const chunkSize of [1, 7, 1000]) {
        const found = yield* pool.map(
          work.square,
          items.map((n) => (n === 13 ? 0 : n)),
          { chunkSize },
        );
        expect(found).toEqual(wanted);
      }
      expect(yield* pool.map(work.square, [])).toEqual([]);
    });
  });

  test('takes items only as they are needed, with bufferSize', () => {
    let takenCount = 0;
    function* numbers(): Generator<number> {
      for (takenCount = 0; takenCount < 50; ) yield takenCount++;
    }
    withPool({ maxWorkers: 1 }, function* (work, pool) {
      const mapping = pool.map(work.square, numbers(), { bufferSize: 3 });
      expect(takenCount).toBe(3);
      mapping.cancel();
      const doubled = yield* pool.map((n: number) => n * 2, numbers(), { bufferSize: 2, chunkSize: 20 });
      expect(doubled).toEqual(Array.from({ length: 50 }, (_, i) => i * 2));
    });
  });

  test('ends with the first error, and after its time', () => {
    withPool({ maxWorkers: 1 }, function* (work, pool) {
      const error = yield* errorOf(pool.map(work.square, [12, 13, 14]));
      expect(error.message).toBe('thirteen');
      const late = yield* errorOf(
        pool.map(
          (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms),
          [300, 300],
          { timeoutMs: 50 },
        ),
      );
      expect(late).toBeInstanceOf(TimeoutError);
      expect(String(pool)).toContain('waiting=0');
    });
    runLimited(function* () {
      using pool = new ThreadPoolExecutor();
      expect(() => pool.map((n: number) => n, [1], { chunkSize: 0 })).toThrow(RangeError);
      expect(() => pool.map((n: number) => n, 5 as never)).toThrow(TypeError);
    });
  });
});
