import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { QueueEmpty, QueueFull } from '../../../src/base/errors.ts';
import type { Coroutine } from '../../../src/coroutines/coroutine.ts';
import { runningLoop } from '../../../src/loop/current-loop.ts';
import { Event } from '../../../src/sync/event.ts';
import { Queue } from '../../../src/sync/queue.ts';
import { LifoQueue } from '../../../src/sync/queue-kinds.ts';
import { createTask } from '../../../src/tasks/create-task.ts';
import { all, inLoop, passes, spawn, suspensions } from './virtual.ts';

describe('Queue', () => {
  test('describes itself: limit, items, waiting tasks, unfinished work', () => {
    inLoop(function* () {
      const queue = new Queue<unknown>(1);
      expect(String(queue)).toBe('<Queue maxsize=1>');
      const getter = createTask(queue.get());
      yield* passes(1);
      expect(inspect(queue)).toBe('<Queue maxsize=1 _getters[1]>');
      queue.putNowait(0);
      expect(yield* getter).toBe(0);
      queue.putNowait({ deep: { deeper: 1 } });
      const putter = createTask(queue.put(2));
      yield* passes(1);
      expect(String(queue)).toBe('<Queue maxsize=1 _queue=[{ deep: [Object] }] _putters[1] tasks=2>');
      queue.getNowait();
      yield* putter;
      expect(String(queue)).toBe('<Queue maxsize=1 _queue=[2] tasks=3>');
    });
  });

  test('lists a few items only', () => {
    const queue = new Queue<number>();
    for (let i = 0; i < 12; i++) queue.putNowait(i);
    expect(String(queue)).toBe('<Queue maxsize=0 _queue=[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, …] tasks=12>');
  });

  test('is empty, or not; full, or not; has a size and a limit', () => {
    inLoop(function* () {
      const queue = new Queue<number>(2);
      expect([queue.empty(), queue.full(), queue.qsize(), queue.maxsize]).toEqual([true, false, 0, 2]);
      yield* queue.put(1);
      expect([queue.empty(), queue.full(), queue.qsize()]).toEqual([false, false, 1]);
      yield* queue.put(2);
      expect(queue.full()).toBe(true);
      expect(yield* queue.get()).toBe(1);
      expect(yield* queue.get()).toBe(2);
      expect(queue.empty()).toBe(true);
      expect(new Queue().full()).toBe(false);
      expect(new Queue(-1).full()).toBe(false);
    });
  });

  test('a limit that is no number is refused', () => {
    expect(() => new Queue({ maxsize: 3 } as unknown as number)).toThrow(TypeError);
    expect(() => new Queue(Number.NaN)).toThrow(TypeError);
  });

  test('gives items back in the order in which they were put, whatever they are', () => {
    const queue = new Queue<unknown>();
    for (const item of [1, undefined, 3, null]) queue.putNowait(item);
    expect(Array.from({ length: 4 }, () => queue.getNowait())).toEqual([1, undefined, 3, null]);
  });

  test('a LIFO queue gives them back in reverse', () => {
    inLoop(function* () {
      const queue = new LifoQueue<number>();
      for (const item of [1, 3, 2]) yield* queue.put(item);
      expect([yield* queue.get(), yield* queue.get(), yield* queue.get()]).toEqual([2, 3, 1]);
      expect(String(queue)).toBe('<LifoQueue maxsize=0 tasks=3>');
    });
  });

  test('keeps the order of many items while they come and go', () => {
    const queue = new Queue<number>();
    let put = 0;
    let got = 0;
    for (let round = 0; round < 300; round++) {
      for (let i = 0; i < round % 7; i++) queue.putNowait(put++);
      for (let i = 0; i < round % 5 && !queue.empty(); i++) expect(queue.getNowait()).toBe(got++);
      expect(queue.qsize()).toBe(put - got);
    }
    while (!queue.empty()) expect(queue.getNowait()).toBe(got++);
    expect(got).toBe(put);
  });

  test('neither put() where there is room nor get() where there is an item suspends', () => {
    const queue = new Queue<number>(1);
    expect(suspensions(queue.put(7))).toBe(0);
    const get = queue.get();
    expect(get.next()).toEqual({ done: true, value: 7 });
  });

  test('put() waits while it is full', () => {
    inLoop(function* () {
      const queue = new Queue<number>(2);
      const put: number[] = [];
      function* producer(): Coroutine<boolean> {
        for (let i = 0; i < 3; i++) {
          yield* queue.put(i);
          put.push(i);
        }
        return true;
      }
      const task = createTask(producer());
      yield* passes(2);
      expect(put).toEqual([0, 1]);
      expect(yield* queue.get()).toBe(0);
      yield* passes(1);
      expect(put).toEqual([0, 1, 2]);
      expect([yield* queue.get(), yield* queue.get()]).toEqual([1, 2]);
      expect(task.result()).toBe(true);
    });
  });

  test('a limit with a fraction is rounded up, in effect', () => {
    inLoop(function* () {
      const queue = new Queue<number>(1.3);
      queue.putNowait(1);
      yield* queue.put(2);
      expect(queue.full()).toBe(true);
      expect(() => queue.putNowait(3)).toThrow(QueueFull);
    });
  });

  test('getNowait() of an empty queue and putNowait() into a full one are errors', () => {
    const queue = new Queue<number>(1);
    expect(() => queue.getNowait()).toThrow(QueueEmpty);
    queue.putNowait(1);
    expect(() => queue.putNowait(2)).toThrow(QueueFull);
    expect(queue.getNowait()).toBe(1);
  });

  test('get() waits for an item that a timer puts', () => {
    inLoop(function* () {
      const queue = new Queue<number>();
      const started = new Event();
      let finished = false;
      function* getter(): Coroutine<number> {
        started.set();
        const item = yield* queue.get();
        finished = true;
        return item;
      }
      const task = createTask(getter());
      yield* started.wait();
      expect(finished).toBe(false);
      runningLoop('test').callLater(10, () => queue.putNowait(1));
      expect(yield* task).toBe(1);
    });
  });

  test('put() waits for room that a timer makes', () => {
    inLoop(function* () {
      const queue = new Queue<number>(1);
      let finished = false;
      function* putter(): Coroutine<void> {
        yield* queue.put(1);
        yield* queue.put(2);
        finished = true;
      }
      runningLoop('test').callLater(10, () => queue.getNowait());
      const task = createTask(putter());
      yield* passes(1);
      expect(finished).toBe(false);
      yield* task;
      expect(queue.getNowait()).toBe(2);
    });
  });

  test('hands over through a single place, whoever begins', () => {
    inLoop(function* () {
      const queue = new Queue<string>(1);
      const putters = spawn(queue.put('a'), queue.put('b'));
      expect(yield* queue.get()).toBe('a');
      expect(yield* queue.get()).toBe('b');
      yield* all(putters);
      const getter = createTask(queue.get());
      yield* passes(1);
      yield* queue.put('c');
      expect(yield* getter).toBe('c');
    });
  });

  test('a put that finds a waiting task wakes it in the next pass', () => {
    inLoop(function* () {
      const queue = new Queue<number>();
      const task = createTask(
        (function* () {
          yield* queue.put(1);
          return true;
        })(),
      );
      expect(yield* queue.get()).toBe(1);
      expect(task.result()).toBe(true);
    });
  });

  test('a producer and a consumer of equal patience both end', () => {
    inLoop(function* () {
      const queue = new Queue<number>(1);
      function* producer(): Coroutine<void> {
        for (let i = 0; i < 5; i++) yield* queue.put(i);
      }
      function* consumer(): Coroutine<number[]> {
        const items: number[] = [];
        for (let i = 0; i < 5; i++) items.push(yield* queue.get());
        return items;
      }
      const [, items] = spawn(producer(), consumer());
      expect(yield* items).toEqual([0, 1, 2, 3, 4]);
    });
  });

  test('as many places made free as putters wait lets them all in', () => {
    inLoop(function* () {
      const queue = new Queue<number>(2);
      function* drain(): Coroutine<void> {
        yield* passes(1);
        for (let left = queue.qsize(); left > 0; left--) queue.getNowait();
      }
      const tasks = spawn(drain(), queue.put(0), queue.put(1), queue.put(2), queue.put(3));
      for (const task of tasks) yield* task;
      expect(queue.qsize()).toBe(2);
    });
  });
});
