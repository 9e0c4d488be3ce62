/** SharedValue and SharedArray: numbers that threads change at the same time. */
import { expect, test } from 'vitest';
import { gather, ProcessPoolExecutor, SharedArray, SharedLock, SharedValue } from '../../../src/index.ts';
import { errorOf } from '../executors/fixtures.ts';
import { withThreads } from './sharing.ts';

test.each(['int32', 'uint32', 'float64'] as const)('a %s: no change of two threads is lost', (type) => {
  const whole = new SharedValue(type, 10);
  const inSteps = new SharedValue(type);
  withThreads(2, function* (work) {
    yield* gather([work.add(whole, 20_000), work.add(whole, 20_000)]);
    yield* gather([work.addInSteps(inSteps, 2000), work.addInSteps(inSteps, 2000)]);
  });
  expect(whole.value).toBe(40_010);
  expect(String(inSteps)).toBe(`<SharedValue ${type} 4000>`);
});

test('update applies a function', () => {
  const value = new SharedValue('float64', Number.NaN);
  expect(value.update((before) => (Number.isNaN(before) ? -1 : before))).toBe(-1);
  withThreads(2, function* (work) {
    yield* gather([work.largest(value, 0, 5001), work.largest(value, 100, 4000)]);
  });
  expect(value.value).toBe(2500);
});

test('integers wrap around', () => {
  expect(new SharedValue('int32', 2 ** 31 - 1).add(1)).toBe(-(2 ** 31));
  expect(new SharedValue('uint32', 0).add(-1)).toBe(2 ** 32 - 1);
  expect(new SharedValue('uint32').update(() => -1)).toBe(2 ** 32 - 1);
});

test('an array is counted into by threads, and iterated', () => {
  const counts = new SharedArray('int32', 26);
  withThreads(2, function* (work) {
    yield* gather([work.tally(counts, 'abba'.repeat(1000)), work.tally(counts, 'zab'.repeat(1000))]);
  });
  expect([...counts].filter((n) => n > 0)).toEqual([3000, 3000, 1000]);
  expect(counts.get(25)).toBe(1000);
  expect(counts.view.length).toBe(26);
  expect([...new SharedArray('float64', [0.5, 1.5])]).toEqual([0.5, 1.5]);
  expect(new SharedArray(structuredClone(counts)).update(0, (n) => -n)).toBe(-3000);
});

test('what is wrong is refused', () => {
  const array = new SharedArray('int32', 2);
  expect(() => array.get(2)).toThrow('<SharedArray int32 length=2>: there is no number at 2');
  expect(() => array.set(0.5, 1)).toThrow(RangeError);
  expect(() => new SharedArray('int32', -1)).toThrow(RangeError);
  for (const wrong of [null, '3', {}] as never[])
    expect(() => new SharedArray('int32', wrong)).toThrow('expected an iterable as the numbers, got');
  expect(() => new SharedValue('int8' as never)).toThrow(TypeError);
  expect(() => new SharedValue({ type: 'int32', memory: new SharedArrayBuffer(64) })).toThrow(TypeError);
});

test('processes share no memory, and say so', () => {
  withThreads(1, function* () {
    const pool = new ProcessPoolExecutor({ maxWorkers: 1 });
    const error = yield* errorOf(pool.submit((lock: unknown) => lock, new SharedLock()));
    expect(error.message).toMatch(/SharedArrayBuffer.*Processes share no memory/);
    yield* pool.shutdown();
  });
});
