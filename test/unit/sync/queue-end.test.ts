import { describe, expect, test } from 'vitest';
import { QueueShutDown } from '../../../src/base/errors.ts';
import type { Coroutine } from '../../../src/coroutines/coroutine.ts';
import { Queue } from '../../../src/sync/queue.ts';
import { LifoQueue, PriorityQueue } from '../../../src/sync/queue-kinds.ts';
import { createTask } from '../../../src/tasks/create-task.ts';
import { sleep } from '../../../src/tasks/sleep.ts';
import { inLoop, passes, raised, spawn, suspensions } from './virtual.ts';

describe.each([Queue, LifoQueue, PriorityQueue])('%o: join() and shutdown()', (QueueClass) => {
  test('taskDone() without a task is an error', () => {
    expect(() => new QueueClass<number>().taskDone()).toThrow(RangeError);
  });

  test('join() returns when the work on all items is done', () => {
    inLoop(function* () {
      const queue = new QueueClass<number>();
      for (let i = 0; i < 100; i++) queue.putNowait(i);
      let sum = 0;
      const state = { running: true };
      function* worker(): Coroutine<void> {
        while (state.running) {
          sum += yield* queue.get();
          queue.taskDone();
        }
      }
      const workers = spawn(worker(), worker());
      yield* queue.join();
      expect(sum).toBe(4950);
      state.running = false;
      for (const _ of workers) queue.putNowait(0);
      for (const one of workers) yield* one;
    });
  });

  test('join() of a queue that was never used does not suspend', () => {
    inLoop(function* () {
      const queue = new QueueClass<number>();
      const order: string[] = [];
      const other = createTask(
        (function* () {
          order.push('other');
          yield* passes(0);
        })(),
      );
      yield* queue.join();
      yield* queue.join();
      order.push('joined');
      yield* other;
      expect(order).toEqual(['joined', 'other']);
    });
  });

  test('the description tells of unfinished work and of the end', () => {
    const queue = new QueueClass<number>();
    expect(String(queue)).toBe(`<${QueueClass.name} maxsize=0>`);
    queue.putNowait(1);
    queue.getNowait();
    expect(String(queue)).toBe(`<${QueueClass.name} maxsize=0 tasks=1>`);
    queue.shutdown();
    queue.taskDone();
    expect(String(queue)).toBe(`<${QueueClass.name} maxsize=0 shutdown>`);
  });

  test('shut down while empty: waiting and later calls raise', () => {
    inLoop(function* () {
      const queue = new QueueClass<string>();
      const getter = createTask(queue.get());
      yield* passes(1);
      queue.shutdown();
      expect(queue.qsize()).toBe(0);
      yield* queue.join();
      yield* passes(1);
      expect(getter.done()).toBe(true);
      expect(yield* raised(getter)).toBeInstanceOf(QueueShutDown);
      yield* refusesAll(queue);
    });
  });

  test('shut down with items left: they can still be got, nothing can be put', () => {
    inLoop(function* () {
      const queue = new QueueClass<string>(1);
      queue.putNowait('data');
      const joiner = createTask(queue.join());
      const putter = createTask(queue.put('more'));
      yield* passes(1);
      expect(putter.done()).toBe(false);
      queue.shutdown();
      expect(queue.qsize()).toBe(1);
      yield* passes(1);
      expect(putter.done()).toBe(true);
      expect(yield* raised(putter)).toBeInstanceOf(QueueShutDown);
      expect(yield* queue.get()).toBe('data');
      yield* passes(1);
      expect(joiner.done()).toBe(false);
      yield* refusesAll(queue);
      queue.taskDone();
      yield* passes(1);
      expect(joiner.done()).toBe(true);
      expect(() => queue.taskDone()).toThrow(RangeError);
    });
  });

  test.each([true, { immediate: true }])('shut down at once (%o): items left count as done', (immediate) => {
    inLoop(function* () {
      const queue = new QueueClass<string>();
      queue.putNowait('data');
      const joiner = createTask(queue.join());
      queue.shutdown(immediate);
      expect(queue.qsize()).toBe(0);
      yield* passes(1);
      expect(joiner.done()).toBe(true);
      yield* refusesAll(queue);
      expect(() => queue.taskDone()).toThrow(RangeError);
    });
  });

  test('shut down at once: items that are being worked on are waited for', () => {
    inLoop(function* () {
      const queue = new QueueClass<string>();
      queue.putNowait('data');
      queue.putNowait('data');
      const joiner = createTask(queue.join());
      expect(yield* queue.get()).toBe('data');
      queue.shutdown(true);
      expect(queue.qsize()).toBe(0);
      yield* passes(1);
      expect(joiner.done()).toBe(false);
      yield* refusesAll(queue);
      queue.taskDone();
      expect(() => queue.taskDone()).toThrow(RangeError);
      yield* passes(1);
      expect(joiner.done()).toBe(true);
    });
  });

  test('after the end nobody waits: who comes next takes what is there, who was promised it is told', () => {
    inLoop(function* () {
      const queue = new QueueClass<string>();
      const waiter = createTask(queue.get());
      yield* passes(1);
      queue.putNowait('data');
      queue.shutdown();
      expect(yield* queue.get()).toBe('data');
      expect(yield* raised(waiter)).toBeInstanceOf(QueueShutDown);
    });
  });

  test('shut down at once when more was reported done than was got: nothing is unfinished', () => {
    const queue = new QueueClass<string>();
    queue.putNowait('data');
    queue.taskDone();
    queue.shutdown(true);
    expect(() => queue.taskDone()).toThrow(RangeError);
    expect(suspensions(queue.join())).toBe(0);
  });

  test('{ immediate: false } is not immediate', () => {
    const queue = new QueueClass<string>();
    queue.putNowait('data');
    queue.shutdown({ immediate: false });
    expect(queue.getNowait()).toBe('data');
  });
});

describe('Queue.each()', () => {
  test('runs its body for each item, until the queue is shut down and empty', () => {
    inLoop(function* () {
      const queue = new Queue<number>();
      const items: number[] = [];
      const consumer = createTask(
        queue.each(function* (item) {
          yield* sleep(1);
          items.push(item);
        }),
      );
      for (let i = 0; i < 3; i++) yield* queue.put(i);
      yield* queue.join();
      expect(items).toEqual([0, 1, 2]);
      queue.putNowait(3);
      queue.shutdown();
      yield* consumer;
      expect(items).toEqual([0, 1, 2, 3]);
      yield* queue.join();
    });
  });

  test('shares the work between several', () => {
    inLoop(function* () {
      const queue = new Queue<number>();
      const done: string[] = [];
      const consumers = ['a', 'b'].map((name) =>
        createTask(
          queue.each(function* (item) {
            yield* sleep(1);
            done.push(`${name}${item}`);
          }),
        ),
      );
      for (let i = 0; i < 4; i++) queue.putNowait(i);
      queue.shutdown();
      for (const consumer of consumers) yield* consumer;
      expect(done).toEqual(['a0', 'b1', 'a2', 'b3']);
    });
  });

  test('ends with what its body throws; that item counts as done', () => {
    inLoop(function* () {
      const queue = new Queue<number>();
      queue.putNowait(1);
      const error = new Error('the body failed');
      const consumer = queue.each(function* () {
        yield* passes(1);
        throw error;
      });
      expect(yield* raised(consumer)).toBe(error);
      yield* queue.join();
    });
  });

  test('is not ended by another queue that its body uses', () => {
    inLoop(function* () {
      const [queue, other] = [new Queue<number>(), new Queue<number>()];
      other.shutdown();
      queue.putNowait(1);
      const consumer = queue.each(() => other.get());
      expect(yield* raised(consumer)).toBeInstanceOf(QueueShutDown);
      expect(queue.qsize()).toBe(0);
    });
  });

  test('refuses what is no body, before it takes an item', () => {
    inLoop(function* () {
      const queue = new Queue<number>();
      queue.putNowait(1);
      const wrong = queue.each('body' as unknown as () => Coroutine<void>);
      expect(yield* raised(wrong)).toBeInstanceOf(TypeError);
      expect(queue.qsize()).toBe(1);
    });
  });
});

function* refusesAll(queue: Queue<string>): Coroutine<void> {
  expect(yield* raised(queue.put('data'))).toBeInstanceOf(QueueShutDown);
  expect(yield* raised(queue.get())).toBeInstanceOf(QueueShutDown);
  expect(() => queue.putNowait('data')).toThrow(QueueShutDown);
  expect(() => queue.getNowait()).toThrow(QueueShutDown);
}
