/**
 * Queues: what CPython 3.13 says in test_queues, in the cases where a stricter order could be told from
 * asyncio's.
 */
import { describe, expect, it } from 'vitest';
import {
  CancelledError,
  type Coroutine,
  createTask,
  LifoQueue,
  PriorityQueue,
  Queue,
  QueueShutDown,
  sleep,
  TimeoutError,
  taskGroup,
  waitFor,
} from '../../src/index.ts';
import { failure } from '../unit/cancellation/on-virtual-time.ts';
import { virtually } from './on-virtual-clock.ts';

describe('the description', () => {
  it('has asyncio’s words: _getters[n], _putters[n], _queue=[…], tasks=n, shutdown', () => {
    virtually(function* (): Coroutine<void> {
      const empty = new Queue<number>();
      yield* taskGroup(function* (group): Coroutine<void> {
        group.createTask(empty.get());
        yield* sleep(0);
        expect(String(empty)).toContain('_getters[1]');
        empty.putNowait(0);
      });
      const full = new Queue<number>(1);
      full.putNowait(1);
      const putter = createTask(full.put(2));
      yield* sleep(0);
      expect(String(full)).toBe('<Queue maxsize=1 _queue=[1] _putters[1] tasks=1>');
      full.getNowait();
      yield* putter;
      full.getNowait();
      full.shutdown();
      expect(String(full)).toBe('<Queue maxsize=1 tasks=2 shutdown>');
    });
  });
});

describe('a place or an item that was promised to a task which is then cancelled', () => {
  it('the item stays the first, for whoever asks next', () => {
    virtually(function* (): Coroutine<void> {
      const queue = new Queue<number>();
      const reader = createTask(queue.get());
      yield* sleep(0);
      queue.putNowait(1);
      queue.putNowait(2);
      reader.cancel();
      expect(yield* failure(() => reader)).toBeInstanceOf(CancelledError);
      expect([yield* queue.get(), yield* queue.get()]).toEqual([1, 2]);
    });
  });

  it('of several readers the others get all the items', () => {
    virtually(function* (): Coroutine<void> {
      const queue = new Queue<number>();
      const got = yield* taskGroup(function* (group): Coroutine<number[]> {
        const [first, second, third] = [1, 2, 3].map(() => group.createTask(queue.get()));
        yield* sleep(0);
        queue.putNowait(1);
        queue.putNowait(2);
        first?.cancel();
        return [yield* second as Iterable<never>, yield* third as Iterable<never>];
      });
      expect(got).toEqual([1, 2]);
    });
  });

  it('the item of a cancelled put is not in the queue, and can be put again', () => {
    virtually(function* (): Coroutine<void> {
      const queue = new Queue<number>(1);
      queue.putNowait(1);
      const writer = createTask(queue.put(2));
      yield* sleep(0);
      expect(queue.getNowait()).toBe(1);
      writer.cancel();
      expect(yield* failure(() => writer)).toBeInstanceOf(CancelledError);
      yield* queue.put(2);
      expect([queue.getNowait(), queue.qsize()]).toEqual([2, 0]);
    });
  });

  it('of several writers the others keep their order', () => {
    virtually(function* (): Coroutine<void> {
      const queue = new Queue<string>(1);
      const [a, b, x] = ['a', 'b', 'X'].map((item) => createTask(queue.put(item)));
      yield* sleep(0);
      expect([a?.done(), b?.done()]).toEqual([true, false]);
      x?.cancel();
      yield* sleep(0);
      expect([x?.done(), queue.getNowait()]).toEqual([true, 'a']);
      yield* sleep(0);
      expect([b?.done(), queue.getNowait()]).toEqual([true, 'b']);
    });
  });
});

describe('nobody waits for ever', () => {
  it('a producer and a consumer at a queue for one item', () => {
    virtually(function* (): Coroutine<void> {
      const queue = new Queue<number>(1);
      const got: number[] = [];
      yield* taskGroup(function* (group): Coroutine<void> {
        group.createTask(
          (function* (): Coroutine<void> {
            for (let i = 0; i < 5; i++) yield* queue.put(i);
          })(),
        );
        group.createTask(
          (function* (): Coroutine<void> {
            for (let i = 0; i < 5; i++) got.push(yield* queue.get());
          })(),
        );
      });
      expect(got).toEqual([0, 1, 2, 3, 4]);
    });
  });

  it('more writers than places, when one pass of getNowait() makes places for all that wait', () => {
    virtually(function* (): Coroutine<void> {
      const queue = new Queue<number>(2);
      yield* taskGroup(function* (group): Coroutine<void> {
        group.createTask(
          (function* (): Coroutine<void> {
            yield* sleep(0);
            for (let left = queue.qsize(); left > 0; left--) queue.getNowait();
          })(),
        );
        for (let item = 0; item < 4; item++) group.createTask(queue.put(item));
      });
      expect([queue.getNowait(), queue.getNowait(), queue.empty()]).toEqual([2, 3, true]);
    });
  });

  it('a get() that is given up leaves nothing behind', () => {
    virtually(function* (): Coroutine<void> {
      const queue = new Queue<number>(5);
      expect(yield* failure(() => waitFor(queue.get(), 100))).toBeInstanceOf(TimeoutError);
      expect(String(queue)).toBe('<Queue maxsize=5>');
    });
  });
});

describe.each([Queue, LifoQueue, PriorityQueue])('%o', (QueueClass) => {
  it('is worked off by two, and joined', () => {
    virtually(function* (): Coroutine<void> {
      const queue = new QueueClass<number>();
      for (let item = 0; item < 100; item++) queue.putNowait(item);
      let sum = 0;
      let goOn = true;
      yield* taskGroup(function* (group): Coroutine<void> {
        for (let workers = 0; workers < 2; workers++) {
          group.createTask(
            (function* (): Coroutine<void> {
              while (goOn) {
                sum += yield* queue.get();
                queue.taskDone();
              }
            })(),
          );
        }
        yield* queue.join();
        expect(sum).toBe(4950);
        goOn = false;
        queue.putNowait(0);
        queue.putNowait(0);
      });
    });
  });

  it('shut down while a writer waits: the writer is told in the next pass, the item left is still had', () => {
    virtually(function* (): Coroutine<void> {
      const queue = new QueueClass<string>(1);
      queue.putNowait('data');
      const [joiner, writer] = [createTask(queue.join()), createTask(queue.put('more'))];
      yield* sleep(0);
      queue.shutdown({ immediate: false });
      yield* sleep(0);
      expect(yield* failure(() => writer)).toBeInstanceOf(QueueShutDown);
      expect(yield* queue.get()).toBe('data');
      expect(joiner.done()).toBe(false);
      queue.taskDone();
      yield* sleep(0);
      expect(joiner.done()).toBe(true);
      expect(() => queue.taskDone()).toThrow(RangeError);
    });
  });
});
